//! The fingerprints of the installation's secrets stand in the topic `editions`, which every process can
//! read.

use topics::catalogue::Editions;
use topics::codec::record::{Address, Envelope, encode};
use topics::records::editions::{EditionRecord, Fingerprint};
use topics::values::ids::EventId;

use crate::append::Append;
use crate::clock::present;
use crate::kafka::client::appender::Appender;
use crate::kafka::{Installation, LogError};

/// Records the fingerprint of the secret `of`; without a hash, that the key `of` is no longer needed.
///
/// # Errors
/// The broker does not take the record.
pub async fn record(installation: &Installation, of: &str, hash: Option<&str>) -> Result<(), LogError> {
    let at = present();
    let fingerprint = Fingerprint { at, of: of.to_owned(), hash: hash.map(str::to_owned) };
    let id = EventId::of(&[b"fingerprint", of.as_bytes(), &at.millis().to_be_bytes()]);
    // A fingerprint holds no personal data, so it is not sealed and needs no key.
    let outgoing = encode::<Editions>(
        &Default::default(),
        "keys",
        &Envelope::root(id, at),
        Address::ByKey(1),
        format!("fingerprint/{of}"),
        &EditionRecord::Fingerprint(fingerprint),
    );
    let outgoing = outgoing.map_err(|error| LogError::Topics(error.to_string()))?;
    Appender::new(installation)?.append(outgoing).await.map_err(|error| LogError::Topics(error.to_string()))
}
