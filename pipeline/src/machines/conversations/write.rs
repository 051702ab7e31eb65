//! What a step of the conversations machine writes: each output to its topic, and reports on to route and
//! stamp.

use std::time::Duration;

use topics::catalogue::{
    Notifications, ProtectedCommands, ProtectedNotifications, Reports, TicketCommands, UnscreenedMessages,
};
use topics::codec::record::{Address, Envelope};
use topics::codec::sealing::Sealed;
use topics::records::conversations::{Conversation, Reach, Wish};
use topics::records::notifications::{Notification, Notify, OptOut, OutgoingContent};
use topics::records::protected::ProtectedCommand;
use topics::records::reports::Report;
use topics::records::ticket_commands::{Change, TicketCommand};
use topics::values::ids::{CitizenId, EventId, NotificationId, TicketId};
use topics::values::time::Time;
use topics::values::vocabulary::Class;

use crate::engine::step::Step;
use crate::machines::route_and_stamp::dispatch;
use crate::stages::announce::Announcement;
use crate::stages::converse::{
    CONVERSE, MunicipalOutput, PoliceOutput, PrivateReply, Reply, Sending, privacy,
};

/// The name of the second stage.
pub const ANNOUNCE: &str = "announce";

type Conversing<'a> = Step<'a, Conversation>;

/// Writes what the first stage decided about a municipal turn, in the order of the decisions.
pub fn outputs(
    step: &mut Conversing<'_>,
    citizen: &CitizenId,
    conversation: &mut Conversation,
    outputs: Vec<MunicipalOutput>,
) {
    for output in outputs {
        match output {
            MunicipalOutput::Report(filed) => {
                let ticket = filed.ticket.clone();
                report(step, &ticket, &Report::Report(filed));
            }
            MunicipalOutput::Add(addendum, wish) => {
                let ticket = addendum.ticket.clone();
                let command = report(step, &ticket, &Report::Addendum(addendum));
                remember(conversation, &ticket, command, wish);
            }
            MunicipalOutput::Change(wanted, wish) => change(step, conversation, &wanted, wish),
            MunicipalOutput::Unscreened(message) => {
                step.emit::<UnscreenedMessages>(CONVERSE, &message.message, &message);
            }
            MunicipalOutput::Tell(reply) => tell(step, citizen, conversation, reply),
            MunicipalOutput::Sending(sending) => write_sending(step, citizen, conversation, sending),
        }
    }
}

/// Writes what the first stage decided about a private turn, to the police lane only.
pub fn police_outputs(
    step: &mut Conversing<'_>,
    citizen: &CitizenId,
    conversation: &Conversation,
    outputs: Vec<PoliceOutput>,
) {
    for output in outputs {
        match output {
            PoliceOutput::Protect(command) => protect(step, &command),
            PoliceOutput::Tell(reply) => tell_privately(step, citizen, conversation, reply),
        }
    }
}

/// Writes a report or an addendum, and continues with routing and stamping; returns the id of the command
/// that its ticket answers.
fn report(step: &mut Conversing<'_>, ticket: &TicketId, report: &Report) -> EventId {
    let envelope = step.emit::<Reports>(CONVERSE, ticket, report);
    dispatch(step, ticket.as_str(), &envelope, report)
}

/// Writes a command of the resident; the ticket's answer will be told in the words of the wish.
pub fn change(
    step: &mut Conversing<'_>,
    conversation: &mut Conversation,
    wanted: &Change,
    wish: Option<Wish>,
) {
    let command = step.emit::<TicketCommands>(
        CONVERSE,
        &wanted.ticket,
        &TicketCommand::Change(Box::new(wanted.clone())),
    );
    remember(conversation, &wanted.ticket, command.id, wish);
}

fn remember(conversation: &mut Conversation, ticket: &TicketId, command: EventId, wish: Option<Wish>) {
    if let (Some(known), Some(wish)) = (conversation.state.tickets.get_mut(ticket), wish) {
        known.asked.insert(command, wish);
    }
}

fn protect(step: &mut Conversing<'_>, command: &ProtectedCommand) {
    let ticket = match command {
        ProtectedCommand::Open(report) => report.ticket.clone(),
        ProtectedCommand::Addendum(addendum) => addendum.ticket.clone(),
        ProtectedCommand::Edition(_) | ProtectedCommand::Tick(_) => return,
    };
    step.emit::<ProtectedCommands>(CONVERSE, &ticket, command);
}

