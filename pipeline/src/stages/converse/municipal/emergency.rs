//! Emergency numbers for a resident whose life is in danger.

use topics::records::conversations::{Silence, State};
use topics::values::vocabulary::Severity;

use super::flood::is_flood;
use crate::rules::edition::Edition;
use crate::rules::emergency;
use crate::stages::converse::outputs::{MunicipalOutput, Reply};
use crate::understanding::meaning::Meaning;

/// Puts emergency numbers before the reply if life is in danger, in a flood only once. The answer of a new
/// ticket contains the numbers already. A resident who said STOP gets the numbers and nothing else.
pub fn tell_numbers(
    state: &mut State,
    meaning: &Meaning,
    edition: &Edition,
    outputs: &mut Vec<MunicipalOutput>,
) {
    let is_critical = meaning.reporting && meaning.severity == Severity::Critical;
    let is_stopped = state.silence == Some(Silence::SaidStop);
    let is_told = !is_stopped && outputs.iter().any(|output| matches!(output, MunicipalOutput::Report(_)));
    if !is_critical || is_told || is_flood(&state.pace) && state.pace.alarmed {
        return;
    }
    let Some(numbers) = emergency::text(state.language, edition) else { return };
    state.pace.alarmed = true;
    let first = outputs.iter_mut().find_map(MunicipalOutput::as_reply);
    match first.filter(|_| !is_stopped) {
        Some(reply) => {
            reply.body = format!("{numbers}\n{}", reply.body);
            reply.urgent = true;
        }
        None => {
            let reply = Reply { body: numbers, ticket: None, ignores_stop: true, urgent: true };
            outputs.insert(0, MunicipalOutput::Tell(reply));
        }
    }
}
