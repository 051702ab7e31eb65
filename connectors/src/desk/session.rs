//! Who asks: the person behind the cookie of a request, and the pages of those who may not.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use maud::html;

use super::DeskError;
use super::accounts::Person;
use super::layout;
use super::secrets::Token;
use super::server::Desk;

/// The header with which the scripts of the pages ask for a part of a page.
pub const PART: &str = "x-desk-part";

/// The header with which the scripts of the pages say that they ask by themselves, without a person's doing.
pub const BY_ITSELF: &str = "x-desk-by-itself";
/// The cookie with which a page says, for some seconds, that its script loads it again.
const LOADS_ITSELF: &str = "desk-by-itself";

/// The person who asks, and the session. The session is used by this, unless a page asks by itself.
pub struct SignedIn {
    /// The person who is signed in.
    pub person: Person,
    /// The secret of the cookie.
    pub token: Token,
}

impl FromRequestParts<Arc<Desk>> for SignedIn {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, desk: &Arc<Desk>) -> Result<Self, PageError> {
        let StillSignedIn { person, token } = StillSignedIn::from_request_parts(parts, desk).await?;
        if !is_by_itself(&parts.headers) {
            desk.accounts.touch(&token).await?;
        }
        Ok(Self { person, token })
    }
}

/// The same for what an open page asks for by itself: streams, counts, what has changed. It is no use of the
/// session, which would otherwise last as long as a page is open.
pub struct StillSignedIn {
    /// The person who is signed in.
    pub person: Person,
    /// The secret of the cookie.
    pub token: Token,
}

impl FromRequestParts<Arc<Desk>> for StillSignedIn {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, desk: &Arc<Desk>) -> Result<Self, PageError> {
        let signed_out = || PageError::SignedOut {
            path: parts.uri.path_and_query().map_or_else(String::new, ToString::to_string),
            asks: asks(&parts.headers),
        };
        let token = cookie(&parts.headers, desk.cookie_name()).ok_or_else(signed_out)?;
        let person = desk.accounts.person(&token).await?.ok_or_else(signed_out)?;
        Ok(Self { person, token })
    }
}

/// Whether a script of a page made the request without a person's doing.
fn is_by_itself(headers: &HeaderMap) -> bool {
    headers.contains_key(BY_ITSELF) || cookies(headers).any(|(name, _)| name == LOADS_ITSELF)
}

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asks {
    /// The request is for a whole page.
    Page,
    /// A part of a page, for a script.
    Part,
}

/// What a request with these headers asks for.
pub fn asks(headers: &HeaderMap) -> Asks {
    if headers.contains_key(PART) { Asks::Part } else { Asks::Page }
}

/// The secret in the cookie of this name.
pub fn cookie(headers: &HeaderMap, name: &str) -> Option<Token> {
    cookies(headers).find(|(known, _)| *known == name).and_then(|(_, value)| Token::read(value))
}

/// The names and values of all cookies.
fn cookies(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    all.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='))
}

/// The address that a request comes from: of a proxy that ends TLS, what it says last.
pub struct Caller(pub IpAddr);

impl FromRequestParts<Arc<Desk>> for Caller {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, desk: &Arc<Desk>) -> Result<Self, PageError> {
        let direct = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        let forwarded = parts.headers.get("x-forwarded-for").and_then(|value| value.to_str().ok());
        let last = forwarded.and_then(|value| value.rsplit(',').next()?.trim().parse().ok());
        let address = last.filter(|_| desk.is_https()).or(direct);
        Ok(Self(address.unwrap_or(IpAddr::from([0, 0, 0, 0]))))
    }
}

/// Why a page is not shown.
#[derive(Debug)]
pub enum PageError {
    /// The browser is not signed in (any more).
    SignedOut {
        /// The address that was asked for.
        path: String,
        /// What was asked for.
        asks: Asks,
    },
    /// There is no such page for this person.
    NotFound,
    /// The person's role does not allow it, or a form did not come from a page of this session.
    Forbidden(&'static str),
    /// The request makes no sense.
    Bad(&'static str),
    /// Something that the desk needs does not work.
    Failed(DeskError),
}

impl From<DeskError> for PageError {
    fn from(error: DeskError) -> Self {
        Self::Failed(error)
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        match self {
            Self::SignedOut { asks: Asks::Part, .. } => {
                let text =
                    "You are signed out. Sign in in another tab and repeat this: what you wrote is kept.";
                (StatusCode::UNAUTHORIZED, Html(layout::notice("refused", text).into_string()))
                    .into_response()
            }
            Self::SignedOut { path, .. } => {
                let next = serde_urlencoded::to_string([("next", path)]).unwrap_or_default();
                Redirect::to(&format!("/sign-in?{next}")).into_response()
            }
            Self::NotFound => {
                page(StatusCode::NOT_FOUND, "Not found", "There is no such page, or it is not for your eyes.")
            }
            Self::Forbidden(why) => page(StatusCode::FORBIDDEN, "Not allowed", why),
            Self::Bad(why) => page(StatusCode::BAD_REQUEST, "Not understood", why),
            Self::Failed(error) => {
                tracing::error!(%error, "the desk could not answer");
                let text = "Something that the desk needs does not answer. Try again in a minute.";
                page(StatusCode::SERVICE_UNAVAILABLE, "Not available", text)
            }
        }
    }
}

fn page(status: StatusCode, title: &str, text: &str) -> Response {
    let body = html! { main.narrow { h1 { (title) } p { (text) } p { a href="/" { "To the queue" } } } };
    (status, Html(layout::bare(title, &body).into_string())).into_response()
}

/// The header that sets a cookie, or deletes it.
pub fn set_cookie(desk: &Desk, token: Option<&Token>) -> Option<HeaderValue> {
    let secure = if desk.is_https() { "; Secure" } else { "" };
    let name = desk.cookie_name();
    let value = token.map_or("", Token::expose);
    let age = if token.is_some() { "" } else { "; Max-Age=0" };
    format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{age}").parse().ok()
}
