//! Sealing: the fields of a record that are about a person are encrypted on the wire, while stages work with
//! the plain values.
//!
//! `Sealed<T>` is its plain value in memory and one encrypted string on the wire: `<key id>.<base64url of key
//! check, nonce and ciphertext>`. AES-256-GCM-SIV; the nonce comes from the record's id and the field's place
//! in it, so that a replay writes the same bytes (RFC 8452 allows even a repeated nonce to leak no more than
//! equality).
//!
//! serde cannot pass a context to an implementation, so [`in_scope`] provides the key ring in a thread-local
//! variable for one call. Outside a scope sealed fields cannot be written or read: it is an error, never
//! plain text.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use aes_gcm_siv::aead::Aead;
use aes_gcm_siv::{Aes256GcmSiv, KeyInit, Nonce};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};

use crate::values::ids::{EventId, fingerprint};
use crate::values::lane::Lane;
use crate::values::text::read_str;

/// A value that is encrypted wherever it leaves the process.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sealed<T>(pub T);

impl<T> fmt::Debug for Sealed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealed(..)")
    }
}

impl<T> std::ops::Deref for Sealed<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> std::ops::DerefMut for Sealed<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T> JsonSchema for Sealed<T> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Sealed".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": "^(intake|municipal|protected)-[0-9]{1,4}\\.[A-Za-z0-9_-]{30,}$",
            "x-class": "sealed"
        })
    }
}

struct Key {
    cipher: Aes256GcmSiv,
    /// Tells a wrong key from a damaged text.
    check: [u8; 4],
    /// The first 16 hex digits of the hash of the key, see [`KeyRing::fingerprints`].
    fingerprint: String,
}

/// What the hash of a key's fingerprint begins with, so that it is the hash of nothing else.
const FINGERPRINT: &[u8] = b"trust-engine fingerprint of a key, version 1";

/// The keys that a process has, by id (`municipal-1`). The key with the highest number of each lane encrypts;
/// all keys decrypt.
#[derive(Default)]
pub struct KeyRing {
    keys: BTreeMap<String, Key>,
    writing: BTreeMap<Lane, (u32, String)>,
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.keys.keys()).finish()
    }
}

/// The text of a key ring cannot be read. It never repeats key material.
#[derive(Debug, thiserror::Error)]
#[error(
    "key ring, entry {entry}: {wrong}; expected comma-separated `name-number:base64 of 32 bytes`, \
     name intake, municipal or protected"
)]
pub struct BadKeyRing {
    entry: usize,
    wrong: &'static str,
}

impl FromStr for KeyRing {
    type Err = BadKeyRing;
    fn from_str(text: &str) -> Result<Self, BadKeyRing> {
        let mut ring = Self::default();
        for (entry, part) in (1..).zip(text.split(',').map(str::trim).filter(|part| !part.is_empty())) {
            let bad = |wrong| BadKeyRing { entry, wrong };
            let (id, encoded) = part.split_once(':').ok_or(bad("has no colon"))?;
            let (name, number) = id.rsplit_once('-').ok_or(bad("its id has no number"))?;
            let number: u32 =
                number.parse().ok().filter(|n| *n <= 9999).ok_or(bad("its number is not 0 to 9999"))?;
            let seal = [Lane::Intake, Lane::Municipal, Lane::Protected]
                .into_iter()
                .find(|seal| seal.name() == name)
                .ok_or(bad("its name is unknown"))?;
            let bytes = STANDARD.decode(encoded).map_err(|_| bad("its key is not base64"))?;
            let cipher = Aes256GcmSiv::new_from_slice(&bytes).map_err(|_| bad("its key is not 32 bytes"))?;
            let digest: [u8; 32] = Sha256::digest(&bytes).into();
            let check = digest.first_chunk().copied().unwrap_or_default();
            let fingerprint =
                fingerprint(Sha256::new().chain_update(FINGERPRINT).chain_update(&bytes).finalize());
            ring.keys.insert(id.to_owned(), Key { cipher, check, fingerprint });
            let writing = ring.writing.entry(seal).or_insert_with(|| (number, id.to_owned()));
            if number >= writing.0 {
                *writing = (number, id.to_owned());
            }
        }
        Ok(ring)
    }
}

/// Why a sealed field could not be written or opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The process has no key with that id, or another key with the same id: the configuration is wrong, not
    /// the record.
    #[error("the key ring does not hold the key that this was sealed with")]
    WrongKey,
    /// The text was changed after it was sealed.
    #[error("a sealed field is damaged")]
    Damaged,
    /// The field was written or read outside a scope, which is a mistake in the program.
    #[error("a sealed field met no key ring")]
    NoScope,
}

impl KeyRing {
    /// Whether the ring has a key to encrypt with for the lane `seal`.
    pub fn writes(&self, seal: Lane) -> bool {
        self.writing.contains_key(&seal)
    }

