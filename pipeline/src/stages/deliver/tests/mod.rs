//! deliver, by scripts on virtual time and by properties.

mod codes;
mod honest;
mod properties;
mod road;
mod script;
mod told;
mod unknown;
