//! Decides which requests are accepted: limits on their size, signatures, and a rate limit per address for
//! requests without a valid one.

use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;

use axum::body::Body;
use axum::http::{HeaderMap, StatusCode, header};
use futures_util::StreamExt;
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use tokio::time::{Instant, timeout_at};
use topics::records::messages::Form;

use super::LARGEST_BODY;
use super::form::{self, Fields};
use super::signature::{Posted, is_signed};
use crate::config::{TwilioAccount, WebAddress};

/// How much of a body that is too large is read before the answer: a client that is still writing might not
/// read it.
const LARGEST_READ: usize = 1024 * 1024;

/// How many addresses the limit remembers before it forgets those that have been quiet.
const ADDRESSES: usize = 10_000;

/// Why a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RefusedRequest {
    /// Its body is over 64 KiB.
    #[error("the body is larger than 64 KiB")]
    TooLarge,
    /// Its body did not arrive in time.
    #[error("the body did not come in time")]
    TooSlow,
    /// Its body broke off.
    #[error("the body broke off")]
    BrokeOff,
    /// There is no account, so no signature can be checked.
    #[error("no signature can be checked: TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN are not set")]
    NoAccount,
    /// The request has no valid signature.
    #[error("the request is not signed: the header X-Twilio-Signature is missing")]
    Unsigned,
    /// Its signature does not match the request under any of our tokens.
    #[error(
        "the signature does not match: PUBLIC_URL must be the address that Twilio calls, \
         TWILIO_AUTH_TOKEN the account's"
    )]
    WronglySigned,
    /// Too many such requests came from its address.
    #[error("too many requests without a valid signature")]
    TooMany,
}

impl RefusedRequest {
    /// The HTTP status of the answer to a request that is refused for this reason.
    pub const fn status(self) -> StatusCode {
        match self {
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::BrokeOff => StatusCode::BAD_REQUEST,
            Self::NoAccount | Self::Unsigned | Self::WronglySigned => StatusCode::FORBIDDEN,
            Self::TooMany => StatusCode::TOO_MANY_REQUESTS,
        }
    }
}

/// Checks the signatures of requests, and limits how many unsigned ones an address may send.
pub struct WebhookHandler {
    public_url: WebAddress,
    account: Option<TwilioAccount>,
    unsigned: DefaultKeyedRateLimiter<IpAddr>,
}

impl WebhookHandler {
    /// A handler that accepts what `account` signs for `public_url`. Without an account it refuses
    /// everything. `unsigned_per_minute` limits the requests without a valid signature from one address.
    pub fn new(
        public_url: WebAddress,
        account: Option<TwilioAccount>,
        unsigned_per_minute: NonZeroU32,
    ) -> Self {
        Self { public_url, account, unsigned: RateLimiter::keyed(Quota::per_minute(unsigned_per_minute)) }
    }

    /// The fields of a request that is signed: `None` if its body is JSON but no object.
    ///
    /// A signed request is never refused for its address, however many unsigned ones come from there: behind
    /// a proxy all have one address.
    ///
    /// # Errors
    /// The request has no valid signature.
    pub fn admit(
        &self,
        address: IpAddr,
        target: &str,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Option<Form>, RefusedRequest> {
        self.check(target, headers, body)
            .map_err(|refusal| if self.has_room(address) { refusal } else { RefusedRequest::TooMany })
    }

    fn check(&self, target: &str, headers: &HeaderMap, body: &[u8]) -> Result<Option<Form>, RefusedRequest> {
        let account = self.account.as_ref().ok_or(RefusedRequest::NoAccount)?;
        let signature = headers
            .get("x-twilio-signature")
            .ok_or(RefusedRequest::Unsigned)?
            .to_str()
            .map_err(|_| RefusedRequest::WronglySigned)?;
        let is_json = content_type(headers).to_ascii_lowercase().contains("json");
        let fields: Option<Fields> = (!is_json).then(|| form::parse(body));
        let url = format!("{}{target}", self.public_url.as_str());
        let tokens = [Some(&account.tokens.current), account.tokens.other.as_ref()];
        // The account is asked for afterwards: one that names another account, signed with our token, is a
        // dead letter.
        if is_signed(
            &Posted { url: &url, form: fields.as_ref(), body },
            tokens.into_iter().flatten().map(|token| token.expose()),
            signature,
        ) {
            Ok(fields.map_or_else(|| form::of_json(body), |fields| Some(form::as_text(&fields))))
        } else {
            Err(RefusedRequest::WronglySigned)
        }
    }

    fn has_room(&self, address: IpAddr) -> bool {
        if self.unsigned.len() > ADDRESSES {
            self.unsigned.retain_recent();
        }
        self.unsigned.check_key(&household(address)).is_ok()
    }
}

/// The address range that one client has: an IPv4 address, or the /64 network of an IPv6 address.
fn household(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
        v4 => v4,
    }
}

/// The `Content-Type` of a request, or nothing.
pub fn content_type(headers: &HeaderMap) -> &str {
    headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// Reads a body of at most 64 KiB.
///
/// # Errors
/// The body is larger, was cut off, or was not complete by `deadline`.
pub async fn read_body(body: Body, deadline: Instant) -> Result<Vec<u8>, RefusedRequest> {
    timeout_at(deadline, read(body)).await.unwrap_or(Err(RefusedRequest::TooSlow))
}

async fn read(body: Body) -> Result<Vec<u8>, RefusedRequest> {
    let mut stream = body.into_data_stream();
    let mut bytes = Vec::new();
    let mut length = 0;
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|_| RefusedRequest::BrokeOff)?;
        length += chunk.len();
        if length <= LARGEST_BODY {
            bytes.extend_from_slice(&chunk);
        } else if length > LARGEST_READ {
            break;
        }
    }
    if length <= LARGEST_BODY { Ok(bytes) } else { Err(RefusedRequest::TooLarge) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_addresses_of_one_client_share_one_limit() {
        let of = |text: &str| household(text.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:1"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("::ffff:10.0.0.1"), of("10.0.0.1"));
        assert_ne!(of("10.0.0.1"), of("10.0.0.2"));
    }
}
