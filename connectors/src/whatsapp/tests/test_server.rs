//! A webhook server for one test, a log that the test controls, and a client that signs like Twilio.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Digest;
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;
use topics::catalogue::Topic;
use topics::codec::record::{Envelope, Outgoing};
use topics::codec::sealing::KeyRing;
use topics::values::time::Time;

use super::super::{WebhookSettings, WhatsappError, serve};
use crate::append::{Append, AppendError};
use crate::config::Config;
use crate::health::Health;
use crate::metrics::Metrics;

pub const ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";
pub const NEW_TOKEN: &str = "newtokennewtokennewtokennewtoken";
pub const OLD_TOKEN: &str = "oldtokenoldtokenoldtokenoldtoken";
pub const SENDER: &str = "whatsapp:+27000000001";
pub const CITIZEN: &str = "whatsapp:+27000000002";
pub const SID: &str = "SM00000000000000000000000000000007";
pub const PARTITIONS: u32 = 3;
const PUBLIC: &str = "https://hooks.example.org";

pub type Fields = Vec<(String, String)>;

/// A message as Twilio posts it; fields 1 and 3 are From and Body.
pub fn message() -> Fields {
    let fields = [
        ("MessageSid", SID),
        ("From", CITIZEN),
        ("To", SENDER),
        ("Body", "Amanzi ayaphuma: 50% & more +"),
        ("ProfileName", "Thandi"),
        ("NumMedia", "0"),
        ("AccountSid", ACCOUNT),
    ];
    fields.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
}

pub fn encoded(fields: &Fields) -> Vec<u8> {
    serde_urlencoded::to_string(fields).unwrap().into_bytes()
}

pub fn decoded(base64: &str) -> Vec<u8> {
    STANDARD.decode(base64).unwrap()
}

/// Twilio's signature, computed independently of the program.
pub fn sign(url: &str, fields: &Fields, token: &str) -> String {
    let sorted: BTreeSet<_> = fields.iter().collect();
    let text = sorted.into_iter().fold(url.to_owned(), |text, (name, value)| text + name + value);
    mac(text.as_bytes(), token)
}

/// The signature of a form that need not be text.
pub fn sign_body(url: &str, body: &[u8], token: &str) -> String {
    let mut fields = super::super::form::parse(body);
    fields.sort();
    let tail = fields.into_iter().flat_map(|(name, value)| [name, value].concat()).collect::<Vec<u8>>();
    mac(&[url.as_bytes(), &tail].concat(), token)
}

fn mac(text: &[u8], token: &str) -> String {
    let mut mac = Hmac::<sha1::Sha1>::new_from_slice(token.as_bytes()).unwrap();
    mac.update(text);
    STANDARD.encode(mac.finalize().into_bytes())
}

fn config() -> Config {
    let ring: Vec<String> = [("intake-1", 1), ("protected-1", 2)]
        .iter()
        .map(|(id, byte)| format!("{id}:{}", STANDARD.encode([*byte; 32])))
        .collect();
    Config::load(None, |name| match name {
        "KEY_RING" => Some(ring.join(",")),
        "PEPPER" => Some("07".repeat(32)),
        "PARTITIONS" => Some(PARTITIONS.to_string()),
        "PUBLIC_URL" => Some(PUBLIC.to_owned()),
        "TWILIO_ACCOUNT_SID" => Some(ACCOUNT.to_owned()),
        "TWILIO_AUTH_TOKEN" => Some(format!("{NEW_TOKEN},{OLD_TOKEN}")),
        _ => None,
    })
    .unwrap()
}

pub fn pepper() -> crate::config::PepperKeys {
    config().pepper.unwrap()
}

/// A log in memory that can stop answering or refuse records.
#[derive(Debug)]
pub struct Log {
    records: Mutex<Vec<Outgoing>>,
    silent: watch::Sender<bool>,
    refusals: AtomicU32,
    asked: watch::Sender<bool>,
    clock_ahead: AtomicI64,
}

impl Log {
    /// Lets the broker's clock differ from this host's.
    pub fn set_clock_ahead(&self, millis: i64) {
        self.clock_ahead.store(millis, Ordering::SeqCst);
    }
    /// Acknowledges no records until the test lets it answer again.
    pub fn silence(&self) {
        self.silent.send_replace(true);
    }
    pub fn speak(&self) {
        self.silent.send_replace(false);
    }
    /// Refuses the next records.
    pub fn refuse(&self, times: u32) {
        self.refusals.store(times, Ordering::SeqCst);
    }
    /// Resolves when a record was handed to the log.
    pub async fn asked(&self) {
        self.asked.subscribe().wait_for(|asked| *asked).await.unwrap();
    }
}

impl Append for Log {
    fn append(&self, record: Outgoing) -> Pin<Box<dyn Future<Output = Result<(), AppendError>> + Send + '_>> {
        Box::pin(async move {
            self.asked.send_replace(true);
            if self.refusals.load(Ordering::SeqCst) > 0 {
                self.refusals.fetch_sub(1, Ordering::SeqCst);
                return Err(AppendError { topic: record.topic, why: "queue full".to_owned() });
            }
            self.silent.subscribe().wait_for(|silent| !silent).await.unwrap();
            self.records.lock().unwrap().push(record);
            Ok(())
        })
    }

    fn clock_ahead(&self) -> Option<i64> {
        Some(self.clock_ahead.load(Ordering::SeqCst))
    }
}