    /// The id of each key with its fingerprint: 16 hex digits that tell two keys apart and give neither away.
    pub fn fingerprints(&self) -> impl Iterator<Item = (&str, &str)> {
        self.keys.iter().map(|(id, key)| (id.as_str(), key.fingerprint.as_str()))
    }

    /// Encrypts `plain` with the newest key of the lane `seal`.
    fn seal(&self, seal: Lane, nonce: [u8; 12], plain: &[u8]) -> Result<String, SealError> {
        let (_, id) = self.writing.get(&seal).ok_or(SealError::WrongKey)?;
        let key = self.keys.get(id).ok_or(SealError::WrongKey)?;
        let ciphertext = key.cipher.encrypt(&Nonce::from(nonce), plain).map_err(|_| SealError::Damaged)?;
        let boxed = [key.check.as_slice(), &nonce, &ciphertext].concat();
        let mut text = String::with_capacity(id.len() + 1 + boxed.len().div_ceil(3) * 4);
        text.push_str(id);
        text.push('.');
        URL_SAFE_NO_PAD.encode_string(boxed, &mut text);
        Ok(text)
    }

    /// Decrypts what [`Sealed`] wrote.
    ///
    /// # Errors
    /// The ring does not have the key, or the text is damaged.
    pub fn open(&self, text: &str) -> Result<Vec<u8>, SealError> {
        let (id, encoded) = text.split_once('.').ok_or(SealError::Damaged)?;
        let key = self.keys.get(id).ok_or(SealError::WrongKey)?;
        let boxed = URL_SAFE_NO_PAD.decode(encoded).map_err(|_| SealError::Damaged)?;
        let (check, rest) = boxed.split_first_chunk::<4>().ok_or(SealError::Damaged)?;
        let (nonce, ciphertext) = rest.split_first_chunk::<12>().ok_or(SealError::Damaged)?;
        if *check != key.check {
            return Err(SealError::WrongKey);
        }
        key.cipher.decrypt(&Nonce::from(*nonce), ciphertext).map_err(|_| SealError::Damaged)
    }
}

struct SealingScope {
    ring: Arc<KeyRing>,
    seal: Lane,
    record: Vec<u8>,
    fields: u32,
    failed: Option<SealError>,
}

thread_local! {
    static SCOPE: RefCell<Option<SealingScope>> = const { RefCell::new(None) };
}

/// Runs `work` (one call of serde) with `ring` available for the record `id`. Returns the error of a sealed
/// field beside the result, because serde's own errors hold only a message.
pub fn in_scope<R>(
    ring: &Arc<KeyRing>,
    seal: Lane,
    id: &EventId,
    work: impl FnOnce() -> R,
) -> (R, Option<SealError>) {
    let scope = SealingScope {
        ring: ring.clone(),
        seal,
        record: id.as_str().as_bytes().to_vec(),
        fields: 0,
        failed: None,
    };
    let within = Within(SCOPE.replace(Some(scope)));
    let result = work();
    let failed = SCOPE.with_borrow(|scope| scope.as_ref().and_then(|scope| scope.failed));
    drop(within);
    (result, failed)
}

impl SealingScope {
    /// Seals the next field of the record. Its nonce comes from the record's id and the number of the field.
    fn seal_next(&mut self, seal: Option<Lane>, plain: &[u8]) -> Result<String, SealError> {
        self.fields += 1;
        let digest: [u8; 32] = Sha256::new()
            .chain_update(&self.record)
            .chain_update(self.fields.to_be_bytes())
            .finalize()
            .into();
        let nonce = digest.first_chunk().copied().unwrap_or_default();
        self.ring.seal(seal.unwrap_or(self.seal), nonce, plain)
    }
}

/// Ends a scope in every case: a panic in it must not leave the ring available.
struct Within(Option<SealingScope>);

impl Drop for Within {
    fn drop(&mut self) {
        SCOPE.set(self.0.take());
    }
}

fn with_scope<R>(work: impl FnOnce(&mut SealingScope) -> Result<R, SealError>) -> Result<R, SealError> {
    SCOPE.with_borrow_mut(|scope| {
        let scope = scope.as_mut().ok_or(SealError::NoScope)?;
        work(scope).inspect_err(|error| scope.failed = Some(*error))
    })
}

impl<T: Serialize> Serialize for Sealed<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        write(&self.0, None, serializer)
    }
}

/// Seals a field with the municipal key, independently of the key of its topic: for what a municipal machine,
/// which has no other key, writes to a topic of the intake. The readers of that topic have both keys.
///
/// # Errors
/// The ring lacks the key, or there is no scope.
pub fn under_the_municipal_key<T: Serialize, S: Serializer>(
    value: &Sealed<T>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    write(&value.0, Some(Lane::Municipal), serializer)
}

