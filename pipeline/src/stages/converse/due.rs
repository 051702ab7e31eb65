//! Time in a conversation: every open question ends after some time, and an idle conversation ends once its
//! tickets are closed.

use std::time::Duration;

use topics::records::conversations::{Conversation, Draft, KnownTicket, State};
use topics::records::editions::Rules;
use topics::values::time::Time;
use topics::values::vocabulary::Status;

use super::municipal::{self, flood, is_files_alone, status};
use super::outputs::{Context, MunicipalOutput};
use super::phase::Phase;
use super::privacy::Private;
use super::protected::{PoliceLane, PoliceOutput};
use super::turn::new_state;
use crate::rules::texts;

/// The events that time alone causes in a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConversationDue {
    /// The resident did not choose a lane: the message counts as private.
    ReportUnchosen,
    /// The time after a disclosure is over: turns are municipal again.
    EndProtection,
    /// A question with few answers was not answered and is dropped.
    DropQuestion,
    /// The draft is filed without what is missing.
    FileDraft,
    /// The resident pauses, and is asked for what is missing in the draft.
    Ask,
    /// The resident is asked again for what is missing in the draft.
    Remind,
    /// The list of tickets was not answered and is dropped.
    DropList,
    /// A flood of messages ends and is answered.
    EndFlood,
    /// The conversation expires, since it was idle for long.
    Expire,
}

impl ConversationDue {
    /// All events, in the order in which those of the same time happen.
    pub const ALL: [Self; 9] = [
        Self::ReportUnchosen,
        Self::EndProtection,
        Self::DropQuestion,
        Self::FileDraft,
        Self::Ask,
        Self::Remind,
        Self::DropList,
        Self::EndFlood,
        Self::Expire,
    ];

    /// The time and what happens then, for the documents. Times are the defaults of the rules of an edition.
    pub const fn explain(self) -> (&'static str, &'static str) {
        match self {
            Self::ReportUnchosen => {
                ("30 min after the lane was asked for", "a report to the police, unconfirmed")
            }
            Self::EndProtection => ("60 min after the last disclosure", "turns are municipal again"),
            Self::DropQuestion => (
                "60 min after the question",
                "what was kept for a number goes to a person, a report that may be the same matter is filed",
            ),
            Self::FileDraft => (
                "60 min after its first message; 10 min if it holds files alone",
                "a draft with words is filed without what is missing; files go to a person, a pin alone is \
                 dropped",
            ),
            Self::Ask => (
                "2 s after the last message of the draft, 5 s if it holds files alone",
                "what is missing is asked for: messages that were sent together get one answer (`ask-place`, \
                 `ask-place-follow-up`, `ask-place-again`, `ask-what`, `ask-more`)",
            ),
            Self::Remind => (
                "10 min after the first message of a draft",
                "what is missing is asked for once more (`ask-place-again`, `ask-what`, `ask-more`)",
            ),
            Self::DropList => (
                "60 min after the list",
                "the list is dropped; what came with the answer is added to its first ticket",
            ),
            Self::EndFlood => (
                "1 min after the first message of a flood",
                "one message in place of the replies that were dropped (`caught-up`): the open question, or \
                 the status of all tickets",
            ),
            Self::Expire => {
                ("90 days without a message, and all tickets closed", "the conversation is deleted")
            }
        }
    }

    /// The phases that the event leads from and to; empty if it leaves the phase as it is.
    pub const fn phases(self) -> (&'static [Phase], &'static [Phase]) {
        match self {
            Self::ReportUnchosen => (&[Phase::AwaitsLane], &[Phase::Protected]),
            Self::EndProtection => (&[Phase::Protected], &[Phase::Idle]),
            // A draft with a place to confirm is older than the question, and has ended by then.
            Self::DropQuestion => (&[Phase::AwaitsAnswer], &[Phase::Idle, Phase::AwaitsProblem]),
            Self::FileDraft => {
                (&[Phase::AwaitsPlace, Phase::AwaitsProblem, Phase::AwaitsConfirmation], &[Phase::Idle])
            }
            // A draft with a problem has been filed by the time that the list is dropped.
            Self::DropList => {
                (&[Phase::AwaitsTicket], &[Phase::Idle, Phase::AwaitsProblem, Phase::AwaitsConfirmation])
            }
            Self::Expire => (&[Phase::Idle], &[Phase::Unknown]),
            Self::Ask | Self::Remind | Self::EndFlood => (&[], &[]),
        }
    }
}

/// Whether a conversation goes on after its due time.
#[derive(Debug)]
pub enum Continuation {
    /// The conversation continues, with these outputs.
    Municipal(Vec<MunicipalOutput>),
    /// The conversation continues, with these outputs of the police lane.
    Private(Vec<PoliceOutput>),
    /// The conversation ends because it was idle for too long.
    Over,
}

/// The time of the next due event of either lane, or `None` if nothing is due.
pub fn next(conversation: &Conversation, private: &Private, rules: &Rules) -> Option<Time> {
    dues(conversation, private, rules).into_iter().min().map(|(time, _)| time)
}

