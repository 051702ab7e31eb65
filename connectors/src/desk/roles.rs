//! What each role of the desk may see and do: one table, which the pages ask and docs/desk.md prints.

use topics::values::vocabulary::Role;

/// The role of a person at the desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeskRole {
    /// A member of a team.
    Agent,
    /// A member of a team who gets its new tickets and hands them out.
    Lead,
    /// A manager of a municipality.
    Manager,
    /// A person who reads what one municipality does, and changes nothing.
    Auditor,
    /// A person who reads lists of all municipalities, without words, places and staff.
    National,
}

/// The tickets that a role sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Those of the person's team.
    Team,
    /// Those of the person's municipality.
    Municipality,
    /// The tickets of all municipalities.
    Country,
}

/// What a person can do to a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Assigns the ticket to oneself.
    Take,
    /// Gives the ticket to a team or a person.
    Assign,
    /// Changes the status of the ticket.
    Status,
    /// Holds the ticket while the municipality cannot go on, or ends that.
    Hold,
    /// Replies to the resident.
    Reply,
    /// Writes a note for colleagues.
    Note,
    /// Corrects what was understood of the report.
    Correct,
}

impl Act {
    const ALL: [Self; 7] =
        [Self::Take, Self::Assign, Self::Status, Self::Hold, Self::Reply, Self::Note, Self::Correct];

    /// The act with this name.
    pub fn read(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|act| act.as_str() == name)
    }

    /// The name of the act in addresses and documents.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Take => "take",
            Self::Assign => "assign",
            Self::Status => "status",
            Self::Hold => "hold",
            Self::Reply => "reply",
            Self::Note => "note",
            Self::Correct => "correct",
        }
    }
}

/// One row of the table.
#[derive(Debug)]
pub struct Rights {
    /// The role that has these rights.
    pub role: DeskRole,
    /// The tickets that it sees.
    pub scope: Scope,
    /// Whether it reads words, notes and exact places, and sees which member of staff did what.
    pub content: Content,
    /// Whether it finds tickets by the last digits of the resident's number.
    pub numbers: Numbers,
    /// What it may do to these tickets.
    pub acts: &'static [Act],
    /// The pages that it has beside the queue.
    pub pages: &'static [DeskPage],
}

/// A page beside the queue and the tickets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeskPage {
    /// How the promises are kept.
    Board,
    /// The report of a person who calls.
    Calls,
    /// The replies that are kept ready.
    Replies,
}

impl DeskPage {
    /// All pages that are allowed by role.
    pub const ALL: [Self; 3] = [Self::Board, Self::Calls, Self::Replies];

    /// The name of the page in documents.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Board => "board",
            Self::Calls => "reports of callers",
            Self::Replies => "replies kept ready",
        }
    }
}

/// How much of a ticket a role sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// Everything: words, notes, the exact place and the people who work on it.
    Whole,
    /// Facts and deadlines alone.
    Facts,
}

/// Whether a role finds tickets by the last digits of the resident's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Numbers {
    /// The role finds them: a caller says who they are, or the number is known.
    Found,
    /// The role does not find tickets by a number.
    Hidden,
}

const WORK: &[Act] = &[Act::Take, Act::Status, Act::Hold, Act::Reply, Act::Note];

/// What each role may see and do.
pub const TABLE: [Rights; 5] = [
    Rights {
        role: DeskRole::Agent,
        scope: Scope::Team,
        content: Content::Whole,
        numbers: Numbers::Hidden,
        acts: WORK,
        pages: &[DeskPage::Calls],
    },
    Rights {
        role: DeskRole::Lead,
        scope: Scope::Team,
        content: Content::Whole,
        numbers: Numbers::Found,
        acts: &Act::ALL,
        pages: &[DeskPage::Board, DeskPage::Calls],
    },
    Rights {
        role: DeskRole::Manager,
        scope: Scope::Municipality,
        content: Content::Whole,
        numbers: Numbers::Found,
        acts: &Act::ALL,
        pages: &DeskPage::ALL,
    },
    Rights {
        role: DeskRole::Auditor,
        scope: Scope::Municipality,
        content: Content::Whole,
        numbers: Numbers::Hidden,
        acts: &[],
        pages: &[DeskPage::Board],
    },
    Rights {
        role: DeskRole::National,
        scope: Scope::Country,
        content: Content::Facts,
        numbers: Numbers::Hidden,
        acts: &[],
        pages: &[DeskPage::Board],
    },
];

