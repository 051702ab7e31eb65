//! The token of a StatusCallback: which call to Twilio a receipt belongs to. `twilio` writes it into the
//! address that it asks Twilio to call back, `whatsapp` reads it there.

use aes_gcm_siv::aead::Aead;
use aes_gcm_siv::{Aes256GcmSiv, KeyInit, Nonce};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use topics::values::ids::NotificationId;
use topics::values::lane::Lane;

/// The name of the token in the address's query.
pub const PARAMETER: &str = "t";

/// What the token names: one attempt to send one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusToken {
    /// The lane of the delivery: municipal or protected, since the intake sends nothing.
    pub lane: Lane,
    /// The id of the notification that the message carries.
    pub notification: NotificationId,
    /// The number of the attempt, from 1.
    pub attempt: u32,
}

/// The key of tokens, derived from the installation's pepper: all processes of an installation have the same.
#[derive(Clone)]
pub struct TokenKey(Aes256GcmSiv);

impl std::fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenKey(..)")
    }
}

/// The text is not a token of this installation: forged, cut off, or made under another pepper.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a status token of this installation")]
pub struct NotAToken;

impl TokenKey {
    /// The key that belongs to a pepper of these bytes.
    pub fn derive(pepper: &[u8]) -> Self {
        // HMAC accepts keys of any length, so the other arm is never reached.
        let key: [u8; 32] = match <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(pepper) {
            Ok(mut mac) => {
                mac.update(b"trust-engine status token, version 1");
                mac.finalize().into_bytes().into()
            }
            Err(_) => [0; 32],
        };
        Self(Aes256GcmSiv::new(&key.into()))
    }
}

impl StatusToken {
    /// The token as a part of an address: letters, digits, `-` and `_`. The same attempt gives the same
    /// text.
    ///
    /// Encrypted and authenticated (AES-256-GCM-SIV, with which a fixed nonce reveals only that two tokens
    /// are equal), so that neither Twilio nor an access log learns the lane, and only the
    /// holder of the key can make a receipt.
    ///
    /// # Errors
    /// The lane sends nothing (the intake).
    pub fn encode(&self, key: &TokenKey) -> Result<String, NotAToken> {
        let lane = match self.lane {
            Lane::Municipal => 0u8,
            Lane::Protected => 1,
            Lane::Intake => return Err(NotAToken),
        };
        let notification = u128::from_str_radix(self.notification.as_str(), 16).map_err(|_| NotAToken)?;
        let plain = [&[lane][..], &notification.to_be_bytes(), &self.attempt.to_be_bytes()].concat();
        let sealed = key.0.encrypt(&Nonce::default(), plain.as_slice()).map_err(|_| NotAToken)?;
        Ok(URL_SAFE_NO_PAD.encode(sealed))
    }

    /// Reads what [`encode`](Self::encode) wrote.
    ///
    /// # Errors
    /// The text is not a token of this key.
    pub fn decode(key: &TokenKey, text: &str) -> Result<Self, NotAToken> {
        let sealed = URL_SAFE_NO_PAD.decode(text).map_err(|_| NotAToken)?;
        let plain = key.0.decrypt(&Nonce::default(), sealed.as_slice()).map_err(|_| NotAToken)?;
        let (lane, rest) = plain.split_first().ok_or(NotAToken)?;
        let (notification, attempt) = rest.split_first_chunk::<16>().ok_or(NotAToken)?;
        let lane = match lane {
            0 => Lane::Municipal,
            1 => Lane::Protected,
            _ => return Err(NotAToken),
        };
        let notification =
            format!("{:032x}", u128::from_be_bytes(*notification)).parse().map_err(|_| NotAToken)?;
        let attempt = u32::from_be_bytes(attempt.try_into().map_err(|_| NotAToken)?);
        Ok(Self { lane, notification, attempt })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use topics::values::ids::EventId;

    fn token(lane: Lane) -> StatusToken {
        StatusToken { lane, notification: NotificationId::of(&EventId::of(&[b"cause"]), 0), attempt: 3 }
    }

    #[test]
    fn a_token_reads_back_and_fits_an_address() {
        let key = TokenKey::derive(&[7; 32]);
        for lane in [Lane::Municipal, Lane::Protected] {
            let text = token(lane).encode(&key).unwrap();
            assert_eq!(StatusToken::decode(&key, &text).unwrap(), token(lane));
            assert_eq!(text, token(lane).encode(&key).unwrap());
            assert!(
                text.len() < 64
                    && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
            );
        }
    }

    #[test]
    fn a_token_can_be_neither_forged_nor_read() {
        let key = TokenKey::derive(&[7; 32]);
        let text = token(Lane::Protected).encode(&key).unwrap();
        for index in 0..text.len() {
            let mut forged = text.clone().into_bytes();
            forged[index] = if forged[index] == b'A' { b'B' } else { b'A' };
            assert_eq!(StatusToken::decode(&key, std::str::from_utf8(&forged).unwrap()), Err(NotAToken));
        }
        assert_eq!(StatusToken::decode(&TokenKey::derive(&[8; 32]), &text), Err(NotAToken));
        assert_eq!(StatusToken::decode(&key, ""), Err(NotAToken));
        // The two lanes' tokens of one message have nothing in common that tells the lane.
        let other = token(Lane::Municipal).encode(&key).unwrap();
        let same = text.bytes().zip(other.bytes()).filter(|(a, b)| a == b).count();
        assert!(same < 10, "{same} characters in common");
    }
}
