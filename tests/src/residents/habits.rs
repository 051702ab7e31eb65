//! The ways in which people report: each a script of steps.

use topics::words::{Language, Status};

use super::chance::Chance;
use super::texts::Texts;

/// One step of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Writes this.
    Say(String),
    /// Sends the place where they live.
    Pin,
    /// Sends a photo with this caption.
    Photo(String),
    /// Sends a voice note.
    Voice,
    /// Replies with this to the last message that they got, as with WhatsApp's reply.
    Reply(String),
    /// Waits for something; if it does not come, the story ends in vain.
    Hear(Answer),
}

/// What a resident waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Any message after the last one that they know.
    Any,
    /// A tracking number.
    Number,
    /// That their ticket has this status.
    News(Status),
}

/// A way to report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Habit {
    /// Words; asked for the place, a pin; yes, it is fixed.
    TextThenPin,
    /// A pin; asked what is wrong, words; then silence: time closes it.
    PinThenText,
    /// Words; asked for the place, silence: files without a place.
    TextOnly,
    /// A photo with a caption, a pin; yes, by reply.
    Photo,
    /// Words, a pin; not fixed; fixed the second time.
    NotFixed,
    /// Words, a pin, more words; asks how far it is; thanks.
    Curious,
    /// Words, a pin; STOP; later START.
    StopsListening,
    /// A greeting first.
    Polite,
    /// Every message comes twice from Twilio.
    Doubled,
    /// Tells of violence: goes to the police alone.
    Discloses,
    /// May be telling of violence: chooses the second of what is offered.
    Hints,
    /// A voice note, which the screen cannot read; then words.
    Voice,
}

impl Habit {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::TextThenPin,
        Self::PinThenText,
        Self::TextOnly,
        Self::Photo,
        Self::NotFixed,
        Self::Curious,
        Self::StopsListening,
        Self::Polite,
        Self::Doubled,
        Self::Discloses,
        Self::Hints,
        Self::Voice,
    ];

    /// The habit of the resident `number`: of each hundred so many have each.
    pub fn of(number: u32) -> Self {
        // Strewn over the day: 37 has no divisor in common with 100.
        match number * 37 % 100 {
            0..36 => Self::TextThenPin,
            36..50 => Self::PinThenText,
            50..58 => Self::TextOnly,
            58..68 => Self::Photo,
            68..74 => Self::NotFixed,
            74..80 => Self::Curious,
            80..84 => Self::StopsListening,
            84..90 => Self::Polite,
            90..95 => Self::Doubled,
            95..98 => Self::Discloses,
            98 => Self::Hints,
            _ => Self::Voice,
        }
    }

    /// Whether it leads to a municipal ticket.
    pub const fn is_municipal(self) -> bool {
        !matches!(self, Self::Discloses | Self::Hints)
    }

    /// What a resident of this habit does.
    pub fn script(self, language: Language, texts: &Texts, chance: &mut Chance) -> Vec<Step> {
        let matter = *chance.one_of(&["water", "roads", "electricity", "waste", "sanitation", "other", "water"]).unwrap_or(&"water");
        let mut pick = |section: &str| texts.pick(language, section, chance);
        let (text, yes, no) = (pick(matter), pick("yes"), pick("no"));
        let number = Step::Hear(Answer::Number);
        let resolved = Step::Hear(Answer::News(Status::Resolved));
        let closed = Step::Hear(Answer::News(Status::Closed));
        let any = Step::Hear(Answer::Any);
        match self {
            Self::TextThenPin | Self::Doubled => vec![Step::Say(text), any, Step::Pin, number, resolved, Step::Say(yes), closed],
            Self::PinThenText => vec![Step::Pin, any, Step::Say(text), number, resolved, closed],
            Self::TextOnly => vec![Step::Say(text), any, number],
            Self::Photo => vec![Step::Photo(pick("caption")), any, Step::Pin, number, resolved, Step::Reply(yes), closed],
            Self::NotFixed => {
                let again = resolved.clone();
                vec![Step::Say(text), any, Step::Pin, number, resolved, Step::Say(no), again, Step::Say(yes), closed]
            }
            Self::Curious => {
                let (more, status, thanks) = (pick("more"), pick("status"), pick("thanks"));
                vec![
                    Step::Say(text),
                    any.clone(),
                    Step::Pin,
                    number,
                    Step::Say(more),
                    Step::Say(status),
                    any,
                    Step::Say(thanks),
                    resolved,
                    Step::Say(yes),
                    closed,
                ]
            }
            Self::StopsListening => {
                vec![Step::Say(text), any, Step::Pin, number, Step::Say("STOP".to_owned()), Step::Say("START".to_owned())]
            }
            Self::Polite => {
                vec![
                    Step::Say(pick("greeting")),
                    Step::Say(text),
                    any,
                    Step::Pin,
                    number,
                    resolved,
                    Step::Say(yes),
                    closed,
                    Step::Say(pick("thanks")),
                ]
            }
            Self::Discloses => vec![Step::Say(pick("disclosure")), any],
            Self::Hints => vec![Step::Say(pick("possible")), any.clone(), Step::Say("2".to_owned()), any],
            Self::Voice => vec![Step::Voice, any.clone(), Step::Say(text), any, Step::Pin, number],
        }
    }
}
