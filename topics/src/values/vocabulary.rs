//! The closed vocabularies that several record types share, each defined once.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Declares a closed vocabulary: an enum that is read and written in snake case, can be listed and implements
/// `Display`.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[derive(Serialize, Deserialize, JsonSchema)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $text)] $variant),+ }

        impl $name {
            /// All words of this vocabulary, in order.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word as it is written in records, tables and commands.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::values::text::BadText;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let expected = concat!($($text, " "),+);
                let found = Self::ALL.iter().copied().find(|word| word.as_str() == text);
                found.ok_or($crate::values::text::BadText(stringify!($name), expected))
            }
        }
    };
}
pub(crate) use words;

words!(
    /// What a municipal report is about. There is deliberately no word for violence: such a report has
    /// another type.
    Category {
        /// Water supply: leaks, bursts, no or dirty water, meters.
        Water = "water",
        /// Roads: potholes, traffic lights, signs, stormwater.
        Roads = "roads",
        /// Electricity: outages, cables, street lights.
        Electricity = "electricity",
        /// Waste: collection, dumping, dead animals.
        Waste = "waste",
        /// Sanitation: sewage, toilets, overflowing manholes.
        Sanitation = "sanitation",
        /// Anything else that a municipality is responsible for.
        Other = "other",
    }
);

words!(
    /// How severe a problem is.
    Severity {
        /// A cosmetic problem without danger or nuisance.
        Low = "low",
        /// One household is affected, or the problem is a nuisance.
        Medium = "medium",
        /// A street or more is without service, or danger is likely.
        High = "high",
        /// Lives are in danger now, or a vital place is without service.
        Critical = "critical",
    }
);

words!(
    /// The tone of a message.
    Sentiment {
        /// The resident is angry, afraid or disappointed.
        Negative = "negative",
        /// The tone is neither negative nor positive.
        Neutral = "neutral",
        /// The resident is grateful or friendly.
        Positive = "positive",
    }
);

words!(
    /// The eleven written official languages of South Africa (ISO 639 codes), or undetermined.
    Language {
        /// The language is English.
        En = "en",
        /// The language is Afrikaans.
        Af = "af",
        /// The language is isiZulu.
        Zu = "zu",
        /// The language is isiXhosa.
        Xh = "xh",
        /// The language is Sepedi.
        Nso = "nso",
        /// The language is Sesotho.
        St = "st",
        /// The language is Setswana.
        Tn = "tn",
        /// The language is siSwati.
        Ss = "ss",
        /// The language is Tshivenda.
        Ve = "ve",
        /// The language is Xitsonga.
        Ts = "ts",
        /// The language is isiNdebele.
        Nr = "nr",
        /// The language was not recognised.
        Und = "und",
    }
);

words!(
    /// The status of a ticket.
    Status {
        /// The ticket was received and no team works on it yet.
        Open = "open",
        /// A team works on the ticket.
        InProgress = "in_progress",
        /// The ticket is with the team's manager.
        Escalated = "escalated",
        /// The team says that it is resolved; the resident is asked.
        Resolved = "resolved",
        /// The ticket is closed, with an outcome.
        Closed = "closed",
    }
);

words!(
    /// Why a closed ticket is closed.
    Outcome {
        /// The resident agreed that it is resolved.
        Confirmed = "confirmed",
        /// The resident did not answer in time.
        Unanswered = "unanswered",
        /// The resident withdrew the report.
        Withdrawn = "withdrawn",
        /// Another ticket reports the same problem.
        Duplicate = "duplicate",
        /// Another organisation is responsible.
        Referred = "referred",
        /// The report is not something that any organisation has to act on.
        Invalid = "invalid",
    }
);

words!(
    /// The two clocks of a ticket.
    Clock {
        /// The clock that runs until a person looks at the ticket.
        Response = "response",
        /// The clock that runs until the ticket is resolved.
        Resolution = "resolution",
    }
);

words!(
    /// How far a clock has run.
    Level {
        /// The policy's share of the time (80 % by default) has passed.
        Warning = "warning",
        /// The deadline has passed.
        Breach = "breach",
    }
);

words!(
    /// How the place of a report became known.
    PlaceSource {
        /// The resident sent a WhatsApp pin.
        Pin = "pin",
        /// The resident wrote degrees of latitude and longitude.
        Coordinates = "coordinates",
        /// The resident sent a link of a map service that has the degrees in it.
        Link = "link",
        /// The resident wrote a Plus Code.
        PlusCode = "plus_code",
        /// The resident named a place and confirmed it.
        Name = "name",
        /// A member of staff gave the place.
        Staff = "staff",
        /// The place is not known.
        None = "none",
    }
);

words!(
    /// The rule that found the municipality.
    MunicipalityRule {
        /// Its boundary contains the point.
        Contains = "contains",
        /// The point lies on a shared border; the lowest code is taken.
        Border = "border",
        /// The point lies in no boundary; this municipality is the nearest within 50 km.
        Nearest = "nearest",
        /// No municipality lies within 50 km, or there is no point.
        None = "none",
    }
);

