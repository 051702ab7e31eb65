//! Reference data: the tables that people edit, and the editions that are made of them.

mod demo;
mod import;
mod load;
mod publish;

pub use demo::demo;
pub use import::{Import, Imported, Table};
pub use load::load;
pub use publish::{Publication, confirm, publish};
