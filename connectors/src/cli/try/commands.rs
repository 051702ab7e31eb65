//! What a line of the input asks for. A line that cannot be read is answered with what it must be.

use std::time::Duration;

use topics::values::text::Code;
use topics::values::vocabulary::{Outcome, Status};

/// The commands, as `/help` shows them.
pub const HELP: &str = "\
Write as a resident would, or one of:
  /pin -29.85 31.02 [label]     the resident sends a location pin
  /photo [caption]              ... a photo
  /document [caption]           ... a document
  /contact                      ... a contact card
  /voice                        ... a voice note
  /sticker                      ... a sticker
  /reaction EMOJI               ... reacts to a message, after /reply-to N
  /button TEXT                  ... presses a button
  /reply-to N [TEXT]            ... replies to the message [N]; without TEXT the next line is the reply
  /retry                        Twilio delivers the last message again
  /from NAME                    another resident writes from here on
  /wait 25h                     time passes (s, m, h, d); in a script only so
  /staff TICKET STATUS          staff set open, in_progress, escalated, resolved, closed OUTCOME
  /staff TICKET reply TEXT      ... write to the resident
  /staff TICKET assign TEAM     ... give the ticket to another team
  /help, /quit
TICKET is a number such as 6JRFGKHTN, or 1 for the first ticket of this session. Begin a text that starts
with a slash with two of them.";

/// The longest time that one `/wait` takes: the longest rule, 90 days, fits four times.
const LONGEST_WAIT: Duration = Duration::from_secs(366 * 24 * 3600);
/// The longest text of a WhatsApp message, in characters.
const LONGEST_TEXT: usize = 4_096;
/// The longest name of a resident, in characters.
const LONGEST_NAME: usize = 30;

/// A line of the input.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// The resident sends a message.
    Say(PhoneInput),
    /// The resident replies to the message of this number; without a message, the next one is the reply.
    ReplyTo(usize, Option<PhoneInput>),
    /// Twilio delivers the last message again.
    Retry,
    /// The resident of this name writes from here on.
    From(String),
    /// Lets virtual time pass.
    Wait(Duration),
    /// Staff want something of a ticket.
    Staff(String, StaffRequest),
    /// The commands are asked for.
    Help,
    /// Ends the session; the rest of the input is not read.
    Quit,
}

/// What a resident sends.
#[derive(Clone, Debug, PartialEq)]
pub enum PhoneInput {
    /// A text of the resident.
    Text(String),
    /// A location pin, in degrees as they were written.
    Pin {
        /// The latitude in degrees north.
        latitude: String,
        /// The longitude in degrees east.
        longitude: String,
        /// The name of the place.
        label: Option<String>,
    },
    /// A photo with its caption, which may be empty.
    Photo(String),
    /// A document with its caption, which may be empty.
    Document(String),
    /// A contact card as a file.
    Contact,
    /// A voice note as a file.
    Voice,
    /// A sticker as a file.
    Sticker,
    /// A reaction with this emoji.
    Reaction(String),
    /// A button with this text.
    Button(String),
}

/// What staff want of a ticket.
#[derive(Clone, Debug, PartialEq)]
pub enum StaffRequest {
    /// Another status, with an outcome where it is closed.
    Status(Status, Option<Outcome>),
    /// A reply to the resident.
    Reply(String),
    /// Assigns the ticket to another team.
    Assign(Code),
}

/// Reads a line that is not blank. The error says what to write instead.
pub fn read(line: &str) -> Result<Input, String> {
    let line = line.trim();
    if line.chars().count() > LONGEST_TEXT {
        return Err(format!("a WhatsApp message has at most {LONGEST_TEXT} characters: write it shorter"));
    }
    let Some(command) = line.strip_prefix('/') else {
        return Ok(Input::Say(PhoneInput::Text(line.to_owned())));
    };
    if command.starts_with('/') {
        return Ok(Input::Say(PhoneInput::Text(command.to_owned())));
    }
    let (word, rest) = command.split_once(char::is_whitespace).unwrap_or((command, ""));
    let rest = rest.trim();
    match word {
        "pin" => pin(rest).map(Input::Say),
        "photo" => Ok(Input::Say(PhoneInput::Photo(rest.to_owned()))),
        "document" => Ok(Input::Say(PhoneInput::Document(rest.to_owned()))),
        "contact" => alone(word, rest, Input::Say(PhoneInput::Contact)),
        "voice" => alone(word, rest, Input::Say(PhoneInput::Voice)),
        "sticker" => alone(word, rest, Input::Say(PhoneInput::Sticker)),
        "reaction" if rest.is_empty() => Err("write the emoji of the reaction: /reaction 👍".to_owned()),
        "reaction" => Ok(Input::Say(PhoneInput::Reaction(rest.to_owned()))),
        "button" if rest.is_empty() => Err("write the text of the button: /button Yes".to_owned()),
        "button" => Ok(Input::Say(PhoneInput::Button(rest.to_owned()))),
        "reply-to" => reply_to(rest),
        "retry" => alone(word, rest, Input::Retry),
        "from" => name(rest).map(Input::From),
        "wait" => wait(rest).map(Input::Wait),
        "staff" => staff(rest),
        "help" => alone(word, rest, Input::Help),
        "quit" => alone(word, rest, Input::Quit),
        _ => Err(format!("there is no command /{word}: /help lists them (// begins a text with a slash)")),
    }
}

