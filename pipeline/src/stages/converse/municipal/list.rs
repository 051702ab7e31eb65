//! The list of tickets that a resident is asked to choose from, when an answer can be about several.

use topics::records::conversations::{TicketChoice, Wish};
use topics::records::reports::Account;
use topics::values::ids::TicketId;
use topics::values::time::Time;
use topics::values::vocabulary::Language;

use super::tickets::TicketMap;
use crate::rules::texts;
use crate::stages::converse::content::extend;
use crate::stages::converse::outputs::MunicipalOutput;
use crate::stages::converse::screen::Cleared;

/// The maximum number of tickets that one text lists.
pub const MAX_LISTED: usize = 9;

/// The open list of a conversation.
pub struct TicketList<'a> {
    pub open: &'a mut Option<TicketChoice>,
    pub tickets: &'a TicketMap,
    pub now: Time,
    pub language: Language,
}

impl TicketList<'_> {
    /// Asks with a numbered list which ticket is meant. Content that came with the wish is kept until the
    /// answer.
    pub fn ask(&mut self, tickets: &[TicketId], wish: Wish, more: Option<Cleared>) -> MunicipalOutput {
        let tickets: Vec<TicketId> = tickets.iter().take(MAX_LISTED).cloned().collect();
        let more = with(Account::default(), more);
        self.open_list(TicketChoice { tickets, wish, more, asked_at: self.now })
    }

    /// Asks again, because the answer is not on the list.
    pub fn ask_again(&mut self, more: Option<Cleared>) -> Option<MunicipalOutput> {
        let list = self.open.take()?;
        let more = with(list.more, more);
        Some(self.open_list(TicketChoice { more, asked_at: self.now, ..list }))
    }

    fn open_list(&mut self, list: TicketChoice) -> MunicipalOutput {
        let text = text(self.tickets, &list.tickets, self.language);
        *self.open = Some(list);
        MunicipalOutput::tell(text)
    }
}

/// The content that was kept, extended by later content.
pub fn with(mut kept: Account, more: Option<Cleared>) -> Account {
    if let Some(more) = more {
        extend(&mut kept, more.into_account());
    }
    kept
}

/// The list as a text.
pub fn text(known: &TicketMap, tickets: &[TicketId], language: Language) -> String {
    let mut lines = vec![texts::say(language, "which", &[])];
    for (number, ticket) in (1..).zip(tickets) {
        let Some(known) = known.get(ticket) else { continue };
        let category = texts::category(language, known.category);
        let values = [
            ("place", &*format!("{number}")),
            ("n", known.tracking_number.as_str()),
            ("category", &category),
        ];
        lines.push(texts::say(language, "which-line", &values));
    }
    lines.join("\n")
}
