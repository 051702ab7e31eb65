//! Twilio: makes the calls that deliveries permit, at the permitted rate, and appends the outcome of each to
//! their log.
//!
//! The connector decides nothing: the machine decides whether a call is made again. Calls that wait are lost
//! when the process ends; the machine notices that at their deadlines.

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

/// The settings of the connector: account, addresses, templates, rates and keys.
#[derive(Clone, Debug)]
pub struct TwilioSettings {
    /// The account. Without one no message is sent, and every outcome says so.
    pub account: Option<TwilioAccount>,
    /// The address of Twilio's API.
    pub api_url: WebAddress,
    /// The address of the webhooks, to which Twilio sends receipts. Without it no receipts are requested.
    pub public_url: Option<WebAddress>,
    /// The ids of the approved templates, by name.
    pub templates: BTreeMap<String, ContentSid>,
    /// The most calls a second for each municipal sender.
    pub rate_municipal: NonZeroU32,
    /// The most calls a second for each sender of the police lane.
    pub rate_protected: NonZeroU32,
    /// The key that signs the tokens in the addresses for receipts.
    pub tokens: TokenKey,
    /// The keys that seal the appended records.
    pub ring: Arc<KeyRing>,
}

impl TwilioSettings {
    /// The settings of an installation.
    ///
    /// # Errors
    /// The key ring or the pepper is not set.
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
