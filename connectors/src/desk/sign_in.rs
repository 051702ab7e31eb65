//! Signing in and out.

use std::sync::Arc;

use axum::Form;
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;

use super::attempts;
use super::layout;
use super::secrets::{self, LONGEST_PASSWORD};
use super::server::Desk;
use super::session::{Caller, PageError, SignedIn, set_cookie};

/// What the page says in each case in which a login and a password do not fit, so that it does not tell which
/// logins there are.
const REFUSED: &str = "This login and password do not fit together.";
const TOO_MANY: &str =
    "There were too many attempts. Wait a quarter of an hour, or ask for a new invitation.";

/// The page to show after signing in.
#[derive(Deserialize)]
#[serde(default)]
pub struct Next {
    next: String,
}

impl Default for Next {
    fn default() -> Self {
        Self { next: "/".to_owned() }
    }
}

impl Next {
    /// An address of this desk alone: another site must not use the sign-in page as its door.
    fn local(&self) -> &str {
        let is_local =
            self.next.starts_with('/') && !self.next.starts_with("//") && !self.next.contains('\\');
        if is_local { &self.next } else { "/" }
    }
}

/// The form of the sign-in page.
#[derive(Deserialize)]
pub struct Credentials {
    login: String,
    password: String,
    #[serde(flatten)]
    next: Next,
}

pub async fn show(Query(next): Query<Next>) -> Response {
    Html(form(next.local(), "", None).into_string()).into_response()
}

pub async fn sign_in(
    State(desk): State<Arc<Desk>>,
    Caller(address): Caller,
    Form(Credentials { login, password, next }): Form<Credentials>,
) -> Result<Response, PageError> {
    let login = login.trim().to_owned();
    let refuse = |status: StatusCode, why: &str| {
        (status, Html(form(next.local(), &login, Some(why)).into_string())).into_response()
    };
    let Some(attempt) = attempts::reserve(&desk.accounts, &login, address).await? else {
        return Ok(refuse(StatusCode::TOO_MANY_REQUESTS, TOO_MANY));
    };
    let stored = desk.accounts.password(&login).await?;
    let is_short_enough = password.len() <= LONGEST_PASSWORD;
    let password = if is_short_enough { password } else { String::new() };
    let fits = secrets::verify(password, stored).await?;
    if !fits {
        return Ok(refuse(StatusCode::UNPROCESSABLE_ENTITY, REFUSED));
    }
    attempts::succeeded(&desk.accounts, &login, address, attempt).await?;
    let token = desk.accounts.begin_session(&login).await?;
    let mut response = Redirect::to(next.local()).into_response();
    if let Some(cookie) = set_cookie(&desk, Some(&token)) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// The form of signing out.
#[derive(Deserialize)]
pub struct SignOut {
    token: String,
}

pub async fn sign_out(
    State(desk): State<Arc<Desk>>,
    SignedIn { person, token }: SignedIn,
    Form(form): Form<SignOut>,
) -> Result<Response, PageError> {
    if !person.form.is(&form.token) {
        return Err(PageError::Forbidden(super::commands::OTHER_SITE));
    }
    desk.accounts.end_session(&token).await?;
    let mut response = Redirect::to("/sign-in").into_response();
    if let Some(cookie) = set_cookie(&desk, None) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

fn form(next: &str, login: &str, refused: Option<&str>) -> Markup {
    let body = html! {
        main.narrow {
            h1 { "Desk" }
            @if let Some(why) = refused { (layout::notice("refused", why)) }
            form.stacked method="post" action="/sign-in" {
                input type="hidden" name="next" value=(next);
                label { "Login" input name="login" value=(login) autocomplete="username" required
                    autocapitalize="none" spellcheck="false" autofocus; }
                label { "Password" input name="password" type="password" autocomplete="current-password" required; }
                button { "Sign in" }
            }
            p.hint { "A first password is set with the link of an invitation." }
        }
    };
    layout::bare("Sign in", &body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_one_of_this_desk() {
        let of = |next: &str| Next { next: next.to_owned() }.local().to_owned();
        assert_eq!(of("/tickets/A?x=1"), "/tickets/A?x=1");
        for other in ["//example.org", "https://example.org", "/\\example.org", "", "javascript:alert(1)"] {
            assert_eq!(of(other), "/", "{other}");
        }
    }
}
