//! The ways in which people report: each a script of steps.

use topics::values::vocabulary::{Language, Status};

use super::chance::Chance;
use super::texts::Texts;

/// One step of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
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
    /// Writes this and the tracking number that they were told.
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
    /// Words; asked for the place, a pin; yes, it is fixed.
    TextThenPin,
    /// A pin; asked what is wrong, words; then silence: time closes it.
    PinThenText,
    /// Words; asked for the place, silence: files without a place.
    TextOnly,
    /// Words; the pin comes when the place is asked for again.
    LatePin,
    /// Words as thumbs write them in a taxi.
    Misspells,
    /// A photo with a caption, a pin; yes, by reply.
    Photo,
    /// A photo without a word, which the screen cannot read; then words, a pin.
    PhotoFirst,
    /// Words, a pin; not fixed; fixed the second time.
    NotFixed,
    /// Words, a pin, more words; asks how far it is; thanks.
    Curious,
    /// Asks how far it is by the number, and says yes by it.
    Precise,
    /// Says yes by a button.
    Presses,
    /// Reports a problem and then takes the report back.
    TakesBack,
    /// Words, a pin; STOP; later START.
    StopsListening,
    /// A greeting first, thanks at the end.
    Polite,
    /// Every message comes twice from Twilio.
    Doubled,
    /// Writes many messages in quick succession.
    Floods,
    /// Tells of violence: goes to the police alone.
    Discloses,
    /// Reports, and later tells of violence: that goes to the police alone.
    DisclosesLater,
    /// May be telling of violence: chooses the second of what is offered.
    Hints,
    /// A voice note, which the screen cannot read; then words.
    Voice,
}

/// How many messages somebody who floods writes at once.
const FLOOD: usize = 25;

impl Habit {
    /// All of them, and how many of each hundred residents have each.
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
        // Strewn over the day: 37 has no divisor in common with 100.
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
    pub fn script(self, language: Language, texts: &Texts, chance: &mut Chance) -> Vec<Step> {
        use Step::{Hear, Name, Photo, Pin, Press, Reply, Say, Voice};
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
        let reported = |first: Step| vec![first, any.clone(), Pin, number.clone()];
        let settled = |answer: Step| vec![resolved.clone(), answer, closed.clone()];
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

/// The words with the letters before the last swapped in about a third of the longer ones.
fn misspelt(words: &str, chance: &mut Chance) -> String {
    let mut slip = |word: &str| {
        let mut letters: Vec<char> = word.chars().collect();
        if letters.len() > 4 && chance.percent(33) {
            let last = letters.len() - 2;
            letters.swap(last - 1, last);
        }
        letters.into_iter().collect::<String>()
    };
    words.split(' ').map(&mut slip).collect::<Vec<_>>().join(" ")
}
