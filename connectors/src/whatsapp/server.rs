//! The server of the webhooks: checks a request, reads it, appends its record and answers.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use pipeline::stages::converse::form::LONGEST_TRANSIT;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep, timeout_at};
use topics::codec::record::Outgoing;

use super::handler::{RefusedRequest, WebhookHandler, content_type, read_body};
use super::records::{Signed, Writer};
use super::{WebhookSettings, WhatsappError};
use crate::append::Append;
use crate::clock::present;
use crate::health::PartHealth;
use crate::metrics::{Endpoint, WhatsappMetrics};

/// The document that tells Twilio to send no answer: answers are sent through its REST API when they are
/// ready.
const HEARD: &str = "<Response/>";

/// How long to wait before a record that the broker refused is appended again.
const PAUSE: Duration = Duration::from_millis(250);

/// How much longer than a held request a stop may take: to write the answers.
const GRACE: Duration = Duration::from_secs(2);

struct Webhooks {
    handler: WebhookHandler,
    /// `None` without an account; the handler then refuses every request.
    writer: Option<Writer>,
    append: Arc<dyn Append>,
    metrics: WhatsappMetrics,
    hold: Duration,
    /// Whether the clocks differed when they were compared last.
    clock_differs: AtomicBool,
}

/// The result of a request.
struct WebhookAnswer {
    status: StatusCode,
    /// The reason of a refusal; otherwise the document that Twilio expects.
    text: String,
    /// Whether it may be counted: receipts of the police lane may not.
    counted: bool,
}

/// Serves the webhooks until `stop` resolves; then accepts no more connections and lets the requests that are
/// held finish.
///
/// # Errors
/// The listener failed, or the name of the program in a record is malformed.
pub async fn serve(
    listener: TcpListener,
    settings: WebhookSettings,
    append: Arc<dyn Append>,
    metrics: WhatsappMetrics,
    part: PartHealth,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), WhatsappError> {
    let WebhookSettings { public_url, account, pepper, key_ring, partitions, hold, unsigned_per_minute } =
        settings;
    let sid = account.as_ref().map(|account| account.sid.clone());
    let writer = sid.map(|sid| Writer::new(sid, pepper, key_ring, partitions)).transpose()?;
    if writer.is_none() {
        tracing::warn!(
            "the webhooks refuse everything: TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN are not set"
        );
    }
    let webhooks = Arc::new(Webhooks {
        handler: WebhookHandler::new(public_url, account, unsigned_per_minute),
        writer,
        append,
        metrics,
        hold,
        clock_differs: AtomicBool::new(false),
    });
    let (tell, told) = oneshot::channel();
    let signal = async move {
        stop.await;
        let _ = tell.send(());
    };
    let service = router(webhooks).into_make_service_with_connect_info::<SocketAddr>();
    let serving = axum::serve(listener, service).with_graceful_shutdown(signal).into_future();
    let ending = async {
        // If the channel was closed without a value, serving has ended, and the other branch returns the
        // result.
        if told.await.is_err() {
            std::future::pending::<()>().await;
        }
        part.not_ready("is stopping");
        sleep(hold + GRACE).await;
    };
    part.ready();
    tokio::select! {
        served = serving => Ok(served?),
        () = ending => {
            tracing::warn!("some connections to the webhooks did not end in time; they are cut");
            Ok(())
        }
    }
}

fn router(webhooks: Arc<Webhooks>) -> Router {
    Router::new()
        .route("/twilio/messages", post(messages))
        .route("/twilio/status", post(status))
        .with_state(webhooks)
}

async fn messages(
    State(webhooks): State<Arc<Webhooks>>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    webhooks.answer(Endpoint::Messages, address, request).await
}

async fn status(
    State(webhooks): State<Arc<Webhooks>>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    webhooks.answer(Endpoint::Status, address, request).await
}

impl Webhooks {
    async fn answer(&self, endpoint: Endpoint, address: SocketAddr, request: Request) -> Response {
        let taken = self.take(endpoint, address, request).await;
        let answer = taken.unwrap_or_else(|refusal| refused(endpoint, refusal));
        if answer.counted {
            self.metrics.answered(endpoint, answer.status.as_u16());
        }
        let kind = if answer.status == StatusCode::OK {
            "text/xml; charset=utf-8"
        } else {
            "text/plain; charset=utf-8"
        };
        (answer.status, [(header::CONTENT_TYPE, kind)], answer.text).into_response()
    }

