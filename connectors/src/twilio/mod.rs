//! twilio: makes the calls that deliveries permit, at the permitted rate, and appends what became of each to
//! their log.
//!
//! It decides nothing: whether a call is made again is for the machine to say. A call that waits is lost with
//! the process; the machine finds out by its deadline.

mod caller;
mod client;
mod lookup;
mod outcome;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::Arc;

use topics::codec::sealing::KeyRing;
use topics::values::lane::Lane;

pub use caller::Caller;
pub use client::TwilioError;
pub use outcome::outcome_of;

use crate::config::{Config, ConfigErrors, ContentSid, TwilioAccount, WebAddress};
use crate::token::TokenKey;

/// What the calls are made with.
#[derive(Clone, Debug)]
pub struct TwilioSettings {
    /// The account; without it nothing is sent, and every outcome says so.
    pub account: Option<TwilioAccount>,
    /// Where messages are posted.
    pub api_url: WebAddress,
    /// Where Twilio reports what becomes of a message; nowhere if it is not known.
    pub public_url: Option<WebAddress>,
    /// Approved templates by name.
    pub templates: BTreeMap<String, ContentSid>,
    /// Calls a second and sender, municipal.
    pub rate_municipal: NonZeroU32,
    /// Calls a second and sender, police lane.
    pub rate_protected: NonZeroU32,
    /// The key of status tokens.
    pub tokens: TokenKey,
    /// The keys that seal what is appended.
    pub ring: Arc<KeyRing>,
}

impl TwilioSettings {
    /// The settings of an installation.
    ///
    /// # Errors
    /// Key ring or pepper are not set.
    pub fn of(config: &Config) -> Result<Self, ConfigErrors> {
        Ok(Self {
            account: config.twilio.clone(),
            api_url: config.twilio_api_url.clone(),
            public_url: config.public_url.clone(),
            templates: config.templates.clone(),
            rate_municipal: config.rate_municipal,
            rate_protected: config.rate_protected,
            tokens: config.require_pepper()?.tokens.clone(),
            ring: config.require_key_ring()?.clone(),
        })
    }

    const fn rate(&self, lane: Lane) -> NonZeroU32 {
        match lane {
            Lane::Protected => self.rate_protected,
            Lane::Municipal | Lane::Intake => self.rate_municipal,
        }
    }
}
