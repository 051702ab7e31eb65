//! The machine of conversations: takes messages of residents, and news of tickets and deliveries; converses,
//! announces, routes and stamps in one step. Only this file refers to all stages of its chain.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use topics::catalogue::{self, IntakeDeadLetters, Messages};
use topics::codec::sealing::Sealed;
use topics::records::control::Control;
use topics::records::conversations::{Conversation, Silence, Wish};
use topics::records::dead_letters::DeadClass;
use topics::records::messages::{Finding, FromDelivery, FromResident, FromTicket, Message, Notice};
use topics::records::ticket_actions::Refusal;
use topics::values::ids::{CitizenId, TicketId};
use topics::values::time::Time;
use topics::values::tracking::TrackingNumber;
use topics::values::vocabulary::Status;

use crate::engine::machine::Machine;
use crate::engine::step::{Reject, StageResult, Step};
use crate::engine::store::{Entity, Store};
use crate::stages::announce::announce;
use crate::stages::converse::due::{self, Continuation};
use crate::stages::converse::form::Turn;
use crate::stages::converse::privacy::{self, Private};
use crate::stages::converse::{
    CONVERSE, Context, MunicipalOutput, Processed, change, new_state, process, remember_message,
};
use crate::stages::route::ROUTE;
use crate::stages::stamp::STAMP;

mod write;

use write::ANNOUNCE;

/// A conversation whose due time failed is looked at again after this time, and expires if it is idle.
const DISARMED_EXPIRY: Duration = Duration::from_secs(90 * 24 * 3600);

/// The machine of conversations.
#[derive(Clone, Copy, Debug, Default)]
pub struct ConversationMachine;

/// Finds the citizen of a ticket.
#[derive(Debug, Default)]
pub struct ByTicket(BTreeMap<TicketId, String>);

impl Entity for Conversation {
    type Index = ByTicket;

    fn due(&self) -> Option<Time> {
        self.due_at
    }

    fn disarm(&mut self, at: Time) {
        self.due_at = Some(at + DISARMED_EXPIRY);
        self.disarmed_at = Some(at);
    }

    fn index(index: &mut ByTicket, key: &str, old: Option<&Self>, new: Option<&Self>) {
        let tickets = |row: Option<&Self>| -> BTreeSet<TicketId> {
            row.map(|row| row.state.tickets.keys().cloned().collect()).unwrap_or_default()
        };
        let old = tickets(old);
        let new = tickets(new);
        for gone in old.difference(&new) {
            index.0.remove(gone);
        }
        for come in new.difference(&old) {
            index.0.insert(come.clone(), key.to_owned());
        }
    }
}

impl Machine for ConversationMachine {
    type Log = Messages;
    type Store = catalogue::Conversations;
    type Entity = Conversation;
    type DeadLetters = IntakeDeadLetters;

    const STAGES: &'static [&'static str] = &[CONVERSE, ANNOUNCE, ROUTE, STAMP];

    fn control(record: &Message) -> Option<Control> {
        match record {
            Message::Edition(notice) => Some(Control::Edition(notice.number)),
            Message::Tick(_) => Some(Control::Tick),
            Message::FromResident(_) | Message::FromTicket(_) | Message::FromDelivery(_) => None,
        }
    }

    fn is_addressed(record: &Message) -> bool {
        matches!(record, Message::FromTicket(_) | Message::FromDelivery(_))
    }

    fn entity(&self, store: &Store<Conversation>, key: &str, record: &Message) -> Option<String> {
        match record {
            Message::FromResident(_) => Some(key.to_owned()),
            Message::FromTicket(notice) => store.index().0.get(&notice.ticket).cloned(),
            Message::FromDelivery(found) => Some(found.recipient.to_string()),
            Message::Edition(_) | Message::Tick(_) => None,
        }
    }

    fn apply(
        &self,
        step: &mut Step<'_, Conversation>,
        entity: Option<&str>,
        record: Message,
    ) -> Result<(), Reject> {
        let rejected = Reject(DeadClass::Rejected);
        match record {
            Message::FromResident(message) => take_message(step, entity.ok_or(rejected)?, &message),
            // The notice is for a ticket that no conversation knows any more.
            Message::FromTicket(notice) => take_notice(step, entity.ok_or(rejected)?, &notice),
            Message::FromDelivery(found) => {
                take_finding(step, entity.ok_or(rejected)?, found);
                Ok(())
            }
            Message::Edition(_) | Message::Tick(_) => Ok(()),
        }
    }

    fn fire(&self, step: &mut Step<'_, Conversation>, entity: &str) {
        let Some((mut conversation, mut private)) = get(step, entity) else { return };
        let Ok(citizen) = entity.parse::<CitizenId>() else { return };
        let after =
            with_context(step, &citizen, |context| due::fire(context, &mut conversation, &mut private));
        match after {
            Continuation::Over => return step.remove(entity),
            Continuation::Municipal(outputs) => write::outputs(step, &citizen, &mut conversation, outputs),
            Continuation::Private(outputs) => write::police_outputs(step, &citizen, &conversation, outputs),
        }
        keep(step, entity, conversation, private);
    }
}

