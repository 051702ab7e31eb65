//! The parts that a process may run, and what each needs of the configuration. All of it is checked before
//! anything is started or consumed.

use std::collections::BTreeSet;

use clap::ValueEnum;
use connectors::config::{Config, ConfigErrors, WrongSetting};
use pipeline::stages::announce::{REPLY_TEMPLATE, STATUS_TEMPLATE};
use pipeline::stages::route::ROUTE;
use pipeline::stages::stamp::STAMP;
use pipeline::topology::MachineSpec;
use topics::values::lane::Lane;
use topics::values::vocabulary::Language;

/// The settings without which there is no desk.
const DESK_SETTINGS: &[&str] =
    &["KEY_RING", "DESK_URL", "DESK_LISTEN", "DESK_ACCOUNTS_DATABASE_URL", "DESK_DATABASE_URLS"];

/// The settings without which staff get no e-mail.
const STAFF_MAIL_SETTINGS: &[&str] = &["SMTP_URL", "STAFF_MAIL_FROM", "STAFF_MAIL_DATABASE_URL", "DESK_URL"];

/// A part of the system that a process can run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// All parts in one process.
    All,
    /// The webhooks to which Twilio posts messages and receipts.
    Whatsapp,
    /// The machine of conversations.
    Conversations,
    /// The stage `route`, if it is cut out.
    Route,
    /// The stage `stamp`, if it is cut out.
    Stamp,
    /// The machine of tickets.
    Tickets,
    /// The machine of deliveries, and the calls to Twilio.
    Deliveries,
    /// The police lane's machines, and its calls to Twilio.
    Protected,
    /// The tables of the municipalities and the intake.
    Sink,
    /// The tables of the police.
    ProtectedSink,
    /// The pages in which staff see and work their tickets; `all` has them if DESK_URL is set.
    Desk,
    /// E-mail to staff; `all` sends it if SMTP_URL is set.
    StaffMail,
}

impl Part {
    /// Whether a process that runs this part runs `other`.
    pub fn includes(self, other: Self) -> bool {
        self == Self::All || self == other
    }

    /// Whether a process that runs this part serves the desk.
    pub fn runs_desk(self, config: &Config) -> bool {
        self == Self::Desk || (self == Self::All && config.desk_listen.is_some())
    }

    /// Whether a process that runs this part tells staff by e-mail.
    pub fn runs_staff_mail(self, config: &Config) -> bool {
        self == Self::StaffMail || (self == Self::All && config.smtp_url.is_some())
    }

    /// The part that a machine belongs to.
    pub fn of(machine: &MachineSpec) -> Self {
        match (machine.lane, machine.name) {
            (Lane::Protected, _) => Self::Protected,
            (_, "conversations") => Self::Conversations,
            (_, ROUTE) => Self::Route,
            (_, STAMP) => Self::Stamp,
            (_, "tickets") => Self::Tickets,
            // A test finds a machine that is none of these and has another name.
            _ => Self::Deliveries,
        }
    }