    async fn take(
        &self,
        endpoint: Endpoint,
        address: SocketAddr,
        request: Request,
    ) -> Result<WebhookAnswer, RefusedRequest> {
        let came = Instant::now();
        let at = present();
        let deadline = came + self.hold;
        let (head, body) = request.into_parts();
        let body = read_body(body, deadline).await?;
        let target = head.uri.path_and_query().map_or_else(String::new, ToString::to_string);
        let form = self.handler.admit(address.ip(), &target, &head.headers, &body)?;
        let writer = self.writer.as_ref().ok_or(RefusedRequest::NoAccount)?;
        let signed =
            Signed { endpoint, target, content_type: content_type(&head.headers).to_owned(), body, form, at };
        let taken = match writer.write(&signed) {
            Ok(taken) => taken,
            Err(error) => {
                tracing::error!("a signed request cannot be sealed; check KEY_RING: {error}");
                return Ok(unavailable());
            }
        };
        let counted = !taken.protected;
        // If no counted request explained the line, it would reveal a receipt of the police lane.
        let logged = counted.then_some(endpoint);
        if !self.append_by(deadline, taken.record, logged).await {
            if let Some(endpoint) = logged {
                tracing::error!(
                    endpoint = endpoint.as_str(),
                    "the broker has not acknowledged a record within {:?}: answered 503",
                    self.hold
                );
            }
            return Ok(WebhookAnswer { counted, ..unavailable() });
        }
        self.compare_clocks();
        if let Some(why) = taken.dead {
            tracing::warn!(endpoint = endpoint.as_str(), "a signed request is a dead letter: {why}");
            self.metrics.unreadable(endpoint);
        }
        if counted {
            self.metrics.acknowledged(came.elapsed());
        }
        Ok(WebhookAnswer { status: StatusCode::OK, text: HEARD.to_owned(), counted })
    }

    /// Shows how far this host's clock is from the broker's. Beyond the limit the broker's counts.
    fn compare_clocks(&self) {
        let Some(ahead) = self.append.clock_ahead() else { return };
        self.metrics.clock_ahead(ahead);
        let limit = i64::try_from(LONGEST_TRANSIT.as_millis()).unwrap_or(i64::MAX);
        let differs = ahead.saturating_abs() > limit;
        if self.clock_differs.swap(differs, Ordering::Relaxed) == differs {
            return;
        }
        if differs {
            tracing::error!(
                ahead_s = ahead / 1_000,
                "this host's clock differs from the broker's by more than {} s: messages count as received \
                 when the broker took them; set the clocks right",
                LONGEST_TRANSIT.as_secs()
            );
        } else {
            tracing::info!("this host's clock agrees with the broker's again");
        }
    }

    /// Appends the record, and tries again if the broker refuses it. Returns whether it was acknowledged in
    /// time. If the broker accepts it later, Twilio's retry has the same id and is ignored. `logged` is the
    /// webhook in whose name refusals are logged.
    async fn append_by(&self, deadline: Instant, record: Outgoing, logged: Option<Endpoint>) -> bool {
        let appending = async {
            while let Err(error) = self.append.append(record.clone()).await {
                if let Some(endpoint) = logged {
                    tracing::warn!(endpoint = endpoint.as_str(), "{error}");
                }
                sleep(PAUSE).await;
            }
        };
        timeout_at(deadline, appending).await.is_ok()
    }
}

/// Logs a refusal and returns its answer. 429 is not logged: a flood must not fill the log.
fn refused(endpoint: Endpoint, refusal: RefusedRequest) -> WebhookAnswer {
    let status = refusal.status();
    if refusal != RefusedRequest::TooMany {
        tracing::warn!(endpoint = endpoint.as_str(), status = status.as_u16(), "webhook refused: {refusal}");
    }
    WebhookAnswer { status, text: format!("{refusal}\n"), counted: true }
}

fn unavailable() -> WebhookAnswer {
    WebhookAnswer {
        status: StatusCode::SERVICE_UNAVAILABLE,
        text: "the message is not safe yet; send it again\n".to_owned(),
        counted: true,
    }
}
