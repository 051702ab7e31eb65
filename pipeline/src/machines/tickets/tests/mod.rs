//! Scripts and properties of the tickets machine: what it makes of a log, told in lines.

mod again;
mod laws;
mod life;
mod promises;
mod scene;
mod table;
