//! The caller against a real HTTP server that plays Twilio.

mod calls;
mod lookups;
mod rates;
mod road;
mod test_server;