fn dues(conversation: &Conversation, private: &Private, rules: &Rules) -> Vec<(Time, ConversationDue)> {
    let state = &conversation.state;
    let mut dues = Vec::with_capacity(8);
    let after = |time: Time, seconds: u64| time + Duration::from_secs(seconds);
    if let Some(choice) = &private.choice {
        dues.push((after(choice.asked_at, rules.choice_s), ConversationDue::ReportUnchosen));
    }
    if let Some(protection) = &private.protected {
        dues.push((protection.until, ConversationDue::EndProtection));
    }
    if let Some(draft) = &state.draft {
        dues.extend(dues_of_draft(draft, rules));
    }
    if let Some(question) = &state.question {
        dues.push((after(question.asked_at, rules.unlocated_s), ConversationDue::DropQuestion));
    }
    if let Some(which) = &state.which {
        dues.push((after(which.asked_at, rules.unlocated_s), ConversationDue::DropList));
    }
    dues.extend(flood::ends_at(&state.pace).map(|at| (at, ConversationDue::EndFlood)));
    let expires_at = expires_at(state, conversation.last_heard_at, conversation.at, rules);
    dues.extend(expires_at.map(|at| (at, ConversationDue::Expire)));
    dues
}

/// What is missing is asked for, asked for once more, and not waited for any longer. Files alone are asked
/// about once: nothing was cleared that they belong to, so they do not wait as long as words do.
fn dues_of_draft(draft: &Draft, rules: &Rules) -> Vec<(Time, ConversationDue)> {
    let after = |seconds: u64| draft.asked_at + Duration::from_secs(seconds);
    let is_files_alone = is_files_alone(draft);
    let longest_s = if is_files_alone { rules.ask_again_s.min(rules.unlocated_s) } else { rules.unlocated_s };
    let ends = (after(longest_s), ConversationDue::FileDraft);
    let asks = match draft.question {
        Some(question) => Some((question.at, ConversationDue::Ask)),
        None if draft.reminded || is_files_alone => None,
        None => Some((after(rules.ask_again_s), ConversationDue::Remind)),
    };
    [ends].into_iter().chain(asks).collect()
}

/// When the conversation expires, or `None` while it may hear of a ticket that is not closed. A closed ticket
/// can speak again for as long as it can be reopened, and staff can write about it for as long as it is
/// there.
fn expires_at(state: &State, last_heard_at: Option<Time>, at: Time, rules: &Rules) -> Option<Time> {
    if state.tickets.values().any(is_open) {
        return None;
    }
    let closed = state.tickets.values().filter(|known| known.closed_at.is_some());
    let speaks_for = Duration::from_secs(rules.reopen_s.max(rules.ticket_expiry_s));
    let may_speak_until = closed.map(|known| known.at + speaks_for).max();
    let heard_at = [last_heard_at, state.called_at].into_iter().flatten();
    let idle_since = state.tickets.values().map(|known| known.at).chain(heard_at).max().unwrap_or(at);
    let expires_at = idle_since + Duration::from_secs(rules.conversation_expiry_s);
    Some(may_speak_until.map_or(expires_at, |until| until.max(expires_at)))
}

/// Whether the ticket is known to exist and not known to be closed. One that has never been heard from does
/// not count: it may not exist, since its command may be a dead letter.
fn is_open(known: &KnownTicket) -> bool {
    known.status.is_some_and(|status| status != Status::Closed)
}

/// Applies the earliest due event.
pub fn fire(
    context: &mut Context<'_>,
    conversation: &mut Conversation,
    private: &mut Private,
) -> Continuation {
    let now = context.now;
    let rules = *context.edition.rules();
    let due = dues(conversation, private, &rules).into_iter().min();
    let Some((_, due)) = due.filter(|(time, _)| *time <= now) else {
        return Continuation::Municipal(Vec::new());
    };
    // Where a due time failed, the others may never pass.
    if conversation.disarmed_at.is_some()
        && !private.is_open()
        && expires_at(&conversation.state, conversation.last_heard_at, conversation.at, &rules)
            .is_some_and(|at| at <= now)
    {
        return Continuation::Over;
    }
    let state = &mut conversation.state.0;
    let outputs = match due {
        ConversationDue::Expire if private.is_open() => {
            // The municipal lane forgets the resident at the same time as if nothing private were open.
            *state = new_state(state.address.clone(), state.number.clone());
            conversation.last_heard_at = None;
            Vec::new()
        }
        ConversationDue::Expire => return Continuation::Over,
        ConversationDue::ReportUnchosen => {
            let report = PoliceLane { context, municipal: state, private }.report_unchosen();
            return Continuation::Private(report.into_iter().collect());
        }
        ConversationDue::EndProtection => {
            private.protected = None;
            Vec::new()
        }
        ConversationDue::DropList => municipal::drop_list(context, state),
        ConversationDue::DropQuestion => municipal::drop_question(context, state),
        ConversationDue::FileDraft => municipal::drafts(context, state).end().into_iter().collect(),
        ConversationDue::Ask => ask(context, state).into_iter().collect(),
        ConversationDue::Remind => municipal::drafts(context, state).remind().into_iter().collect(),
        ConversationDue::EndFlood => vec![end_flood(context, state)],
    };
    Continuation::Municipal(outputs)
}

/// Asks for what is missing, unless there is a flood, whose summary asks.
fn ask(context: &mut Context<'_>, state: &mut State) -> Option<MunicipalOutput> {
    let is_flood = flood::is_flood(&state.pace);
    municipal::drafts(context, state).ask().filter(|_| !is_flood)
}

/// Ends the flood with a summary in place of the replies that were dropped. This also happens after a
/// disclosure, like everything that time alone causes: a missing summary would reveal the disclosure.
fn end_flood(context: &Context<'_>, state: &mut State) -> MunicipalOutput {
    flood::start_minute(&mut state.pace, context.now);
    if let Some(draft) = &mut state.draft {
        draft.question = None;
    }
    let summary = status::question_or_status(state, context.now, context.edition);
    MunicipalOutput::tell(format!("{}\n{summary}", texts::say(state.language, "caught-up", &[])))
}
