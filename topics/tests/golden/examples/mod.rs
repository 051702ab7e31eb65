//! The examples, by what they live in.

mod conversation;
mod deliveries;
mod protected;
mod reference;
mod taps;
mod tickets;

use topics::catalogue::Topic;
use topics::codec::control::control_record;
use topics::records::control::{Control, EditionNotice, Tick};

use crate::example::{Example, written_example};
use crate::values::at;

pub use reference::reference;

/// All examples of all kinds.
pub fn all() -> Vec<Example> {
    let parts = [
        conversation::all(),
        taps::all(),
        tickets::all(),
        deliveries::all(),
        protected::all(),
        reference::all(),
    ];
    parts.into_iter().flatten().collect()
}

/// The two control records of the log `T`, as the owner of its partition appends them.
fn control<T: Topic>(edition: fn(EditionNotice) -> T::Record, tick: fn(Tick) -> T::Record) -> [Example; 2]
where
    T::Record: PartialEq + 'static,
{
    let write = |control| control_record(T::SPEC, 3, control, at(1));
    [
        written_example::<T>(
            "from here on by edition 4",
            write(Control::Edition(4)),
            edition(EditionNotice { number: 4 }),
        ),
        written_example::<T>("a minute has passed", write(Control::Tick), tick(Tick {})),
    ]
}