words!(
    /// The rule that found the team.
    TeamRule {
        /// The smallest service area that contains the point.
        ServiceArea = "service_area",
        /// The nearest service area within 10 km of the point.
        NearestArea = "nearest_area",
        /// The municipality-wide team of the category.
        MunicipalityWide = "municipality_wide",
        /// The municipality's default team.
        Default = "default",
        /// A person chose the team.
        Manual = "manual",
        /// No team was found.
        None = "none",
    }
);

words!(
    /// The visible queue of a ticket that no team has yet.
    Queue {
        /// The place is not known.
        Unlocated = "unlocated",
        /// No municipality was found for the place.
        Unrouted = "unrouted",
        /// The municipality has no team for the category.
        Unassigned = "unassigned",
        /// The municipality does not work with this system.
        Referred = "referred",
    }
);

words!(
    /// Why a ticket has its present assignment.
    AssignmentReason {
        /// The routing of its point chose the assignment.
        GeospatialRouting = "geospatial_routing",
        /// A person chose the assignment.
        ManualOverride = "manual_override",
        /// A manager escalated the ticket.
        Escalation = "escalation",
        /// The ticket was escalated because a deadline passed.
        SlaBreach = "sla_breach",
        /// A step of the municipality's ladder chose the assignment.
        Ladder = "ladder",
        /// An automation of the municipality chose the assignment.
        Automation = "automation",
        /// The team that had the ticket is switched off or unavailable.
        TeamUnavailable = "team_unavailable",
        /// The person who had the ticket is absent.
        PersonAbsent = "person_absent",
    }
);

words!(
    /// Why a ticket was escalated.
    EscalationReason {
        /// No person looked at the ticket in time.
        SlaResponseBreach = "sla_response_breach",
        /// The ticket was not resolved in time.
        SlaResolutionBreach = "sla_resolution_breach",
        /// A manager escalated the ticket.
        Manual = "manual",
        /// A step of the municipality's ladder escalated the ticket before its deadline.
        Ladder = "ladder",
        /// An automation of the municipality escalated the ticket.
        Automation = "automation",
    }
);

words!(
    /// How specific the policy was that gave a deadline, from the most specific.
    PolicySource {
        /// A policy for the municipality, category and severity.
        Severity = "severity",
        /// A policy for the municipality and category.
        Category = "category",
        /// A policy for the whole municipality.
        Municipality = "municipality",
        /// The system's default, where the municipality has no policy.
        System = "system",
    }
);

words!(
    /// Which hours count for a deadline.
    Hours {
        /// Every hour of every day.
        RoundTheClock = "round_the_clock",
        /// The hours in which the municipality works, by its calendar.
        WorkingHours = "working_hours",
    }
);

words!(
    /// Why a ticket is held: the municipality cannot go on, for a reason outside of it.
    HoldReason {
        /// The resident has to answer a question or to be at home.
        WaitingForResident = "waiting_for_resident",
        /// Parts or material have to arrive.
        WaitingForParts = "waiting_for_parts",
        /// Another body has to act first, such as Eskom or a province.
        OtherBody = "other_body",
        /// The weather does not allow the work.
        Weather = "weather",
        /// The network that the work needs is out, such as electricity or water.
        Outage = "outage",
    }
);

words!(
    /// What a step of a ladder does.
    StepAction {
        /// Tell staff that the deadline is near or has passed.
        Notify = "notify",
        /// Assign the ticket to a person.
        Assign = "assign",
        /// Make the ticket one degree more severe; its deadlines stay.
        RaiseSeverity = "raise_severity",
        /// Escalate the ticket and assign it to a person.
        Escalate = "escalate",
        /// Tell the resident that the work takes longer.
        TellResident = "tell_resident",
    }
);

words!(
    /// The role of the actor who changes a ticket.
    Role {
        /// The resident, who acts through the conversation.
        Resident = "resident",
        /// A member of a team.
        Staff = "staff",
        /// The manager of a team.
        Manager = "manager",
        /// The system itself: a clock or an edition.
        System = "system",
    }
);

words!(
    /// How urgent a message to a resident is.
    Class {
        /// The answer to what the resident just wrote.
        Answer = "answer",
        /// News about a ticket.
        Status = "status",
    }
);

impl Clock {
    /// Both clocks, response first: the order in which they fire.
    pub const BOTH: [Self; 2] = [Self::Response, Self::Resolution];
}

impl Default for Hours {
    /// Every hour counts unless a policy says otherwise.
    fn default() -> Self {
        Self::RoundTheClock
    }
}

impl Hours {
    /// Whether every hour counts.
    pub fn is_round_the_clock(&self) -> bool {
        *self == Self::RoundTheClock
    }
}

impl Language {
    /// The language that answers to this one are written in: one of the three that the texts exist in,
    /// English by default.
    pub const fn answered_in(self) -> Self {
        match self {
            Self::Af | Self::Zu => self,
            _ => Self::En,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Category;

    #[test]
    fn other_is_the_last_category() {
        // Of equally likely categories the first one is taken, and `other` only if nothing else is as likely.
        assert_eq!(Category::ALL.last(), Some(&Category::Other));
    }
}
