//! Tests of the deliver stage: scripts on virtual time, and properties.

mod circuits;
mod codes;
mod documents;
mod honest;
mod outages;
mod properties;
mod refusals;
mod road;
mod script;
mod told;
mod unknown;