fn tell(step: &mut Conversing<'_>, citizen: &CitizenId, conversation: &Conversation, reply: Reply) {
    if conversation.state.silence.is_some() && !reply.ignores_stop {
        return;
    }
    let reach = privacy::municipal(conversation);
    let asked = MessageToSend {
        ticket: reply.ticket,
        ignores_stop: reply.ignores_stop,
        template: None,
        class: Class::Answer,
        body: reply.body,
    };
    let window_end = Some(municipal_window(step, &reach));
    let recipient = Recipient { citizen, address: &conversation.state.address, reach: &reach, window_end };
    let (envelope, notify) = notify(step, CONVERSE, &recipient, asked);
    let by_key = Address::ByKey(step.context.partitions);
    step.emit_as::<Notifications>(CONVERSE, envelope, by_key, &reach.number, &notify);
}

fn tell_privately(
    step: &mut Conversing<'_>,
    citizen: &CitizenId,
    conversation: &Conversation,
    reply: PrivateReply,
) {
    if conversation.state.silence.is_some() && !reply.ignores_stop {
        return;
    }
    let PrivateReply { body, ignores_stop, reach } = reply;
    let asked = MessageToSend { ticket: None, ignores_stop, template: None, class: Class::Answer, body };
    // Where no window is known the call is made all the same: what it says has no template, and may matter.
    let window_end = window_of(step, &reach);
    let recipient = Recipient { citizen, address: &conversation.state.address, reach: &reach, window_end };
    let (envelope, notify) = notify(step, CONVERSE, &recipient, asked);
    let by_key = Address::ByKey(step.context.partitions);
    step.emit_as::<ProtectedNotifications>(CONVERSE, envelope, by_key, &reach.number, &notify);
}

/// Tells the resident what a ticket said.
pub fn announcement(
    step: &mut Conversing<'_>,
    citizen: &CitizenId,
    conversation: &Conversation,
    ticket: &TicketId,
    told: Announcement,
) {
    let asked = MessageToSend {
        ticket: Some(ticket.clone()),
        ignores_stop: false,
        template: told.template,
        class: told.class,
        body: told.body,
    };
    let reach = privacy::municipal(conversation);
    let window_end = Some(municipal_window(step, &reach));
    let recipient = Recipient { citizen, address: &conversation.state.address, reach: &reach, window_end };
    let (envelope, notify) = notify(step, ANNOUNCE, &recipient, asked);
    let by_key = Address::ByKey(step.context.partitions);
    step.emit_as::<Notifications>(ANNOUNCE, envelope, by_key, &reach.number, &notify);
}

/// A message to be sent, without its address.
struct MessageToSend {
    ticket: Option<TicketId>,
    ignores_stop: bool,
    template: Option<topics::records::notifications::Template>,
    class: Class,
    body: String,
}

/// To whom a message goes, and how.
struct Recipient<'a> {
    citizen: &'a CitizenId,
    address: &'a str,
    reach: &'a Reach,
    window_end: Option<Time>,
}

/// When the window that began with the resident's last message ends; `None` if they have not written.
fn window_of(step: &Conversing<'_>, reach: &Reach) -> Option<Time> {
    let window = Duration::from_secs(step.edition.rules().window_s);
    reach.heard_at.map(|at| at + window)
}

/// The same in the municipal lane, where nothing is open for a resident who has not written: news go as their
/// template, and an answer is not tried, since it would arrive only after a private message.
fn municipal_window(step: &Conversing<'_>, reach: &Reach) -> Time {
    window_of(step, reach).unwrap_or(step.now)
}

fn notify(
    step: &mut Conversing<'_>,
    stage: &'static str,
    recipient: &Recipient<'_>,
    asked: MessageToSend,
) -> (Envelope, Notification) {
    let envelope = step.next_envelope(stage);
    let Recipient { citizen, address, reach, window_end } = *recipient;
    let letter = OutgoingContent {
        citizen: citizen.clone(),
        to: address.to_owned(),
        from: reach.number.clone(),
        body: asked.body.chars().take(crate::rules::texts::LONGEST).collect(),
        template: asked.template,
    };
    let notify = Notify {
        notification: NotificationId::of(&envelope.id, 0),
        at: step.now,
        edition: step.edition.number,
        class: asked.class,
        language: reach.language.answered_in(),
        ticket: asked.ticket,
        window_end,
        ignores_stop: asked.ignores_stop,
        letter: Sealed(letter),
    };
    (envelope, Notification::Notify(Box::new(notify)))
}

/// STOP or START, to both lanes and for all our numbers that they wrote to.
fn write_sending(
    step: &mut Conversing<'_>,
    citizen: &CitizenId,
    conversation: &Conversation,
    sending: Sending,
) {
    let opt = OptOut { at: step.now, edition: step.edition.number, citizen: Sealed(citizen.clone()) };
    let record = match sending {
        Sending::Stops => Notification::Stop(opt),
        Sending::Resumes => Notification::Start(opt),
    };
    for number in &conversation.state.numbers {
        step.emit::<Notifications>(CONVERSE, number, &record);
        step.emit::<ProtectedNotifications>(CONVERSE, number, &record);
    }
}
