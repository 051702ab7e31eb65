//! The fingerprints of the installation's secrets are stored in the topic `editions`, which every process can
//! read.

use topics::codec::record::{Envelope, Outgoing};
use topics::records::editions::{EditionRecord, Fingerprint};
use topics::values::ids::EventId;

use crate::append::Append;
use crate::clock::present;
use crate::kafka::client::appender::Appender;
use crate::kafka::editions;
use crate::kafka::{Installation, LogError};

/// Records the fingerprints of secrets, each under the secret's name; without a hash, that a key is no longer
/// needed.
///
/// # Errors
/// The broker does not take a record.
pub async fn record<'a>(
    installation: &Installation,
    prints: impl IntoIterator<Item = (&'a str, Option<&'a str>)>,
) -> Result<(), LogError> {
    let appender = Appender::new(installation)?;
    for (of, hash) in prints {
        let appended = appender.append(encoded(of, hash)?).await;
        appended.map_err(|error| LogError::Topics(error.to_string()))?;
    }
    Ok(())
}

fn encoded(of: &str, hash: Option<&str>) -> Result<Outgoing, LogError> {
    let at = present();
    let fingerprint = Fingerprint { at, of: of.to_owned(), hash: hash.map(str::to_owned) };
    let id = EventId::of(&[b"fingerprint", of.as_bytes(), &at.millis().to_be_bytes()]);
    let record = EditionRecord::Fingerprint(fingerprint);
    editions::outgoing("keys", &Envelope::root(id, at), format!("fingerprint/{of}"), &record)
}