    /// The settings without which the part cannot run.
    const fn settings(self) -> &'static [&'static str] {
        match self {
            Self::All => {
                &["KEY_RING", "PEPPER", "PUBLIC_URL", "SINK_DATABASE_URL", "PROTECTED_SINK_DATABASE_URL"]
            }
            Self::Whatsapp => &["KEY_RING", "PEPPER", "PUBLIC_URL"],
            Self::Desk => DESK_SETTINGS,
            Self::StaffMail => STAFF_MAIL_SETTINGS,
            Self::Sink => &["KEY_RING", "SINK_DATABASE_URL"],
            Self::ProtectedSink => &["KEY_RING", "PROTECTED_SINK_DATABASE_URL"],
            Self::Conversations
            | Self::Route
            | Self::Stamp
            | Self::Tickets
            | Self::Deliveries
            | Self::Protected => &["KEY_RING", "PEPPER"],
        }
    }

    /// The lanes whose keys the part must hold: those of all records that it may have to seal or open, even
    /// if there is no such record yet.
    pub const fn lanes(self) -> &'static [Lane] {
        match self {
            Self::All | Self::Conversations => &[Lane::Intake, Lane::Municipal, Lane::Protected],
            Self::Whatsapp | Self::Deliveries => &[Lane::Intake],
            // `tickets` seals what it writes to `messages` with the municipal key.
            Self::Route | Self::Stamp | Self::Tickets | Self::Desk => &[Lane::Municipal],
            Self::Sink => &[Lane::Intake, Lane::Municipal],
            Self::Protected | Self::ProtectedSink => &[Lane::Protected],
            // What it reads of the tables is not sealed.
            Self::StaffMail => &[],
        }
    }

    /// Checks that the configuration has all that this part may need at any time.
    ///
    /// # Errors
    /// Everything that is missing or wrong.
    pub fn check(self, config: &Config) -> Result<(), ConfigErrors> {
        config.require(self.settings())?;
        if self.runs_desk(config) {
            config.require(DESK_SETTINGS)?;
        }
        if self.runs_staff_mail(config) {
            config.require(STAFF_MAIL_SETTINGS)?;
        } else if self == Self::All {
            tracing::info!("staff get no e-mail: SMTP_URL is not set (docs/staff-mails.md)");
        }
        // What callers say is sealed for the intake, as everything that residents say.
        let takes_calls = self.runs_desk(config) && config.desk_callers_sender.is_some();
        if takes_calls {
            config.require(&["PEPPER"])?;
        }
        let of_calls: &[Lane] = if takes_calls { &[Lane::Intake] } else { &[] };
        let lanes: BTreeSet<Lane> = self.lanes().iter().chain(of_calls).copied().collect();
        let ring = config.key_ring.as_deref();
        let mut wrong = Vec::new();
        for lane in lanes.iter().filter(|lane| !ring.is_some_and(|ring| ring.writes(**lane))) {
            let name = lane.name();
            wrong.push(WrongSetting {
                setting: "KEY_RING".to_owned(),
                problem: format!(
                    "holds no {name} key, which {} has to have; add {name}-1:base64 of 32 bytes, the same in \
                     all processes (a part that needs fewer keys can run by itself: trust-engine run PART)",
                    self.word()
                ),
            });
        }
        if self.includes(Self::Deliveries) {
            wrong.extend(unknown_templates(config));
            warn_of_missing_templates(config);
        }
        if wrong.is_empty() { Ok(()) } else { Err(ConfigErrors(wrong)) }
    }

    /// The part as it is written on the command line.
    fn word(self) -> String {
        let name = self.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned());
        format!("`run {name}`")
    }
}

/// The templates that deliveries can ask for.
fn templates() -> BTreeSet<String> {
    let answered = |language: &&Language| language.answered_in() == **language;
    let languages = || Language::ALL.iter().filter(answered);
    let names = [STATUS_TEMPLATE, REPLY_TEMPLATE].into_iter();
    names.flat_map(|name| languages().map(move |language| format!("{name}_{language}"))).collect()
}

/// The name of a template that no delivery asks for is misspelt.
fn unknown_templates(config: &Config) -> Option<WrongSetting> {
    let known = templates();
    let unknown: Vec<&str> =
        config.templates.keys().map(String::as_str).filter(|name| !known.contains(*name)).collect();
    let names = || known.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    (!unknown.is_empty()).then(|| WrongSetting {
        setting: "TWILIO_TEMPLATES".to_owned(),
        problem: format!("names {}, which no message uses; the names are {}", unknown.join(", "), names()),
    })
}

/// An installation can run without templates, but its operator must know what does not work then.
fn warn_of_missing_templates(config: &Config) {
    // Without an account no message is sent, which is logged when the calls to Twilio are set up.
    if config.twilio.is_none() {
        return;
    }
    let missing: Vec<String> =
        templates().into_iter().filter(|name| !config.templates.contains_key(name)).collect();
    if !missing.is_empty() {
        tracing::warn!(
            missing = missing.join(","),
            "TWILIO_TEMPLATES does not name all templates: later than 24 hours after a resident's last \
             message nothing is sent that would need one of these"
        );
    }
}

