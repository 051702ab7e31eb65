//! Makes a record of every signed request. This module is pure: it is given the time, and appends nothing.

use std::sync::Arc;
use topics::values::lane::Lane;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use topics::catalogue::{IntakeDeadLetters, Messages, Notifications, ProtectedNotifications};
use topics::codec::record::{Address, EncodeError, Envelope, Outgoing, encode};
use topics::codec::sealing::{KeyRing, Sealed};
use topics::records::dead_letters::{DeadClass, DeadLetter, Original, Source, StageName};
use topics::records::messages::{Form, FromResident, Message};
use topics::records::notifications::{Notification, Receipt, ReceiptStatus};
use topics::values::ids::{CitizenId, EventId, MessageSid};
use topics::values::text::BadText;
use topics::values::time::Time;

use super::form::field;
use crate::config::{AccountSid, PepperKeys};
use crate::metrics::Endpoint;
use crate::token::{PARAMETER, StatusToken};

/// The source that the envelopes of the webhooks' records name.
const STAGE: &str = "whatsapp";

/// A request that Twilio signed.
pub struct Signed {
    /// Which webhook it called.
    pub endpoint: Endpoint,
    /// The path and query of the request.
    pub target: String,
    /// The `Content-Type` header; empty if it is missing.
    pub content_type: String,
    /// The body as it was received, at most 64 KiB.
    pub body: Vec<u8>,
    /// The fields of the body; none if it is neither a form nor a JSON object.
    pub form: Option<Form>,
    /// When the request arrived.
    pub at: Time,
}

/// A record for the broker.
pub struct AcceptedForm {
    /// The record to append: a message, a receipt or a dead letter.
    pub record: Outgoing,
    /// What was wrong with the request, if it is a dead letter.
    pub dead: Option<UnreadableRequest>,
    /// Whether it belongs to the police lane: then it is not counted.
    pub protected: bool,
}

/// Why a signed request is a dead letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnreadableRequest {
    /// Neither a form nor a JSON object.
    #[error("its body is no form")]
    NotAForm,
    /// It names another account, although it is signed with the token of ours.
    #[error("its AccountSid is not ours")]
    OtherAccount,
    /// It has no id, so a retry could not be distinguished from a second message.
    #[error("it has no MessageSid")]
    NoMessageSid,
    /// It has no `From` that can be read: it has no author, or is not about one of our senders.
    #[error("it has no From that can be read")]
    NoFrom,
    /// The token is missing or not of this installation.
    #[error("its status token is not ours")]
    UnknownToken,
    /// Its `MessageStatus` is unknown.
    #[error("its MessageStatus is unknown")]
    UnknownStatus,
}

impl UnreadableRequest {
    const fn class(self) -> DeadClass {
        match self {
            Self::NotAForm => DeadClass::Undecodable,
            Self::UnknownStatus => DeadClass::UnknownKind,
            Self::OtherAccount | Self::NoMessageSid | Self::NoFrom | Self::UnknownToken => {
                DeadClass::Rejected
            }
        }
    }
}

/// Turns requests into records.
pub struct Writer {
    account: AccountSid,
    pepper: PepperKeys,
    key_ring: Arc<KeyRing>,
    partitions: u32,
    names: ProviderNames,
}

/// The names that dead letters contain.
struct ProviderNames {
    stage: StageName,
    messages: StageName,
    status: StageName,
}

enum Read {
    Message { key: CitizenId, record: Box<FromResident> },
    Receipt { lane: Lane, key: String, record: Receipt },
}

impl Writer {
    /// A writer for the webhooks of `account`; logs have `partitions`.
    ///
    /// # Errors
    /// A name in this file is malformed.
    pub fn new(
        account: AccountSid,
        pepper: PepperKeys,
        key_ring: Arc<KeyRing>,
        partitions: u32,
    ) -> Result<Self, BadText> {
        let names = ProviderNames {
            stage: STAGE.parse()?,
            messages: "twilio-messages".parse()?,
            status: "twilio-status".parse()?,
        };
        Ok(Self { account, pepper, key_ring, partitions, names })
    }

    /// The record of a request: a message, a receipt, or a dead letter with the whole of it.
    ///
    /// # Errors
    /// The key ring has no key for the intake.
    pub fn write(&self, signed: &Signed) -> Result<AcceptedForm, EncodeError> {
        let read = match signed.endpoint {
            Endpoint::Messages => self.message(signed),
            Endpoint::Status => self.receipt(signed),
        };
        let (record, dead, protected) = match read {
            Ok(Read::Message { key, record }) => {
                let envelope = Envelope::root(EventId::from(&record.sid), signed.at);
                let message = Message::FromResident(*record);
                (
                    encode::<Messages>(
                        &self.key_ring,
                        STAGE,
                        &envelope,
                        self.by_key(),
                        key.to_string(),
                        &message,
                    )?,
                    None,
                    false,
                )
            }
            Ok(Read::Receipt { lane, key, record }) => {
                (self.write_receipt(lane, key, record, signed.at)?, None, lane == Lane::Protected)
            }
            Err(why) => (self.dead_letter(signed, why)?, Some(why), false),
        };
        Ok(AcceptedForm { record, dead, protected })
    }

    fn by_key(&self) -> Address {
        Address::ByKey(self.partitions)
    }

