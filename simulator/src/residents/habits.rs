//! The ways in which residents report problems: each is a script of steps.

use chance::Chance;
use topics::values::vocabulary::{Language, Status};

use super::texts::ResidentTexts;

/// One step of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScriptStep {
    /// Sends this text as a WhatsApp message.
    Say(String),
    /// Sends the place where they live.
    Pin,
    /// Sends a photo with this caption.
    Photo(String),
    /// Sends a voice note.
    Voice,
    /// Replies with this to the last message that they got, as with WhatsApp's reply.
    Reply(String),
    /// Writes this text and the tracking number that they were given.
    Name(String),
    /// Presses the button of this text and payload.
    Press(&'static str, &'static str),
    /// Waits for a message; if it does not come, the story ends there and counts as failed.
    Hear(ResidentAnswer),
}

/// What a resident waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResidentAnswer {
    /// Any message after the last one that they know.
    Any,
    /// An answer that names a tracking number.
    Number,
    /// That their ticket has this status.
    News(Status),
}

/// The way in which a resident reports a problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Habit {
    /// A text; a pin when asked for the place; yes, it is fixed.
    TextThenPin,
    /// A pin; a text when asked what is wrong; then no answer, so the ticket is closed after a while.
    PinThenText,
    /// A text; no answer to the question for the place, so the ticket has none.
    TextOnly,
    /// A text; a pin when the place is asked for the second time.
    LatePin,
    /// A text with typing errors.
    Misspells,
    /// A photo with a caption, a pin; yes, by reply.
    Photo,
    /// A photo without a text, which the screen cannot read; then a text and a pin.
    PhotoFirst,
    /// A text and a pin; not fixed; fixed the second time.
    NotFixed,
    /// A text, a pin, another text; asks for the status; thanks.
    Curious,
    /// Asks for the status with the tracking number, and confirms with it.
    Precise,
    /// Confirms with a button.
    Presses,
    /// Reports a problem and then takes the report back.
    TakesBack,
    /// A text and a pin; STOP; later START.
    StopsListening,
    /// A greeting first, thanks at the end.
    Polite,
    /// Twilio delivers every message twice.
    Doubled,
    /// Writes many messages in quick succession.
    Floods,
    /// Reports violence, which goes to the police alone.
    Discloses,
    /// Reports a problem, and later violence, which goes to the police alone.
    DisclosesLater,
    /// Writes something that may be a report of violence: chooses the second of the offered answers.
    Hints,
    /// A voice note, which the screen cannot read; then a text.
    Voice,
}

/// How many messages a resident writes in a flood.
const FLOOD: usize = 25;

impl Habit {
    /// All habits, and how many of a hundred residents have each.
    pub const SHARES: [(Self, u32); 20] = [
        (Self::TextThenPin, 20),
        (Self::PinThenText, 12),
        (Self::TextOnly, 6),
        (Self::LatePin, 5),
        (Self::Misspells, 8),
        (Self::Photo, 8),
        (Self::PhotoFirst, 3),
        (Self::NotFixed, 6),
        (Self::Curious, 5),
        (Self::Precise, 4),
        (Self::Presses, 3),
        (Self::TakesBack, 3),
        (Self::StopsListening, 3),
        (Self::Polite, 4),
        (Self::Doubled, 4),
        (Self::Floods, 1),
        (Self::Discloses, 2),
        (Self::DisclosesLater, 1),
        (Self::Hints, 1),
        (Self::Voice, 1),
    ];

    /// The habit of the resident `number`.
    pub fn of(number: u32) -> Self {
        // The habits are spread over the day, because 37 and 100 have no common divisor.
        let mut place = number * 37 % 100;
        for (habit, share) in Self::SHARES {
            match place.checked_sub(share) {
                None => return habit,
                Some(rest) => place = rest,
            }
        }
        Self::TextThenPin
    }

    /// What a resident of this habit does.
    pub fn script(self, language: Language, texts: &ResidentTexts, chance: &mut Chance) -> Vec<ScriptStep> {
        use ScriptStep::{Hear, Name, Photo, Pin, Press, Reply, Say, Voice};
        let matter = *chance
            .one_of(&["water", "roads", "electricity", "waste", "sanitation", "other", "water"])
            .unwrap_or(&"water");
        let mut pick = |section: &str| texts.pick(language, section, chance);
        let report = pick(matter);
        let yes = pick("yes");
        let any = Hear(ResidentAnswer::Any);
        let number = Hear(ResidentAnswer::Number);
        let [resolved, closed] =
            [Status::Resolved, Status::Closed].map(|status| Hear(ResidentAnswer::News(status)));
        let reported = |first: ScriptStep| vec![first, any.clone(), Pin, number.clone()];
        let settled = |answer: ScriptStep| vec![resolved.clone(), answer, closed.clone()];
        match self {
            Self::TextThenPin | Self::Doubled => [reported(Say(report)), settled(Say(yes))].concat(),
            Self::PinThenText => vec![Pin, any, Say(report), number, resolved, closed],
            Self::TextOnly => vec![Say(report), any, number],
            Self::LatePin => vec![Say(report), any.clone(), any, Pin, number],
            Self::Misspells => [reported(Say(misspelt(&report, chance))), settled(Say(yes))].concat(),
            Self::Photo => [reported(Photo(pick("caption"))), settled(Reply(yes))].concat(),
            Self::PhotoFirst => [vec![Photo(String::new()), any.clone()], reported(Say(report))].concat(),
            Self::NotFixed => {
                [reported(Say(report)), vec![resolved.clone(), Say(pick("no"))], settled(Say(yes))].concat()
            }
            Self::Curious => {
                let asks = vec![Say(pick("more")), Say(pick("status")), any.clone(), Say(pick("thanks"))];
                [reported(Say(report)), asks, settled(Say(yes))].concat()
            }
            Self::Precise => {
                [reported(Say(report)), vec![Name(pick("status")), number.clone()], settled(Name(yes))]
                    .concat()
            }
            Self::Presses => [reported(Say(report)), settled(Press("Yes", "yes"))].concat(),
            Self::TakesBack => [reported(Say(report)), vec![Say(pick("withdraw")), closed.clone()]].concat(),
            Self::StopsListening => {
                [reported(Say(report)), vec![Say("STOP".to_owned()), Say("START".to_owned())]].concat()
            }
            Self::Polite => [
                vec![Say(pick("greeting"))],
                reported(Say(report)),
                settled(Say(yes)),
                vec![Say(pick("thanks"))],
            ]
            .concat(),
            // A flood is answered when its minute is over, in one text that names the report.
            Self::Floods => [
                reported(Say(report)),
                vec![Say(pick("more")); FLOOD],
                vec![resolved, Say(yes), number.clone()],
            ]
            .concat(),
            Self::Discloses => vec![Say(pick("disclosure")), any],
            Self::DisclosesLater => {
                [reported(Say(report)), vec![Say(pick("disclosure")), any.clone()]].concat()
            }
            Self::Hints => vec![Say(pick("possible")), any.clone(), Say("2".to_owned()), any],
            Self::Voice => [vec![Voice, any.clone()], reported(Say(report))].concat(),
        }
    }
}

/// The text with the two letters before the last swapped in about a third of the longer words.
fn misspelt(words: &str, chance: &mut Chance) -> String {
    words.split(' ').map(|word| misspelt_word(word, chance)).collect::<Vec<_>>().join(" ")
}

fn misspelt_word(word: &str, chance: &mut Chance) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    if letters.len() > 4 && chance.percent(33) {
        let last = letters.len() - 2;
        letters.swap(last - 1, last);
    }
    letters.into_iter().collect()
}