#[cfg(test)]
mod tests {
    use pipeline::topology::TOPOLOGY;
    use topics::catalogue::cut::Cut;

    use super::*;

    /// The base64 of 32 bytes.
    const KEY: &str = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";

    fn config(lanes: &[&str], more: &[(&str, &str)]) -> Config {
        let ring = lanes.iter().map(|lane| format!("{lane}-1:{KEY}")).collect::<Vec<_>>().join(",");
        let database = "postgres://me:password@localhost/database";
        let environment = |name: &str| match name {
            "KEY_RING" => Some(ring.clone()),
            "PEPPER" => Some("07".repeat(32)),
            "PUBLIC_URL" => Some("https://hooks.example.org".to_owned()),
            "SINK_DATABASE_URL" | "PROTECTED_SINK_DATABASE_URL" | "DESK_ACCOUNTS_DATABASE_URL" => {
                Some(database.to_owned())
            }
            "DESK_DATABASE_URLS" => Some(format!("EKU={database}")),
            "STAFF_MAIL_DATABASE_URL" => Some(database.to_owned()),
            "SMTP_URL" => Some("smtp://127.0.0.1?tls=none".to_owned()),
            "STAFF_MAIL_FROM" => Some("desk@example.org".to_owned()),
            "DESK_URL" => Some("http://127.0.0.1:8083".to_owned()),
            name => more.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()),
        };
        Config::load(None, environment).unwrap()
    }

    #[test]
    fn every_part_refuses_to_start_without_a_key_that_it_may_need_and_names_it() {
        let all = ["intake", "municipal", "protected"];
        for part in Part::value_variants() {
            assert_eq!(part.check(&config(&all, &[])), Ok(()), "{part:?}");
            for lane in part.lanes() {
                let others: Vec<&str> = all.into_iter().filter(|name| *name != lane.name()).collect();
                let said = part.check(&config(&others, &[])).unwrap_err().to_string();
                assert!(said.contains(&format!("KEY_RING holds no {} key", lane.name())), "{said}");
                assert!(!said.contains(KEY), "{said}");
            }
            let needed: Vec<&str> = part.lanes().iter().map(|lane| lane.name()).collect();
            assert_eq!(part.check(&config(&needed, &[])), Ok(()), "{part:?} needs no other key");
        }
    }

    #[test]
    fn every_machine_outside_of_the_police_lane_belongs_to_the_part_of_its_name() {
        for machine in TOPOLOGY.iter().filter(|machine| machine.lane != Lane::Protected) {
            assert_eq!(Part::from_str(machine.name, false), Ok(Part::of(machine)), "{}", machine.name);
        }
    }

    #[test]
    fn the_keys_of_a_part_are_those_of_every_topic_that_its_machines_read_and_write() {
        for machine in TOPOLOGY {
            let part = Part::of(machine);
            let written =
                Cut::ALL.iter().flat_map(|cut| machine.chain(*cut)).flat_map(|(_, topics)| topics.iter());
            let topics = [machine.log, machine.dead_letters].into_iter().chain(machine.store);
            for topic in topics.chain(written.copied()) {
                // Records that municipal machines write to a log of the intake are sealed with the municipal
                // key.
                let own = part.lanes().len() == 1
                    && topic.seal == Lane::Intake
                    && topic.used_as == topics::catalogue::Use::Log;
                assert!(own || part.lanes().contains(&topic.seal), "{}: {}", machine.name, topic.name);
            }
        }
    }

    #[test]
    fn a_misspelt_template_is_named_with_the_names_that_there_are() {
        let sid = "HX00000000000000000000000000000009";
        let named = |name: &str| config(&["intake"], &[("TWILIO_TEMPLATES", &format!("{name}={sid}"))]);
        let said = Part::Deliveries.check(&named("status_updat_en")).unwrap_err().to_string();
        assert!(
            said.contains("TWILIO_TEMPLATES names status_updat_en") && said.contains("staff_reply_zu"),
            "{said}"
        );
        assert_eq!(Part::Deliveries.check(&named("status_update_en")), Ok(()));
        assert_eq!(templates().len(), 6);
    }
}