fn alone(word: &str, rest: &str, input: Input) -> Result<Input, String> {
    if rest.is_empty() { Ok(input) } else { Err(format!("/{word} takes nothing after it: write /{word}")) }
}

fn pin(rest: &str) -> Result<PhoneInput, String> {
    let expected = "write degrees north, then degrees east, and a label if there is one: \
                    /pin -29.85 31.02 Home";
    let mut parts = rest.splitn(3, char::is_whitespace).map(str::trim);
    let mut degrees = || {
        let text = parts.next().ok_or(expected)?.trim_end_matches(',');
        let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
        number.map(|_| text.to_owned()).ok_or_else(|| format!("`{text}` is not a number: {expected}"))
    };
    if rest.is_empty() {
        return Err(expected.to_owned());
    }
    let latitude = degrees()?;
    let longitude = degrees()?;
    let label = parts.next().filter(|label| !label.is_empty()).map(str::to_owned);
    Ok(PhoneInput::Pin { latitude, longitude, label })
}

fn reply_to(rest: &str) -> Result<Input, String> {
    let (number, rest) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let number = number.parse::<usize>().ok().filter(|number| *number > 0).ok_or_else(|| {
        "write the number of the message that is replied to, and the reply: /reply-to 2 yes".to_owned()
    })?;
    if rest.trim().is_empty() {
        return Ok(Input::ReplyTo(number, None));
    }
    match read(rest)? {
        Input::Say(said) => Ok(Input::ReplyTo(number, Some(said))),
        _ => Err("a reply is a text or something else that a resident sends: /reply-to 2 /photo".to_owned()),
    }
}

fn name(rest: &str) -> Result<String, String> {
    let fits = !rest.is_empty()
        && rest.chars().count() <= LONGEST_NAME
        && rest.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    if fits {
        Ok(rest.to_owned())
    } else {
        Err(format!("write a name of at most {LONGEST_NAME} letters, digits and dashes: /from lindiwe"))
    }
}

fn wait(rest: &str) -> Result<Duration, String> {
    let example = "write a whole number and s, m, h or d: /wait 25h";
    let expected = || format!("`{rest}` is not a time to wait: {example}");
    let unit = rest.chars().last().ok_or(example)?;
    let seconds: u64 = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return Err(expected()),
    };
    let number: u64 = rest.trim_end_matches(unit).trim().parse().map_err(|_| expected())?;
    let time = number.checked_mul(seconds).map(Duration::from_secs);
    time.filter(|time| *time <= LONGEST_WAIT)
        .ok_or_else(|| format!("{rest} is too long: wait at most 366d at once"))
}

fn staff(rest: &str) -> Result<Input, String> {
    let statuses = Status::ALL.iter().map(|status| status.as_str()).collect::<Vec<_>>().join(", ");
    let expected = format!(
        "write a ticket and what is to become of it: /staff 6JRFGKHTN resolved ({statuses}), \
         /staff 6JRFGKHTN reply TEXT, or /staff 6JRFGKHTN assign TEAM"
    );
    let mut parts = rest.splitn(3, char::is_whitespace).map(str::trim);
    let ticket = parts.next().filter(|ticket| !ticket.is_empty()).ok_or_else(|| expected.clone())?;
    let word = parts.next().ok_or_else(|| expected.clone())?;
    let more = parts.next().unwrap_or_default();
    let wish = match word {
        "reply" if more.is_empty() => return Err(format!("the reply has no text: {expected}")),
        "reply" => StaffRequest::Reply(more.to_owned()),
        "assign" => StaffRequest::Assign(
            more.parse().map_err(|_| format!("`{more}` is not the code of a team: {expected}"))?,
        ),
        _ => {
            let status = word.parse().map_err(|_| format!("`{word}` is not a status: {expected}"))?;
            StaffRequest::Status(status, outcome(more)?)
        }
    };
    Ok(Input::Staff(ticket.to_owned(), wish))
}

fn outcome(text: &str) -> Result<Option<Outcome>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let expected = "after closed write duplicate, referred or invalid, after another status nothing";
    text.parse().map(Some).map_err(|_| format!("`{text}` is not an outcome: {expected}"))
}
