//! Reference data: the tables that people edit, and the editions that are made of them.

mod chunks;
mod demo;
mod doubts;
mod end;
mod holidays;
mod import;
mod in_use;
mod load;
mod publish;
mod standing;

pub use demo::{demo, demo_in_memory};
pub use end::{AreaKind, End};
pub use holidays::{declare_holiday, withdraw_holiday};
pub use import::{Import, Imported, InMemory, Table};
pub use in_use::{InUse, NewestEdition};
pub use load::load;
pub use publish::{
    Accept, PolicyChanges, Publication, PublishOutcome, compare_and_publish, confirm, next_edition, publish,
};