/// Runs a piece of the first stage with what it needs of the step.
fn with_context<R>(
    step: &mut Step<'_, Conversation>,
    citizen: &CitizenId,
    work: impl FnOnce(&mut Context<'_>) -> R,
) -> R {
    let now = step.now;
    let edition = step.edition;
    let cause = step.cause.id.clone();
    let task = step.context;
    // A number of letters only could be a word in a text, so it is skipped and no ticket gets it.
    let mut number = || loop {
        let number = TrackingNumber::issue(&task.pepper, step.next_serial(), task.partition, task.partitions);
        if TrackingNumber::resembles(number.as_str()) {
            return number;
        }
    };
    work(&mut Context {
        now,
        edition,
        cause: &cause,
        citizen: citizen.clone(),
        partition: task.partition,
        number: &mut number,
    })
}

/// The conversation of the store, taken apart by lane.
fn get(step: &Step<'_, Conversation>, key: &str) -> Option<(Conversation, Private)> {
    step.get(key).cloned().map(privacy::split)
}

/// Puts the conversation into the store, with its next due time.
fn keep(step: &mut Step<'_, Conversation>, key: &str, mut conversation: Conversation, private: Private) {
    conversation.at = step.now;
    conversation.edition = step.edition.number;
    conversation.due_at = due::next(&conversation, &private, step.edition.rules());
    step.put(key, privacy::join(conversation, private));
}

fn take_message(step: &mut Step<'_, Conversation>, key: &str, message: &FromResident) -> Result<(), Reject> {
    let rejected = Reject(DeadClass::Rejected);
    let citizen: CitizenId = key.parse().map_err(|_| rejected)?;
    let known = get(step, key);
    let last_number = known.as_ref().map(|(conversation, _)| conversation.state.number.as_str());
    let turn = Turn::read(message, step.appended_at, last_number).ok_or(rejected)?;
    let (mut conversation, mut private) =
        known.unwrap_or_else(|| privacy::split(new_conversation(step, &turn)));
    let processed = with_context(step, &citizen, |context| {
        process(context, &mut conversation.state, &mut private, &turn)
    });
    let Some(processed) = processed else {
        step.count(CONVERSE, StageResult::Filtered);
        return Ok(());
    };
    // Messages that went to the police, to a person or nowhere are counted the same way, so that the counts
    // cannot reveal a disclosure.
    step.count(
        CONVERSE,
        if is_forwarded(&processed) { StageResult::Forwarded } else { StageResult::Filtered },
    );
    match processed {
        Processed::Municipal(outputs) => {
            heard(&mut conversation, &turn, step.now);
            write::outputs(step, &citizen, &mut conversation, outputs);
        }
        Processed::Private(outputs) => write::police_outputs(step, &citizen, &conversation, outputs),
        Processed::Both(outputs, police_outputs) => {
            heard(&mut conversation, &turn, step.now);
            write::outputs(step, &citizen, &mut conversation, outputs);
            write::police_outputs(step, &citizen, &conversation, police_outputs);
        }
    }
    keep(step, key, conversation, private);
    Ok(())
}

/// A resident who writes begins a window of 24 hours; one for whom staff enter a report does not.
fn heard(conversation: &mut Conversation, turn: &Turn, now: Time) {
    if turn.entered_at_desk {
        conversation.state.called_at = Some(now);
    } else {
        conversation.last_heard_at = Some(now);
    }
}

fn new_conversation(step: &Step<'_, Conversation>, turn: &Turn) -> Conversation {
    Conversation {
        at: step.now,
        edition: step.edition.number,
        due_at: None,
        last_heard_at: None,
        disarmed_at: None,
        state: Sealed(new_state(turn.address.clone(), turn.number.clone())),
    }
}

fn is_forwarded(processed: &Processed) -> bool {
    let (Processed::Municipal(outputs) | Processed::Both(outputs, _)) = processed else { return false };
    let to_tickets = |output: &MunicipalOutput| {
        matches!(
            output,
            MunicipalOutput::Report(_)
                | MunicipalOutput::Add(..)
                | MunicipalOutput::Change(..)
                | MunicipalOutput::Sending(_)
        )
    };
    outputs.iter().any(to_tickets)
        && !outputs.iter().any(|output| matches!(output, MunicipalOutput::Unscreened(_)))
}

fn take_notice(step: &mut Step<'_, Conversation>, key: &str, notice: &FromTicket) -> Result<(), Reject> {
    let rejected = Reject(DeadClass::Rejected);
    let citizen: CitizenId = key.parse().map_err(|_| rejected)?;
    let (mut conversation, private) = get(step, key).ok_or(rejected)?;
    let language = conversation.state.language;
    let known = conversation.state.tickets.get_mut(&notice.ticket).ok_or(rejected)?;
    let wish = match &notice.notice {
        Notice::Answered { command, .. } => known.asked.remove(command),
        _ => None,
    };
    // Outdated news changes nothing and is not sent; an answer or a reply is always sent.
    let is_news = notice.version > known.version;
    let is_answer = matches!(notice.notice, Notice::Answered { .. } | Notice::Reply { .. });
    let mut waiting = None;
    if is_news {
        known.version = notice.version;
        known.status = Some(notice.status);
        known.category = notice.category;
        known.resolution_due_at = notice.resolution_due_at.or(known.resolution_due_at);
        known.closed_at = (notice.status == Status::Closed).then(|| known.closed_at.unwrap_or(notice.at));
        known.at = step.now;
    }
    match &notice.notice {
        Notice::Opened { resolution_due_at, .. } => {
            known.resolution_due_at = Some(*resolution_due_at);
            waiting = known
                .waiting
                .take()
                .and_then(|wish| Some((change(&notice.ticket, wish, notice.status, step.now)?, wish)));
        }
        Notice::Held { .. } if is_news => known.resolution_due_at = None,
        Notice::Status { outcome } if is_news => known.outcome = *outcome,
        Notice::Answered { refused, .. } if wish == Some(Wish::Reopen) => {
            known.too_late = *refused == Some(Refusal::TooLate)
        }
        _ => {}
    }
    if notice.status == Status::Closed && is_news {
        known.waiting = None;
    }
    let told = (is_news || is_answer).then(|| announce(notice, wish, language, step.edition)).flatten();
    // A reply from staff still goes to `deliver`, whose row then says that nothing is sent: the staff wait
    // for a result.
    let told = told
        .filter(|_| conversation.state.silence.is_none() || matches!(notice.notice, Notice::Reply { .. }));
    let forwarded = told.is_some();
    if let Some(told) = told {
        write::announcement(step, &citizen, &conversation, &notice.ticket, told);
    }
    step.count(ANNOUNCE, if forwarded { StageResult::Forwarded } else { StageResult::Filtered });
    if let Some((change, wish)) = waiting {
        write::change(step, &mut conversation, &change, Some(wish));
    }
    keep(step, key, conversation, private);
    Ok(())
}

/// A resident who cannot be reached is not written to; a STOP has precedence over that. A message about a
/// ticket may be replied to.
fn take_finding(step: &mut Step<'_, Conversation>, key: &str, told: FromDelivery) {
    // A finding forwards nothing. It is counted the same way where the conversation has expired: a private
    // turn may have kept it for longer.
    step.count(CONVERSE, StageResult::Filtered);
    let Some((mut conversation, private)) = get(step, key) else { return };
    match told.finding {
        Finding::Unreachable { .. } => {
            conversation.state.silence.get_or_insert(Silence::Unreachable);
        }
        Finding::Sent { ticket, sid } => remember_message(&mut conversation.state.tickets, &ticket, sid),
    }
    keep(step, key, conversation, private);
}