pub struct TestServer {
    pub address: SocketAddr,
    pub log: Arc<Log>,
    pub metrics: Metrics,
    pub health: Health,
    ring: Arc<KeyRing>,
    client: reqwest::Client,
    stop: Option<oneshot::Sender<()>>,
    server: Option<JoinHandle<Result<(), WhatsappError>>>,
}

impl TestServer {
    pub async fn new() -> Self {
        Self::with(|_| ()).await
    }

    pub async fn with(change: impl FnOnce(&mut WebhookSettings)) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let config = config();
        let mut settings = WebhookSettings::of(&config).unwrap();
        settings.hold = Duration::from_secs(5);
        change(&mut settings);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let log = Arc::new(Log {
            records: Mutex::default(),
            silent: watch::Sender::new(false),
            refusals: AtomicU32::new(0),
            asked: watch::Sender::new(false),
            clock_ahead: AtomicI64::new(0),
        });
        let metrics = Metrics::new().unwrap();
        let health = Health::default();
        let (stop, stopped) = oneshot::channel::<()>();
        let server = {
            let log = log.clone();
            let metrics = metrics.whatsapp();
            let part = health.part("whatsapp");
            let stopped = async move { drop(stopped.await) };
            tokio::spawn(serve(listener, settings, log, metrics, part, stopped))
        };
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let server = Self {
            address,
            log,
            metrics,
            health,
            ring: config.key_ring.unwrap(),
            client,
            stop: Some(stop),
            server: Some(server),
        };
        while server.health.not_ready().iter().any(|(part, _)| part == "whatsapp") {
            tokio::task::yield_now().await;
        }
        server
    }

    pub fn public(&self, target: &str) -> String {
        format!("{PUBLIC}{target}")
    }

    /// Posts a form, signed; gives status, content type and body.
    pub async fn post(&self, target: &str, fields: &Fields) -> (u16, String, String) {
        let signature = sign(&self.public(target), fields, NEW_TOKEN);
        self.post_with(target, fields, Some(&signature)).await
    }

    pub async fn post_with(
        &self,
        target: &str,
        fields: &Fields,
        signature: Option<&str>,
    ) -> (u16, String, String) {
        self.send(target, "application/x-www-form-urlencoded", encoded(fields), signature).await
    }

    /// Posts over a connection that may be cut before the answer arrives.
    pub async fn try_post(&self, target: &str, fields: &Fields) -> Option<u16> {
        let request = self.client.post(format!("http://{}{target}", self.address)).body(encoded(fields));
        request.send().await.ok().map(|response| response.status().as_u16())
    }

    pub async fn post_json(&self, target: &str, body: &str) -> u16 {
        let hash: String = sha2::Sha256::digest(body).iter().map(|byte| format!("{byte:02x}")).collect();
        let target = format!("{target}?bodySHA256={hash}");
        let signature = sign(&self.public(&target), &Vec::new(), NEW_TOKEN);
        self.send(&target, "application/json", body.as_bytes().to_vec(), Some(&signature)).await.0
    }

    pub async fn send(
        &self,
        target: &str,
        kind: &str,
        body: Vec<u8>,
        signature: Option<&str>,
    ) -> (u16, String, String) {
        let mut request = self
            .client
            .post(format!("http://{}{target}", self.address))
            .header("Content-Type", kind)
            .body(body);
        if let Some(signature) = signature {
            request = request.header("x-TWILIO-signature", signature);
        }
        let response = request.send().await.unwrap();
        let kind =
            response.headers().get("content-type").map_or("", |kind| kind.to_str().unwrap()).to_owned();
        (response.status().as_u16(), kind, response.text().await.unwrap())
    }

    /// Begins to post a form, signed.
    pub fn start_post(&self, target: &str, fields: &Fields) -> JoinHandle<u16> {
        let signature = sign(&self.public(target), fields, NEW_TOKEN);
        let request = self.client.post(format!("http://{}{target}", self.address)).body(encoded(fields));
        let request = request.header("X-Twilio-Signature", signature);
        tokio::spawn(async move { request.send().await.unwrap().status().as_u16() })
    }

    pub async fn get(&self, target: &str) -> u16 {
        self.client.get(format!("http://{}{target}", self.address)).send().await.unwrap().status().as_u16()
    }

    pub fn begin_stop(&mut self) {
        self.stop.take().unwrap().send(()).unwrap();
    }

    pub async fn ended(&mut self) -> Result<(), WhatsappError> {
        self.server.take().unwrap().await.unwrap()
    }

    pub fn records(&self) -> Vec<Outgoing> {
        self.log.records.lock().unwrap().clone()
    }

    /// The one record that was appended, as its readers read it.
    pub fn only<T: Topic>(&self) -> (Outgoing, Envelope, T::Record) {
        let records = self.records();
        assert_eq!(records.len(), 1);
        self.read::<T>(&records[0])
    }

    pub fn read<T: Topic>(&self, record: &Outgoing) -> (Outgoing, Envelope, T::Record) {
        assert_eq!(record.topic, T::SPEC.name);
        let incoming = record.clone().appended(0, Time::default());
        let (envelope, read) = incoming.decode::<T>(&self.ring).unwrap();
        (record.clone(), envelope, read)
    }
}
