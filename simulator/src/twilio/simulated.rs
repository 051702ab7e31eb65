//! The simulated Twilio: its settings, its ledger, and the posts that it makes.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use axum::Router;
use sha1::{Digest, Sha1};
use tokio::sync::watch;

use super::faults::Orders;
use super::ledger::{AcceptedCall, Ledger};
use super::server::HttpServer;
use super::signature::sign;

/// The settings of the simulated Twilio.
#[derive(Clone, Debug)]
pub struct SimulatorSettings {
    /// The address at which its REST API listens; port 0 chooses a free one.
    pub listen: SocketAddr,
    /// The account: `AC` and 32 hex digits.
    pub account_sid: String,
    /// The secret of the account, which authenticates calls and signs posts.
    pub auth_token: String,
    /// The address that its signatures cover, without a path: the engine's `PUBLIC_URL`.
    pub public_url: String,
    /// The addresses to which it really posts, without a path. Several take turns, as behind a load balancer.
    pub webhooks: Vec<String>,
    /// A number that makes its ids differ from those of another run.
    pub seed: String,
    /// The delays of messages.
    pub pace: SimulatorPace,
}

/// The delays of the simulated Twilio.
#[derive(Clone, Copy, Debug)]
pub struct SimulatorPace {
    /// The time from accepting a message to passing it on to WhatsApp.
    pub sent: Duration,
    /// The time from then until the phone has received it.
    pub delivered: Duration,
    /// The time from then until the resident has read it.
    pub read: Duration,
    /// How long a webhook may take: Twilio waits 15 s.
    pub webhook_timeout: Duration,
    /// For how long a message of a resident is posted again when it was not acknowledged.
    pub webhook_patience: Duration,
    /// How many times a callback is posted at most if it is not acknowledged; Twilio posts it once.
    pub callback_tries: u32,
}

impl Default for SimulatorPace {
    fn default() -> Self {
        Self {
            sent: Duration::from_millis(20),
            delivered: Duration::from_millis(40),
            read: Duration::from_millis(60),
            webhook_timeout: Duration::from_secs(15),
            webhook_patience: Duration::from_secs(60),
            callback_tries: 1,
        }
    }
}

impl SimulatorSettings {
    /// Settings for a new account on a free port of this host, which posts to `public_url` itself.
    pub fn new(seed: &str, public_url: &str) -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            account_sid: format!("AC{}", digits(&["account", seed])),
            auth_token: digits(&["token", seed]),
            public_url: public_url.to_owned(),
            webhooks: vec![public_url.to_owned()],
            seed: seed.to_owned(),
            pace: SimulatorPace::default(),
        }
    }
}

/// The simulated Twilio. Clones share one instance, which stops with the runtime that it was started in.
#[derive(Clone)]
pub struct SimulatedTwilio {
    pub(super) shared: Arc<Shared>,
}

pub(super) struct Shared {
    pub(super) settings: SimulatorSettings,
    pub(super) address: SocketAddr,
    pub(super) webhooks: Mutex<Vec<String>>,
    pub(super) ledger: Mutex<Ledger>,
    /// The number of accepted messages, for callers that wait for one.
    pub(super) arrivals: watch::Sender<u64>,
    pub(super) next: AtomicU64,
    pub(super) in_flight: AtomicU64,
    pub(super) client: reqwest::Client,
    pub(super) server: HttpServer,
    pub(super) routes: fn(&SimulatedTwilio) -> Router,
}

impl SimulatedTwilio {
    /// Serves these routes on the address in `settings`.
    ///
    /// # Errors
    /// The port is taken.
    pub(super) async fn serve(settings: SimulatorSettings, routes: fn(&Self) -> Router) -> Result<Self> {
        let listener = tokio::net::TcpListener::bind(settings.listen)
            .await
            .with_context(|| format!("the simulated Twilio cannot listen on {}", settings.listen))?;
        let address = listener.local_addr()?;
        let twilio = Self {
            shared: Arc::new(Shared {
                address,
                webhooks: Mutex::new(settings.webhooks.clone()),
                ledger: Mutex::default(),
                arrivals: watch::Sender::new(0),
                next: AtomicU64::new(1),
                in_flight: AtomicU64::new(0),
                client: http_client()?,
                server: HttpServer::default(),
                routes,
                settings,
            }),
        };
        twilio.shared.server.serve(listener, routes(&twilio));
        Ok(twilio)
    }

    /// The address of its REST API, for the engine's `TWILIO_API_URL`.
    pub fn url(&self) -> String {
        format!("http://{}", self.shared.address)
    }

    /// The settings with which it was started.
    pub fn settings(&self) -> &SimulatorSettings {
        &self.shared.settings
    }

