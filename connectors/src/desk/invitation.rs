//! The page of an invitation: the person sets a password, once.

use std::sync::Arc;

use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;

use super::layout;
use super::secrets::{self, LONGEST_PASSWORD, SHORTEST_PASSWORD, Token};
use super::server::Desk;
use super::session::PageError;

/// The form. The password is given twice, since it is not shown.
#[derive(Deserialize)]
pub struct NewPassword {
    password: String,
    again: String,
}

impl NewPassword {
    fn problem(&self) -> Option<String> {
        if self.password != self.again {
            return Some("The two passwords differ.".to_owned());
        }
        if self.password.chars().count() < SHORTEST_PASSWORD {
            return Some(format!("A password has at least {SHORTEST_PASSWORD} characters."));
        }
        (self.password.len() > LONGEST_PASSWORD)
            .then(|| format!("A password has at most {LONGEST_PASSWORD} bytes."))
    }
}

pub async fn show(State(desk): State<Arc<Desk>>, Path(secret): Path<String>) -> Result<Response, PageError> {
    let token = Token::read(&secret);
    let invited = match &token {
        Some(token) => desk.accounts.invited(token).await?,
        None => None,
    };
    Ok(match invited {
        Some(login) => Html(form(&login, None).into_string()).into_response(),
        None => used_up(),
    })
}

pub async fn accept(
    State(desk): State<Arc<Desk>>,
    Path(secret): Path<String>,
    Form(given): Form<NewPassword>,
) -> Result<Response, PageError> {
    let Some(token) = Token::read(&secret) else { return Ok(used_up()) };
    let Some(login) = desk.accounts.invited(&token).await? else { return Ok(used_up()) };
    if let Some(problem) = given.problem() {
        let page = Html(form(&login, Some(&problem)).into_string());
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    let hash = secrets::hash(given.password).await?;
    Ok(match desk.accounts.accept(&token, &hash).await? {
        Some(_) => Redirect::to("/sign-in").into_response(),
        None => used_up(),
    })
}

fn form(login: &str, problem: Option<&str>) -> Markup {
    let body = html! {
        main.narrow {
            h1 { "Welcome to the desk" }
            p { "Choose a password for the login " strong { (login) } "." }
            @if let Some(problem) = problem { (layout::notice("refused", problem)) }
            form.stacked method="post" {
                input type="hidden" name="username" value=(login) autocomplete="username";
                label { "Password" input name="password" type="password" autocomplete="new-password"
                    minlength=(SHORTEST_PASSWORD) required autofocus; }
                label { "The same again" input name="again" type="password" autocomplete="new-password" required; }
                button { "Set the password" }
            }
        }
    };
    layout::bare("Welcome", &body)
}

fn used_up() -> Response {
    let body = html! {
        main.narrow {
            h1 { "This invitation cannot be used" }
            p { "It was used already, has been replaced by a newer one, or is too old. Ask for a new one." }
            p { a href="/sign-in" { "To the sign-in page" } }
        }
    };
    (StatusCode::GONE, Html(layout::bare("Invitation", &body).into_string())).into_response()
}