impl DeskRole {
    /// What the role may see and do.
    pub fn rights(self) -> &'static Rights {
        const NONE: Rights = Rights {
            role: DeskRole::Auditor,
            scope: Scope::Team,
            content: Content::Facts,
            numbers: Numbers::Hidden,
            acts: &[],
            pages: &[],
        };
        TABLE.iter().find(|rights| rights.role == self).unwrap_or(&NONE)
    }

    /// Whether the role may do this.
    pub fn may(self, act: Act) -> bool {
        self.rights().acts.contains(&act)
    }

    /// Whether the role has this page.
    pub fn has(self, page: DeskPage) -> bool {
        self.rights().pages.contains(&page)
    }

    /// The role in which this one changes tickets.
    pub const fn of_commands(self) -> Role {
        match self {
            Self::Manager => Role::Manager,
            Self::Agent | Self::Lead | Self::Auditor | Self::National => Role::Staff,
        }
    }

    /// The role as people read it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Lead => "lead",
            Self::Manager => "manager",
            Self::Auditor => "auditor",
            Self::National => "national",
        }
    }

    /// The role with this name.
    pub fn read(name: &str) -> Option<Self> {
        TABLE.iter().map(|rights| rights.role).find(|role| role.as_str() == name)
    }
}

/// The table as Markdown, for the documents.
pub fn markdown() -> String {
    let pages = DeskPage::ALL.map(DeskPage::as_str);
    let acts = [&Act::ALL.map(Act::as_str)[..], &pages[..]].concat().join(" | ");
    let mut text =
        format!("| role | tickets of | words, place, people | finds by number | {acts} |\n|---|---|---|---|");
    text.push_str(&"---|".repeat(Act::ALL.len() + DeskPage::ALL.len()));
    text.push('\n');
    for Rights { role, scope, content, numbers, .. } in &TABLE {
        let scope = match scope {
            Scope::Team => "the own team",
            Scope::Municipality => "the own municipality",
            Scope::Country => "all municipalities",
        };
        let content = if *content == Content::Whole { "yes" } else { "no" };
        let numbers = if *numbers == Numbers::Found { "yes" } else { "no" };
        let word = |is: bool| if is { "yes" } else { "no" };
        let acts = Act::ALL.map(|act| word(role.may(act)));
        let pages = DeskPage::ALL.map(|page| word(role.has(page)));
        let acts = [&acts[..], &pages[..]].concat().join(" | ");
        text.push_str(&format!("| {} | {scope} | {content} | {numbers} | {acts} |\n", role.as_str()));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEGIN: &str = "<!-- roles -->\n";
    const END: &str = "<!-- end of roles -->";

    #[test]
    fn every_role_has_one_row_and_the_document_shows_them() {
        for role in TABLE.map(|rights| rights.role) {
            assert_eq!(role.rights().role, role);
            assert_eq!(DeskRole::read(role.as_str()), Some(role));
        }
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/desk.md");
        let page = std::fs::read_to_string(path).unwrap();
        let (before, rest) = page.split_once(BEGIN).unwrap();
        let (_, after) = rest.split_once(END).unwrap();
        let right = format!("{before}{BEGIN}{}{END}{after}", markdown());
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            std::fs::write(path, &right).unwrap();
        } else {
            assert_eq!(page, right, "UPDATE_EXPECT=1 writes the table of roles into docs/desk.md");
        }
    }
}
