//! Secrets of the desk: passwords, and the random tokens of sessions and invitations, of which tables hold
//! hashes only.

use std::sync::LazyLock;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use tokio::sync::Semaphore;

use super::DeskError;

/// The shortest password, in characters (NIST SP 800-63B asks for 8 or more beside a second factor).
pub const SHORTEST_PASSWORD: usize = 12;
/// The longest password, in bytes: a longer one only costs time.
pub const LONGEST_PASSWORD: usize = 256;

/// How many passwords are compared at the same time. Each takes 19 MiB and some 50 ms of a core.
const AT_A_TIME: usize = 2;
static TURNS: Semaphore = Semaphore::const_new(AT_A_TIME);

/// What the password of an unknown account is compared with, so that the answer takes the same time.
static OF_NO_ACCOUNT: LazyLock<Option<String>> = LazyLock::new(|| hash_now("no account has this one"));

/// A random secret of 32 bytes in the letters of URLs.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// A new secret.
    ///
    /// # Errors
    /// The system gives no random bytes.
    pub fn random() -> Result<Self, DeskError> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|_| DeskError::Random)?;
        Ok(Self(URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// The secret in a cookie or an address. A text of another form is no secret of ours.
    pub fn read(text: &str) -> Option<Self> {
        let letters = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        (text.len() == 43 && text.bytes().all(letters)).then(|| Self(text.to_owned()))
    }

    /// The secret itself, for its owner alone.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What a table holds of the secret.
    pub fn hash(&self) -> Vec<u8> {
        Sha256::digest(self.0.as_bytes()).to_vec()
    }

    /// The secret that forms of this session carry.
    pub fn of_forms(&self) -> FormToken {
        let digest = Sha256::digest(format!("form {}", self.0).as_bytes());
        FormToken(URL_SAFE_NO_PAD.encode(digest))
    }
}

/// A secret in each form of a session: another site cannot send it.
#[derive(Clone)]
pub struct FormToken(String);

impl FormToken {
    /// The secret as a form carries it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a form carries this secret.
    pub fn is(&self, given: &str) -> bool {
        self.0.as_bytes().ct_eq(given.as_bytes()).into()
    }
}

/// The argon2id hash of a new password.
///
/// # Errors
/// The hash cannot be made.
pub async fn hash(password: String) -> Result<String, DeskError> {
    in_turn(move || hash_now(&password)).await?.ok_or(DeskError::Random)
}

/// Whether this is the password of `stored`. For an account without a password the answer is no, after the
/// same time.
///
/// # Errors
/// The work could not be done.
pub async fn verify(password: String, stored: Option<String>) -> Result<bool, DeskError> {
    in_turn(move || verify_now(&password, stored.as_deref())).await
}

fn hash_now(password: &str) -> Option<String> {
    let hash: PasswordHash = Argon2::default().hash_password(password.as_bytes()).ok()?;
    Some(hash.to_string())
}

fn verify_now(password: &str, stored: Option<&str>) -> bool {
    let Some(text) = stored.or(OF_NO_ACCOUNT.as_deref()) else { return false };
    let Ok(hash) = PasswordHash::new(text) else { return false };
    let fits = Argon2::default().verify_password(password.as_bytes(), &hash).is_ok();
    fits && stored.is_some()
}

async fn in_turn<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, DeskError> {
    let _turn = TURNS.acquire().await.map_err(|_| DeskError::Random)?;
    tokio::task::spawn_blocking(work).await.map_err(|_| DeskError::Random)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_fits_its_own_hash_alone_and_no_account_fits_none() {
        let stored = hash("correct horse battery".to_owned()).await.unwrap();
        assert!(stored.starts_with("$argon2id$"), "{stored}");
        assert!(verify("correct horse battery".to_owned(), Some(stored.clone())).await.unwrap());
        assert!(!verify("correct horse".to_owned(), Some(stored)).await.unwrap());
        assert!(!verify("no account has this one".to_owned(), None).await.unwrap());
    }

    #[test]
    fn a_token_is_read_back_and_its_form_token_is_another_secret() {
        let token = Token::random().unwrap();
        assert!(Token::read(token.expose()) == Some(token.clone()));
        assert!(Token::read("short").is_none() && Token::read(&"é".repeat(43)).is_none());
        let form = token.of_forms();
        assert!(form.is(form.as_str()) && !form.is(token.expose()));
        assert!(!form.as_str().contains(token.expose()));
    }
}