    fn form<'a>(&self, signed: &'a Signed) -> Result<&'a Form, UnreadableRequest> {
        let form = signed.form.as_ref().ok_or(UnreadableRequest::NotAForm)?;
        // A request that names no account is accepted, because it is signed with our token.
        let ours = field(form, "AccountSid").is_none_or(|sid| sid == self.account.as_str());
        if ours { Ok(form) } else { Err(UnreadableRequest::OtherAccount) }
    }

    fn message(&self, signed: &Signed) -> Result<Read, UnreadableRequest> {
        let form = self.form(signed)?;
        let from = from(form)?;
        let record = FromResident {
            sid: message_sid(form)?,
            received_at: signed.at,
            form: Sealed(form.clone()),
            entered_at_desk: false,
        };
        Ok(Read::Message { key: CitizenId::of(&self.pepper.pepper, from), record: Box::new(record) })
    }

    fn receipt(&self, signed: &Signed) -> Result<Read, UnreadableRequest> {
        let query = signed.target.split_once('?').map_or("", |(_, query)| query);
        let text = query.split('&').find_map(|pair| pair.strip_prefix(PARAMETER)?.strip_prefix('='));
        let token = text
            .and_then(|text| StatusToken::decode(&self.pepper.tokens, text).ok())
            .ok_or(UnreadableRequest::UnknownToken)?;
        let form = self.form(signed)?;
        // The receipt is about a message of ours: its From is the sender that the log is keyed by.
        let sender = from(form)?;
        let record = Receipt {
            notification: token.notification,
            attempt: token.attempt,
            received_at: signed.at,
            sid: message_sid(form)?,
            status: receipt_status(field(form, "MessageStatus").unwrap_or_default())?,
            code: field(form, "ErrorCode").and_then(|code| code.parse().ok()).filter(|code| *code != 0),
        };
        Ok(Read::Receipt { lane: token.lane, key: sender.to_owned(), record })
    }

    /// The same receipt, posted twice, has the same id.
    fn write_receipt(
        &self,
        lane: Lane,
        key: String,
        receipt: Receipt,
        at: Time,
    ) -> Result<Outgoing, EncodeError> {
        let attempt = receipt.attempt.to_be_bytes();
        let notification = receipt.notification.as_str();
        let sid = receipt.sid.as_str();
        let status = receipt.status.as_str();
        let id =
            EventId::of(&[b"receipt", notification.as_bytes(), &attempt, sid.as_bytes(), status.as_bytes()]);
        let envelope = Envelope::root(id, at);
        let record = Notification::Receipt(receipt);
        match lane {
            // A token never names the intake, which sends nothing.
            Lane::Municipal | Lane::Intake => {
                encode::<Notifications>(&self.key_ring, STAGE, &envelope, self.by_key(), key, &record)
            }
            Lane::Protected => encode::<ProtectedNotifications>(
                &self.key_ring,
                STAGE,
                &envelope,
                self.by_key(),
                key,
                &record,
            ),
        }
    }

    /// The whole request, sealed: enough to post it again. A retry has the same id.
    fn dead_letter(&self, signed: &Signed, why: UnreadableRequest) -> Result<Outgoing, EncodeError> {
        let id = EventId::of(&[b"unreadable-request", signed.target.as_bytes(), &signed.body]);
        let topic = match signed.endpoint {
            Endpoint::Messages => &self.names.messages,
            Endpoint::Status => &self.names.status,
        };
        let record = DeadLetter {
            at: signed.at,
            edition: 0,
            // The request was in no log, so it has no offset.
            source: Source { topic: topic.clone(), partition: 0, offset: -1 },
            stage: self.names.stage.clone(),
            class: why.class(),
            json_position: None,
            record: Sealed(Original {
                key: None,
                value: Some(STANDARD.encode(&signed.body)),
                headers: vec![
                    ("target".to_owned(), signed.target.clone()),
                    ("content-type".to_owned(), signed.content_type.clone()),
                    ("reason".to_owned(), why.to_string()),
                ],
            }),
        };
        let key = id.to_string();
        encode::<IntakeDeadLetters>(
            &self.key_ring,
            STAGE,
            &Envelope::root(id, signed.at),
            self.by_key(),
            key,
            &record,
        )
    }
}

/// The address that a request comes from. `None` if it was not UTF-8, because a part of an address can be the
/// address of another person.
fn from(form: &Form) -> Result<&str, UnreadableRequest> {
    let address = field(form, "From").filter(|address| !address.contains(char::REPLACEMENT_CHARACTER));
    address.ok_or(UnreadableRequest::NoFrom)
}

fn message_sid(form: &Form) -> Result<MessageSid, UnreadableRequest> {
    field(form, "MessageSid").and_then(|sid| sid.parse().ok()).ok_or(UnreadableRequest::NoMessageSid)
}

/// Reads Twilio's `MessageStatus`. `accepted` and `scheduled` come before `queued` and count as it.
fn receipt_status(word: &str) -> Result<ReceiptStatus, UnreadableRequest> {
    match word {
        "accepted" | "scheduled" => Ok(ReceiptStatus::Queued),
        "canceled" => Ok(ReceiptStatus::Failed),
        word => word.parse().map_err(|_| UnreadableRequest::UnknownStatus),
    }
}
