//! The machine of protected reports: a disclosure is referred to the police, kept until it expires, and
//! removed. It has no clocks, sends no notices and writes to no topic except its own store.

use std::time::Duration;

use topics::catalogue::{ProtectedCommands, ProtectedDeadLetters, ProtectedTickets};
use topics::codec::sealing::Sealed;
use topics::records::control::Control;
use topics::records::dead_letters::DeadClass;
use topics::records::protected::{
    ProtectedAddendum, ProtectedCommand, ProtectedReport, ProtectedTicket, ReferralRule, Testimony,
};
use topics::records::reports::Account;
use topics::values::time::Time;

use crate::engine::machine::Machine;
use crate::engine::step::{Reject, StageResult, Step};
use crate::engine::store::{Entity, Store};
use crate::stages::refer::{REFER, refer};

/// The most bytes of a testimony: sealed and in JSON it still fits into a record of the store. A larger one
/// is dead-lettered in full, where the police's operators find it.
pub const LARGEST_TESTIMONY: usize = 400_000;

/// A report whose expiry failed is kept this long, so that a person can look at it, and then expires.
const DISARMED_EXPIRY: Duration = Duration::from_secs(35 * 24 * 3600);

/// The machine of protected reports.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProtectedMachine;

impl Entity for ProtectedTicket {
    type Index = ();

    fn due(&self) -> Option<Time> {
        self.expire_at
    }

    fn disarm(&mut self, at: Time) {
        self.version += 1;
        self.at = at;
        self.expire_at = Some(at + DISARMED_EXPIRY);
        self.disarmed_at = Some(at);
    }
}

impl Machine for ProtectedMachine {
    type Log = ProtectedCommands;
    type Store = ProtectedTickets;
    type Entity = ProtectedTicket;
    type DeadLetters = ProtectedDeadLetters;

    const STAGES: &'static [&'static str] = &[REFER];

    fn control(record: &ProtectedCommand) -> Option<Control> {
        match record {
            ProtectedCommand::Tick(_) => Some(Control::Tick),
            ProtectedCommand::Edition(notice) => Some(Control::Edition(notice.number)),
            ProtectedCommand::Open(_) | ProtectedCommand::Addendum(_) => None,
        }
    }

    fn entity(&self, _: &Store<ProtectedTicket>, _: &str, record: &ProtectedCommand) -> Option<String> {
        match record {
            ProtectedCommand::Open(report) => Some(report.ticket.to_string()),
            ProtectedCommand::Addendum(addendum) => Some(addendum.ticket.to_string()),
            ProtectedCommand::Tick(_) | ProtectedCommand::Edition(_) => None,
        }
    }

    fn apply(
        &self,
        step: &mut Step<'_, ProtectedTicket>,
        _: Option<&str>,
        record: ProtectedCommand,
    ) -> Result<(), Reject> {
        let result = match record {
            ProtectedCommand::Open(report) => open(step, *report)?,
            ProtectedCommand::Addendum(addendum) => add(step, *addendum)?,
            ProtectedCommand::Tick(_) | ProtectedCommand::Edition(_) => return Ok(()),
        };
        step.count(REFER, result);
        Ok(())
    }

    /// The only due time of a protected report is its expiry.
    fn fire(&self, step: &mut Step<'_, ProtectedTicket>, entity: &str) {
        step.remove(entity);
    }

    const RECONSIDERS: bool = true;

    /// A report in the national queue that had no team is referred again.
    fn reconsider(&self, step: &mut Step<'_, ProtectedTicket>, entity: &str) {
        let Some(mut ticket) =
            step.get(entity).filter(|ticket| ticket.referral.rule == ReferralRule::National).cloned()
        else {
            return;
        };
        ticket.referral = refer(ticket.testimony.account.point, step.edition);
        if ticket.referral.rule != ReferralRule::National {
            write(step, ticket);
        }
    }
}

fn open(step: &mut Step<'_, ProtectedTicket>, report: ProtectedReport) -> Result<StageResult, Reject> {
    if step.get(report.ticket.as_str()).is_some() {
        return Ok(StageResult::Filtered);
    }
    if size(&report.testimony) > LARGEST_TESTIMONY {
        return Err(Reject(DeadClass::TooLarge));
    }
    let ticket = ProtectedTicket {
        ticket: report.ticket,
        at: step.now,
        edition: step.edition.number,
        version: 0,
        reported_at: report.reported_at,
        language: report.language,
        confirmed: report.confirmed,
        referral: refer(report.testimony.account.point, step.edition),
        expire_at: Some(expiry(step)),
        disarmed_at: None,
        testimony: report.testimony,
    };
    write(step, ticket);
    Ok(StageResult::Forwarded)
}

/// Adds to a report. A new place refers it again, because that is where the person is now. An addendum to a
/// report that has expired is dead-lettered, so that it does not look as if it had been heard.
fn add(step: &mut Step<'_, ProtectedTicket>, addendum: ProtectedAddendum) -> Result<StageResult, Reject> {
    let Some(mut ticket) = step.get(addendum.ticket.as_str()).cloned() else {
        return Err(Reject(DeadClass::Rejected));
    };
    let Sealed(Account { words, media, point, place_basis, place_name, number_end: _ }) = addendum.account;
    let account = &mut ticket.testimony.account;
    account.words.extend(words);
    account.media.extend(media);
    account.place_name = place_name.or(account.place_name.take());
    if point.is_some() {
        account.point = point;
        account.place_basis = place_basis;
        ticket.referral = refer(point, step.edition);
    }
    if size(&ticket.testimony) > LARGEST_TESTIMONY {
        return Err(Reject(DeadClass::TooLarge));
    }
    ticket.expire_at = ticket.expire_at.map(|_| expiry(step));
    write(step, ticket);
    Ok(StageResult::Forwarded)
}

fn expiry(step: &Step<'_, ProtectedTicket>) -> Time {
    step.now + Duration::from_secs(step.edition.rules().protected_expiry_s)
}

fn write(step: &mut Step<'_, ProtectedTicket>, mut ticket: ProtectedTicket) {
    ticket.version += 1;
    ticket.at = step.now;
    ticket.edition = step.edition.number;
    let key = ticket.ticket.to_string();
    step.put(&key, ticket);
}

/// The number of bytes of a text in JSON, with its quotes and separators.
fn written(text: &str) -> usize {
    let size = |c: char| if c.is_control() { 6 } else { c.len_utf8() + usize::from(matches!(c, '"' | '\\')) };
    text.chars().map(size).sum::<usize>() + 8
}

/// The approximate number of bytes of a testimony in JSON, with control characters escaped.
fn size(testimony: &Testimony) -> usize {
    let account = &testimony.account;
    let media = account.media.iter().map(|media| written(&media.url) + written(&media.content_type) + 100);
    let words = account.words.iter().map(|words| written(words));
    written(&testimony.address)
        + account.place_name.as_deref().map_or(0, written)
        + words.sum::<usize>()
        + media.sum::<usize>()
}

#[cfg(test)]
mod tests;
