//! From a report to the command for its ticket: route, then stamp. Only this file refers to both stages.

use topics::catalogue::{Assignments, MunicipalDeadLetters, Reports, TicketCommands};
use topics::codec::record::Envelope;
use topics::records::assignments::Assignment;
use topics::records::reports::Report;
use topics::records::ticket_commands::TicketCommand;
use topics::values::ids::EventId;

use crate::engine::stage::{Stage, made_by, write};
use crate::engine::step::Step;
use crate::engine::store::Entity;
use crate::stages::route::{ROUTE, route, route_addendum};
use crate::stages::stamp::{STAMP, stamp, stamp_addendum};

/// `route` as a stage that can be cut out.
#[derive(Clone, Copy, Debug)]
pub enum Route {}

/// `stamp` as a stage that can be cut out.
#[derive(Clone, Copy, Debug)]
pub enum Stamp {}

impl Stage for Route {
    type Log = Reports;
    type DeadLetters = MunicipalDeadLetters;

    const STAGES: &'static [&'static str] = &[ROUTE, STAMP];

    fn edition(record: &Report) -> u32 {
        match record {
            Report::Report(report) => report.edition,
            Report::Addendum(addendum) => addendum.edition,
        }
    }

    fn apply<E: Entity>(step: &mut Step<'_, E>, key: &str, envelope: &Envelope, record: &Report) {
        let assignment = match record {
            Report::Report(report) => Assignment::Assignment(Box::new(route(report, step.edition))),
            Report::Addendum(addendum) => {
                Assignment::Addendum(Box::new(route_addendum(addendum, step.edition)))
            }
        };
        let envelope = write::<Assignments, E>(step, ROUTE, key, envelope, &assignment);
        if !step.context.cut.is_before(STAMP) {
            Stamp::apply(step, key, &envelope, &assignment);
        }
    }
}

impl Stage for Stamp {
    type Log = Assignments;
    type DeadLetters = MunicipalDeadLetters;

    const STAGES: &'static [&'static str] = &[STAMP];

    fn edition(record: &Assignment) -> u32 {
        match record {
            Assignment::Assignment(assigned) => assigned.edition,
            Assignment::Addendum(assigned) => assigned.addendum.edition,
        }
    }

    fn apply<E: Entity>(step: &mut Step<'_, E>, key: &str, envelope: &Envelope, record: &Assignment) {
        let command = match record {
            Assignment::Assignment(assigned) => TicketCommand::Open(Box::new(stamp(assigned, step.edition))),
            Assignment::Addendum(assigned) => TicketCommand::Change(Box::new(stamp_addendum(assigned))),
        };
        write::<TicketCommands, E>(step, STAMP, key, envelope, &command);
    }
}

/// Continues with a report in the same step, unless another group does. Returns the id that its command has
/// or will have.
pub fn dispatch<E: Entity>(
    step: &mut Step<'_, E>,
    key: &str,
    envelope: &Envelope,
    report: &Report,
) -> EventId {
    if !step.context.cut.is_before(ROUTE) {
        Route::apply(step, key, envelope, report);
    }
    made_by(STAMP, &made_by(ROUTE, envelope)).id
}
