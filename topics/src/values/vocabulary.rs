//! The words that several record types share: closed lists, each spelt once.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Declares a closed list of words: an enum that reads and writes them in snake case, knows all of them and
/// shows them.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $text)] $variant),+ }

        impl $name {
            /// All of them, in order.
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
                Self::ALL.iter().copied().find(|word| word.as_str() == text).ok_or($crate::values::text::BadText(stringify!($name), concat!($($text, " "),+)))
            }
        }
    };
}
pub(crate) use words;

words!(
    /// What a municipal report is about. There is no word for violence here: such a report is of another type altogether.
    Category {
        /// Supply: leaks, bursts, no or dirty water, meters.
        Water = "water",
        /// Potholes, traffic lights, signs, stormwater.
        Roads = "roads",
        /// Outages, cables, street lights.
        Electricity = "electricity",
        /// Collection, dumping, dead animals.
        Waste = "waste",
        /// Sewage, toilets, overflowing manholes.
        Sanitation = "sanitation",
        /// Anything else that a municipality does.
        Other = "other",
    }
);

words!(
    /// How much is at stake.
    Severity {
        /// Cosmetic.
        Low = "low",
        /// One household, or a nuisance.
        Medium = "medium",
        /// A street or more without service, danger likely.
        High = "high",
        /// Danger to life now, or a vital place without service.
        Critical = "critical",
    }
);

words!(
    /// The tone of a message.
    Sentiment {
        /// Angry, afraid, disappointed.
        Negative = "negative",
        /// Neither.
        Neutral = "neutral",
        /// Grateful, friendly.
        Positive = "positive",
    }
);

words!(
    /// The eleven written official languages (ISO 639), and none.
    Language {
        /// English.
        En = "en",
        /// Afrikaans.
        Af = "af",
        /// isiZulu.
        Zu = "zu",
        /// isiXhosa.
        Xh = "xh",
        /// Sepedi.
        Nso = "nso",
        /// Sesotho.
        St = "st",
        /// Setswana.
        Tn = "tn",
        /// siSwati.
        Ss = "ss",
        /// Tshivenda.
        Ve = "ve",
        /// Xitsonga.
        Ts = "ts",
        /// isiNdebele.
        Nr = "nr",
        /// Not recognised.
        Und = "und",
    }
);

words!(
    /// Where a ticket is in its life.
    Status {
        /// Received, nobody works on it.
        Open = "open",
        /// A team works on it.
        InProgress = "in_progress",
        /// With the team's manager.
        Escalated = "escalated",
        /// Done, says the team; the resident is asked.
        Resolved = "resolved",
        /// Over.
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
        /// The resident took it back.
        Withdrawn = "withdrawn",
        /// Another ticket says the same.
        Duplicate = "duplicate",
        /// Somebody else is responsible.
        Referred = "referred",
        /// Not a matter for anybody.
        Invalid = "invalid",
    }
);

words!(
    /// The two promises that a ticket carries.
    Clock {
        /// That a person looks at it.
        Response = "response",
        /// That it is resolved.
        Resolution = "resolution",
    }
);

words!(
    /// How late it is by a clock.
    Level {
        /// A share of the time (80 %) has passed.
        Warning = "warning",
        /// The deadline has passed.
        Breach = "breach",
    }
);

words!(
    /// How the place of a report became known.
    PlaceSource {
        /// A WhatsApp pin.
        Pin = "pin",
        /// A place name that lies in one place only.
        Name = "name",
        /// A member of staff said so.
        Staff = "staff",
        /// It did not.
        None = "none",
    }
);

words!(
    /// Which rule found the municipality.
    MunicipalityRule {
        /// Its boundary contains the point.
        Contains = "contains",
        /// The point lies on a shared border: lowest code.
        Border = "border",
        /// The point lies in no polygon; this one is the nearest within 50 km.
        Nearest = "nearest",
        /// There is none within 50 km, or no point.
        None = "none",
    }
);

words!(
    /// Which rule found the team.
    TeamRule {
        /// The smallest service area that contains the point.
        ServiceArea = "service_area",
        /// The nearest service area within 10 km.
        NearestArea = "nearest_area",
        /// The municipality-wide team of the category.
        MunicipalityWide = "municipality_wide",
        /// The municipality's default team.
        Default = "default",
        /// A person chose.
        Manual = "manual",
        /// There is none.
        None = "none",
    }
);

words!(
    /// The visible queue that holds a ticket which nobody owns yet.
    Queue {
        /// No place is known.
        Unlocated = "unlocated",
        /// No municipality holds the place.
        Unrouted = "unrouted",
        /// The municipality has no team for it.
        Unassigned = "unassigned",
        /// The municipality is not on board.
        Referred = "referred",
    }
);

words!(
    /// Why a ticket is assigned as it is.
    AssignmentReason {
        /// The map said so.
        GeospatialRouting = "geospatial_routing",
        /// A person said so.
        ManualOverride = "manual_override",
        /// Someone escalated it.
        Escalation = "escalation",
        /// A deadline passed.
        SlaBreach = "sla_breach",
    }
);

words!(
    /// Why a ticket was escalated.
    EscalationReason {
        /// Nobody looked at it in time.
        SlaResponseBreach = "sla_response_breach",
        /// It was not resolved in time.
        SlaResolutionBreach = "sla_resolution_breach",
        /// A rule said so.
        Rule = "rule",
        /// A manager said so.
        Manual = "manual",
    }
);

words!(
    /// Which policy made a deadline, from the most specific.
    PolicySource {
        /// Of municipality, category and severity.
        Severity = "severity",
        /// Of municipality and category.
        Category = "category",
        /// Of the municipality.
        Municipality = "municipality",
        /// The system's default.
        System = "system",
    }
);

words!(
    /// Who acts on a ticket.
    Role {
        /// The resident, through the conversation.
        Resident = "resident",
        /// A member of a team.
        Staff = "staff",
        /// A team's manager.
        Manager = "manager",
        /// The system itself.
        System = "system",
    }
);

words!(
    /// How urgent a message to a resident is.
    Class {
        /// The answer to what they just wrote.
        Answer = "answer",
        /// News of a ticket.
        Status = "status",
    }
);

impl Clock {
    /// Both, response first: the order in which they fire.
    pub const BOTH: [Self; 2] = [Self::Response, Self::Resolution];
}

impl Language {
    /// The language in which this one is answered: the three that the texts are written in, else English.
    pub const fn answered_in(self) -> Self {
        match self {
            Self::Af | Self::Zu => self,
            _ => Self::En,
        }
    }
}
