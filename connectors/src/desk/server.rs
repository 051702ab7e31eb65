//! The server of the desk: its addresses, and the headers of all answers.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use tokio::net::TcpListener;
use tokio::sync::watch;
use topics::codec::sealing::KeyRing;

use super::accounts::{Accounts, Calls};
use super::calls::Callers;
use super::databases::Databases;
use super::feed::Feed;
use super::presence::Presence;
use super::session::PageError;
use super::{
    DeskError, DeskSettings, NewestEdition, api, assets, board, calls, canned_replies, commands, door,
    invitation, layout, presence, previews, queue, secrets, sign_in, stream, ticket, views,
};
use crate::append::Append;
use crate::config::WebAddress;
use crate::health::PartHealth;

/// Nothing but what this desk serves itself; no inline script or style; never in another page's frame.
const CONTENT_POLICY: &str = "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; \
    img-src 'self' data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// What all pages share.
pub struct Desk {
    url: WebAddress,
    pub accounts: Accounts,
    pub databases: Databases,
    pub feed: Feed,
    pub append: Arc<dyn Append>,
    pub key_ring: Arc<KeyRing>,
    pub partitions: u32,
    /// The newest edition of the reference data.
    pub edition: NewestEdition,
    /// What reports of callers need, if the desk takes them.
    pub callers: Option<Callers>,
    pub presence: Presence,
    /// Resolves when the desk stops, so that streams end.
    pub stopping: Stopping,
}

/// Tells whether the desk is stopping.
#[derive(Clone)]
pub struct Stopping(watch::Receiver<bool>);

impl Stopping {
    /// Resolves when the desk stops.
    pub async fn cancelled(mut self) {
        // An error means that the server has ended, which stops everything as well.
        let _ = self.0.wait_for(|stop| *stop).await;
    }
}

impl Desk {
    /// Whether browsers reach the desk by TLS.
    pub fn is_https(&self) -> bool {
        self.url.is_https()
    }

    /// The name of the cookie of a session. With TLS browsers bind a cookie of this name to the host.
    pub fn cookie_name(&self) -> &'static str {
        if self.is_https() { "__Host-desk" } else { "desk" }
    }
}

/// Serves the desk until `stop` resolves.
///
/// # Errors
/// The listener failed.
pub async fn serve(
    listener: TcpListener,
    settings: DeskSettings,
    feed: Feed,
    append: Arc<dyn Append>,
    part: PartHealth,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), DeskError> {
    // The first sign-in of an unknown login takes as long as every other one.
    secrets::verify(String::new(), None).await?;
    let (tell, told) = watch::channel(false);
    let DeskSettings { url, accounts, tickets, key_ring, partitions, edition, callers } = settings;
    let takes_calls = if callers.is_some() { Calls::Taken } else { Calls::NotTaken };
    let desk = Arc::new(Desk {
        url,
        accounts: Accounts::new(accounts, takes_calls),
        databases: Databases::new(tickets),
        feed,
        append,
        key_ring,
        partitions,
        edition,
        callers,
        presence: Presence::default(),
        stopping: Stopping(told),
    });
    let signal = async move {
        stop.await;
        // The send fails if there is no stream.
        let _ = tell.send(true);
    };
    let service = router(desk).into_make_service_with_connect_info::<SocketAddr>();
    part.ready();
    Ok(axum::serve(listener, service).with_graceful_shutdown(signal).await?)
}

fn router(desk: Arc<Desk>) -> Router {
    Router::new()
        .route("/", get(queue::show))
        .route("/count", get(queue::count))
        .route("/views", post(views::save))
        .route("/views/remove", post(views::remove))
        .route("/tickets/{name}", get(ticket::show))
        .route("/tickets/{name}/live", get(ticket::live))
        .route("/tickets/{name}/presence", post(presence::note))
        .route("/tickets/{name}/preview-of-reply", post(previews::reply))
        .route("/tickets/{name}/preview-of-correction", post(previews::correction))
        .route("/tickets/{name}/{act}", post(commands::act))
        .route("/board", get(board::show))
        .route("/board/{name}", get(board::csv))
        .route("/call", get(calls::show).post(calls::take))
        .route("/replies", get(canned_replies::show).post(canned_replies::add))
        .route("/replies/remove", post(canned_replies::remove))
        .route("/stream", get(stream::follow))
        .route("/sign-in", get(sign_in::show).post(sign_in::sign_in))
        .route("/sign-out", post(sign_in::sign_out))
        .route("/invitations/{secret}", get(invitation::show).post(invitation::accept))
        .route("/assets/{version}/{name}", get(assets::serve))
        .nest("/api/v1", api::router())
        .fallback(|| async { PageError::NotFound })
        .layer(DefaultBodyLimit::max(door::LARGEST_BODY))
        .layer(middleware::from_fn_with_state(desk.clone(), protect))
        .with_state(desk)
}

/// Refuses writes that another site sends and texts that are none, and sets the headers of all answers.
async fn protect(State(desk): State<Arc<Desk>>, request: Request, next: Next) -> Response {
    let writes = request.method() != Method::GET && request.method() != Method::HEAD;
    let mut response = if writes && is_from_elsewhere(&request) {
        let page = layout::bare("Not allowed", &layout::notice("refused", commands::OTHER_SITE));
        (StatusCode::FORBIDDEN, Html(page.into_string())).into_response()
    } else {
        match door::examine(request).await {
            Ok(request) => next.run(request).await,
            Err(refused) => refused,
        }
    };
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, CONTENT_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if desk.is_https() {
        let year = HeaderValue::from_static("max-age=31536000; includeSubDomains");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, year);
    }
    response
}

/// Whether a browser says that another site made this request. Programs say nothing, and need the token of
/// the form all the same.
fn is_from_elsewhere(request: &Request) -> bool {
    let site = request.headers().get("sec-fetch-site").and_then(|value| value.to_str().ok());
    site.is_some_and(|site| !matches!(site, "same-origin" | "none"))
}
