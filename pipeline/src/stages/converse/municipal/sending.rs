//! Whether messages are sent to a resident: STOP, START, and the numbers of ours that they hold for.

use topics::records::conversations::Silence;
use topics::values::vocabulary::Language;

use crate::rules::texts;
use crate::stages::converse::outputs::{MunicipalOutput, Reply, Sending};

/// The maximum number of our numbers that a conversation remembers; an installation has one or a few.
const MAX_NUMBERS: usize = 10;

/// Whether messages are sent to the resident, and the numbers that they wrote to.
pub struct Contact<'a> {
    pub silence: &'a mut Option<Silence>,
    pub numbers: &'a mut Vec<String>,
}

impl Contact<'_> {
    /// Stops sending messages to the resident, and confirms that.
    pub fn stop(&mut self, language: Language) -> Vec<MunicipalOutput> {
        *self.silence = Some(Silence::SaidStop);
        let body = texts::say(language, "stopped", &[]);
        let reply = Reply { body, ticket: None, ignores_stop: true, urgent: true };
        vec![MunicipalOutput::Tell(reply), MunicipalOutput::Sending(Sending::Stops)]
    }

    /// Sends messages to the resident again, and confirms that.
    pub fn start(&mut self, language: Language) -> Vec<MunicipalOutput> {
        *self.silence = None;
        let body = texts::say(language, "started", &[]);
        let reply = Reply { body, ticket: None, ignores_stop: false, urgent: true };
        vec![MunicipalOutput::Sending(Sending::Resumes), MunicipalOutput::Tell(reply)]
    }

    /// Remembers a number of the installation. If the resident said STOP to the others, it applies to this
    /// one too.
    pub fn remember_number(&mut self, number: &str, outputs: &mut Vec<MunicipalOutput>) {
        let is_new = !self.numbers.iter().any(|known| known == number);
        self.numbers.retain(|known| known != number);
        if self.numbers.len() >= MAX_NUMBERS {
            self.numbers.remove(0);
        }
        self.numbers.push(number.to_owned());
        let is_decided = outputs.iter().any(|output| matches!(output, MunicipalOutput::Sending(_)));
        if is_new && !is_decided && *self.silence == Some(Silence::SaidStop) {
            outputs.push(MunicipalOutput::Sending(Sending::Stops));
        }
    }

    /// Marks a resident who writes as reachable again.
    pub fn mark_reachable(&mut self, outputs: &mut Vec<MunicipalOutput>) {
        if *self.silence == Some(Silence::Unreachable) {
            *self.silence = None;
            outputs.insert(0, MunicipalOutput::Sending(Sending::Resumes));
        }
    }
}