/// Seals with the key of `seal`, or with the scope's.
fn write<T: Serialize, S: Serializer>(
    value: &T,
    seal: Option<Lane>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    use serde::ser::Error;
    let plain = serde_json::to_vec(value).map_err(Error::custom)?;
    let text = with_scope(|scope| scope.seal_next(seal, &plain));
    serializer.serialize_str(&text.map_err(Error::custom)?)
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Sealed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        let open = |text: &str| with_scope(|scope| scope.ring.open(text));
        let plain = read_str(deserializer, open)?;
        // The message of serde_json's error may repeat the value, which is sealed, so it is not passed on.
        serde_json::from_slice(&plain).map(Self).map_err(|_| Error::custom("a sealed field has another form"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(text: &str) -> Arc<KeyRing> {
        Arc::new(text.parse().unwrap())
    }

    fn key(id: &str, byte: u8) -> String {
        format!("{id}:{}", STANDARD.encode([byte; 32]))
    }

    fn id() -> EventId {
        EventId::of(&[b"test"])
    }

    #[test]
    fn a_replay_seals_to_the_same_bytes_and_two_fields_differ() {
        let ring = ring(&key("municipal-1", 1));
        let value = (Sealed("words".to_owned()), Sealed("words".to_owned()));
        let write = || in_scope(&ring, Lane::Municipal, &id(), || serde_json::to_string(&value).unwrap()).0;
        assert_eq!(write(), write());
        let (first, second): (String, String) = serde_json::from_str(&write()).unwrap();
        assert_ne!(first, second);
        let (back, failed) = in_scope(&ring, Lane::Municipal, &id(), || {
            serde_json::from_str::<(Sealed<String>, Sealed<String>)>(&write())
        });
        assert_eq!((back.unwrap(), failed), (value, None));
    }

    #[test]
    fn a_new_key_writes_and_the_old_one_still_reads() {
        let old = ring(&key("intake-1", 1));
        let both = ring(&format!("{},{}", key("intake-1", 1), key("intake-2", 2)));
        let (text, _) = in_scope(&old, Lane::Intake, &id(), || serde_json::to_string(&Sealed(5)).unwrap());
        let (five, _) =
            in_scope(&both, Lane::Intake, &id(), || serde_json::from_str::<Sealed<i32>>(&text).unwrap());
        assert_eq!(five.0, 5);
        let (text, _) = in_scope(&both, Lane::Intake, &id(), || serde_json::to_string(&Sealed(5)).unwrap());
        assert!(text.starts_with("\"intake-2."));
    }

    #[test]
    fn another_key_under_the_same_id_is_told_from_damage() {
        let (text, _) = in_scope(&ring(&key("intake-1", 1)), Lane::Intake, &id(), || {
            serde_json::to_string(&Sealed(5)).unwrap()
        });
        let open = |key: String, text: &str| {
            in_scope(&ring(&key), Lane::Intake, &id(), || serde_json::from_str::<Sealed<i32>>(text).is_ok())
        };
        assert_eq!(open(key("intake-1", 9), &text), (false, Some(SealError::WrongKey)));
        assert_eq!(open(key("municipal-1", 1), &text), (false, Some(SealError::WrongKey)));
        let mut damaged = text.clone().into_bytes();
        let index = damaged.len() - 4;
        damaged[index] = if damaged[index] == b'A' { b'B' } else { b'A' };
        assert_eq!(
            open(key("intake-1", 1), std::str::from_utf8(&damaged).unwrap()),
            (false, Some(SealError::Damaged))
        );
    }

    #[test]
    fn a_fingerprint_tells_keys_apart_and_is_no_part_of_what_is_sealed() {
        let prints = |text: &str| -> Vec<(String, String)> {
            let ring = ring(text);
            ring.fingerprints().map(|(id, print)| (id.to_owned(), print.to_owned())).collect()
        };
        let one = prints(&key("intake-1", 1));
        assert_eq!(one, prints(&key("intake-1", 1)));
        assert_ne!(one, prints(&key("intake-1", 2)));
        assert_eq!((one[0].0.as_str(), one[0].1.len()), ("intake-1", 16));
        let check: String =
            Sha256::digest([1; 32]).iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        assert!(!one[0].1.starts_with(&check));
    }

    #[test]
    fn nothing_sealed_is_written_outside_of_a_scope() {
        assert!(serde_json::to_string(&Sealed("words")).is_err());
        assert_eq!(format!("{:?}", Sealed("words")), "Sealed(..)");
    }

    #[test]
    fn a_panic_within_a_scope_ends_it() {
        let ring = ring(&key("intake-1", 1));
        let panicked = std::panic::catch_unwind(|| in_scope(&ring, Lane::Intake, &id(), || panic!("within")));
        assert!(panicked.is_err());
        assert!(serde_json::to_string(&Sealed("words")).is_err());
    }
}
