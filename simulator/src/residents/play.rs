//! A resident plays their script against the simulated Twilio.

use std::time::Duration;

use anyhow::Result;
use topics::values::tracking::TrackingNumber;
use topics::values::vocabulary::{Language, Status};

use super::Resident;
use super::answers::{news, numbers};
use super::habits::{Habit, ResidentAnswer, ScriptStep};
use crate::twilio::SimulatedTwilio;
use crate::twilio::inbound::{Button, Inbound};
use crate::twilio::ledger::AcceptedCall;

/// The result of a resident's day.
#[derive(Clone, Debug)]
pub struct Story {
    /// The resident who was played.
    pub resident: Resident,
    /// The ids of the messages that they sent.
    pub sent: Vec<String>,
    /// Those that no webhook acknowledged.
    pub unacknowledged: usize,
    /// The languages of the news that they got.
    pub told_in: Vec<Language>,
    /// The ticket of which they heard that it is closed and never that it is resolved: the older news waited
    /// until the newer ones overtook it.
    pub overtaken: Option<TrackingNumber>,
    /// The message that they waited for and did not receive in time.
    pub in_vain: Option<String>,
}

/// A resident with their phone.
pub struct Player<'a> {
    twilio: &'a SimulatedTwilio,
    /// The WhatsApp number that residents write to.
    sender: &'a str,
    /// How long they wait for an answer.
    patience: Duration,
    /// How many of the messages to them they have read.
    known: usize,
    /// The last message that they have read.
    last: Option<AcceptedCall>,
    /// The number of their first report.
    told: Option<TrackingNumber>,
    /// Whether they heard that it is resolved.
    resolved: bool,
    /// Whether their ticket was closed by its deadline before they could answer.
    is_over: bool,
    story: Story,
}

impl<'a> Player<'a> {
    /// A phone for `resident`, who writes to `sender` and waits up to `patience` for each expected message.
    pub fn new(
        twilio: &'a SimulatedTwilio,
        sender: &'a str,
        resident: &Resident,
        patience: Duration,
    ) -> Self {
        let resident = resident.clone();
        let story = Story {
            resident,
            sent: Vec::new(),
            unacknowledged: 0,
            told_in: Vec::new(),
            overtaken: None,
            in_vain: None,
        };
        Self {
            twilio,
            sender,
            patience,
            known: 0,
            last: None,
            told: None,
            resolved: false,
            is_over: false,
            story,
        }
    }

    /// Plays the whole script, and announces each step before it.
    pub async fn play(mut self, mut says: impl FnMut(&ScriptStep)) -> Story {
        for step in self.story.resident.script.clone() {
            says(&step);
            if let Err(error) = self.step(&step).await {
                self.story.in_vain = Some(format!("{step:?}: {error:#}"));
                break;
            }
            if self.is_over {
                break;
            }
        }
        self.story
    }

    async fn step(&mut self, step: &ScriptStep) -> Result<()> {
        let resident = &self.story.resident;
        let text = |body: &str| Inbound::text(&resident.address, self.sender, body);
        let message = match step {
            ScriptStep::Say(body) => text(body),
            ScriptStep::Pin => Inbound { pin: Some(resident.home), ..text("") },
            ScriptStep::Photo(caption) => Inbound::photo(&resident.address, self.sender, caption),
            ScriptStep::Voice => Inbound::voice(&resident.address, self.sender),
            ScriptStep::Reply(body) => {
                Inbound { replied_to: self.last.as_ref().map(|last| last.sid.clone()), ..text(body) }
            }
            ScriptStep::Name(words) => text(&format!(
                "{words} {}",
                self.told.as_ref().map_or_else(String::new, TrackingNumber::to_string)
            )),
            ScriptStep::Press(label, payload) => Inbound {
                button: Some(Button { text: (*label).to_owned(), payload: (*payload).to_owned() }),
                ..text("")
            },
            ScriptStep::Hear(answer) => return self.hear(*answer).await,
        };
        self.write(message).await;
        Ok(())
    }

    async fn write(&mut self, message: Inbound) {
        let times = if self.story.resident.habit == Habit::Doubled { 2 } else { 1 };
        let heard = self
            .twilio
            .send_message(Inbound { profile_name: self.story.resident.name.to_owned(), times, ..message })
            .await;
        self.story.sent.push(heard.sid);
        self.story.unacknowledged += usize::from(heard.acknowledged == 0);
    }

    async fn hear(&mut self, answer: ResidentAnswer) -> Result<()> {
        let is_it = |message: &AcceptedCall| match answer {
            ResidentAnswer::Any => true,
            ResidentAnswer::Number => !numbers(&message.body).is_empty(),
            ResidentAnswer::News(wanted) => news(&message.body)
                .is_some_and(|(_, status, _)| status == wanted || overtakes(status, wanted)),
        };
        let address = &self.story.resident.address;
        let message = self.twilio.message_for(address, self.known, self.patience, is_it).await?;
        let place =
            self.twilio.look(|ledger| ledger.taken_for(address).position(|one| one.sid == message.sid));
        self.known = place.map_or(self.known, |place| place + 1);
        if let Some((number, status, language)) = news(&message.body) {
            self.story.told_in.push(language);
            self.resolved |= status == Status::Resolved;
            self.is_over = matches!(answer, ResidentAnswer::News(wanted) if overtakes(status, wanted));
            self.story.overtaken = Some(number).filter(|_| self.is_over && !self.resolved);
        }
        self.told = self.told.take().or_else(|| numbers(&message.body).into_iter().next());
        self.last = Some(message);
        Ok(())
    }
}

/// Whether news of this status come instead of those that were waited for when these are late: time has
/// closed the ticket.
fn overtakes(status: Status, wanted: Status) -> bool {
    wanted == Status::Resolved && status == Status::Closed
}