    /// Sets the addresses that later posts go to.
    pub fn post_to(&self, webhooks: Vec<String>) {
        *self.shared.webhooks.lock().unwrap_or_else(PoisonError::into_inner) = webhooks;
    }

    /// Applies changes of faults and limits.
    pub fn order(&self, orders: Orders) {
        if let Some(pause) = self.with(|ledger| ledger.faults.apply(orders)) {
            let routes = (self.shared.routes)(self);
            self.shared.server.refuse_for(pause, self.shared.address, routes);
        }
    }

    /// All messages accepted so far, oldest first.
    pub fn taken(&self) -> Vec<AcceptedCall> {
        self.look(|ledger| ledger.taken.clone())
    }

    /// The messages to one resident that were accepted so far, oldest first.
    pub fn taken_for(&self, resident: &str) -> Vec<AcceptedCall> {
        self.look(|ledger| ledger.taken_for(resident).cloned().collect())
    }

    /// Changes the ledger under its lock.
    pub fn with<R>(&self, work: impl FnOnce(&mut Ledger) -> R) -> R {
        work(&mut self.shared.ledger.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads the ledger under its lock.
    pub fn look<R>(&self, work: impl FnOnce(&Ledger) -> R) -> R {
        work(&self.shared.ledger.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits for a message to `resident` for which `is_it` holds, among those after the first `known`.
    ///
    /// # Errors
    /// No such message was accepted within `patience`.
    pub async fn message_for(
        &self,
        resident: &str,
        known: usize,
        patience: Duration,
        is_it: impl Fn(&AcceptedCall) -> bool,
    ) -> Result<AcceptedCall> {
        let deadline = tokio::time::Instant::now() + patience;
        let mut arrivals = self.shared.arrivals.subscribe();
        loop {
            let found = self.look(|ledger| {
                ledger.taken_for(resident).skip(known).find(|message| is_it(message)).cloned()
            });
            if let Some(message) = found {
                return Ok(message);
            }
            if tokio::time::timeout_at(deadline, arrivals.changed()).await.is_err() {
                let came = self.look(|ledger| ledger.taken_for(resident).count());
                bail!(
                    "it did not come within {patience:?}; {came} messages came, {known} of them known before"
                );
            }
        }
    }

    /// Number of messages and callbacks that are still in flight.
    pub fn in_flight(&self) -> u64 {
        self.shared.in_flight.load(Ordering::Acquire)
    }

    /// The next id with this prefix (`SM`, `MM`).
    pub(super) fn next_sid(&self, prefix: &str) -> String {
        let number = self.shared.next.fetch_add(1, Ordering::Relaxed).to_string();
        format!("{prefix}{}", digits(&["message", &self.shared.settings.seed, &number]))
    }

    /// The address to which a post to `url` really goes: an address below the public one goes to one of the
    /// webhooks, in turn.
    pub(super) fn destination(&self, url: &str, turn: u64) -> String {
        let webhooks = self.shared.webhooks.lock().unwrap_or_else(PoisonError::into_inner);
        let chosen = usize::try_from(turn).ok().and_then(|turn| webhooks.get(turn % webhooks.len().max(1)));
        match (url.strip_prefix(&self.shared.settings.public_url), chosen) {
            (Some(path), Some(webhook)) => format!("{webhook}{path}"),
            _ => url.to_owned(),
        }
    }

    /// Posts a signed form to `url`; returns the status it was answered with.
    pub(super) async fn post(
        &self,
        url: &str,
        form: &[(String, String)],
        turn: u64,
    ) -> Result<u16, reqwest::Error> {
        let signature = sign(&self.shared.settings.auth_token, url, form);
        let request = self
            .shared
            .client
            .post(self.destination(url, turn))
            .header("X-Twilio-Signature", signature)
            .header("I-Twilio-Idempotency-Token", digits(&["idempotency", &signature_text(form)]))
            .header("User-Agent", "TwilioProxy/1.1")
            .timeout(self.shared.settings.pace.webhook_timeout)
            .form(form);
        Ok(request.send().await?.status().as_u16())
    }
}

fn signature_text(form: &[(String, String)]) -> String {
    form.iter().map(|(key, value)| format!("{key}={value};")).collect()
}

/// An HTTP client that needs no certificates of this host until it meets one.
pub(crate) fn http_client() -> Result<reqwest::Client> {
    // It is no error if the process has one already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().context("no HTTP client")
}

/// 32 hex digits that depend on `parts` alone.
pub(super) fn digits(parts: &[&str]) -> String {
    let digest = Sha1::digest(parts.join("\u{1f}").as_bytes());
    digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}
