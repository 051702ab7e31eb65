//! WhatsApp, through Twilio: two webhooks that accept signed requests, append them as records, and answer.
//! They decide nothing about its content.
//!
//! `POST /twilio/messages` takes residents' messages to `messages`; `POST /twilio/status` takes receipts to
//! the log of the lane that sent. Twilio does not post an inbound message again that was refused, so every
//! signed request is answered with 200, once the broker has acknowledged its record: a request that cannot be
//! read becomes a dead letter. While the broker does not answer, the request waits; after the time limit it
//! is answered with 503. Nothing about a person is logged or counted, and nothing of the police lane.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use topics::codec::sealing::KeyRing;
use topics::values::lane::Lane;

use crate::config::{Config, ConfigErrors, PepperKeys, TwilioAccount, WebAddress, WrongSetting};

mod form;
mod handler;
mod records;
mod server;
mod signature;
#[cfg(test)]
mod tests;

pub use records::{AcceptedForm, Signed, UnreadableRequest, Writer};
pub use server::serve;

/// How long a request waits for the broker. Twilio waits 15 s and then calls the fallback.
pub const HOLD: Duration = Duration::from_secs(10);

/// The largest body, in bytes. A message has at most 1,600 characters and some dozen fields.
pub const LARGEST_BODY: usize = 64 * 1024;

/// How many unsigned requests a minute an address may send before it gets 429 instead of the reason.
const UNSIGNED_PER_MINUTE: NonZeroU32 = NonZeroU32::MIN.saturating_add(119);

/// The settings of the webhooks.
#[derive(Clone, Debug)]
pub struct WebhookSettings {
    /// The address that Twilio calls and signs, up to the path that this program serves. If it has a path,
    /// the proxy must remove it.
    pub public_url: WebAddress,
    /// The account whose signatures are accepted. Without an account all requests are refused.
    pub account: Option<TwilioAccount>,
    /// The pepper, which derives citizen ids from phone numbers, and the key that reads status tokens.
    pub pepper: PepperKeys,
    /// The keys that seal records for the intake.
    pub key_ring: Arc<KeyRing>,
    /// How many partitions the logs have.
    pub partitions: u32,
    /// How long a request waits for the broker.
    pub hold: Duration,
    /// How many unsigned requests a minute an address may send.
    pub unsigned_per_minute: NonZeroU32,
}

impl WebhookSettings {
    /// The settings of a configuration.
    ///
    /// # Errors
    /// Everything that is missing.
    pub fn of(config: &Config) -> Result<Self, ConfigErrors> {
        config.require(&["PUBLIC_URL", "PEPPER", "KEY_RING"])?;
        let key_ring = config.require_key_ring()?.clone();
        if !key_ring.writes(Lane::Intake) {
            let problem =
                "holds no intake key, and the webhooks seal what they take; add intake-1:base64 of 32 bytes"
                    .to_owned();
            return Err(ConfigErrors(vec![WrongSetting { setting: "KEY_RING".to_owned(), problem }]));
        }
        Ok(Self {
            public_url: config.require_public_url()?.clone(),
            account: config.twilio.clone(),
            pepper: config.require_pepper()?.clone(),
            key_ring,
            partitions: config.partitions.get(),
            hold: HOLD,
            unsigned_per_minute: UNSIGNED_PER_MINUTE,
        })
    }
}

/// The webhooks cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum WhatsappError {
    /// The TCP listener failed while it served the webhooks.
    #[error("the webhooks' listener failed: {0}")]
    Listen(#[from] std::io::Error),
    /// A name that the program gives its records is malformed.
    #[error(transparent)]
    Name(#[from] topics::values::text::BadText),
}
