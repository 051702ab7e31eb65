//! Replies that a municipality keeps ready, by category and language: a manager writes them, and the form of
//! a reply offers those that fit.

use std::sync::Arc;

use axum::Form;
use axum::extract::State;
use axum::response::{Html, IntoResponse, Redirect, Response};
use maud::{Markup, html};
use pipeline::rules::texts::LONGEST_REPLY;
use serde::Deserialize;
use topics::values::vocabulary::{Category, Language};

use super::DeskError;
use super::accounts::{Accounts, Person};
use super::commands::{NOT_A_FORM, OTHER_SITE};
use super::labels::words;
use super::layout;
use super::roles::DeskPage;
use super::server::Desk;
use super::session::{PageError, SignedIn};
use super::ticket_store::positions;

/// The longest title, in characters.
const LONGEST_TITLE: usize = 60;
/// How many replies a municipality can keep.
const MOST: i64 = 500;

/// A reply that is kept ready.
#[derive(sqlx::FromRow)]
pub struct CannedReply {
    pub id: i64,
    /// The category that it fits; missing for all.
    pub category: Option<String>,
    pub language: String,
    pub title: String,
    pub text: String,
}

/// The form that adds or removes a reply.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct ReplyForm {
    token: String,
    id: i64,
    category: String,
    language: String,
    title: String,
    text: String,
}

const fn failed() -> impl FnOnce(sqlx::Error) -> DeskError {
    |error| DeskError::Database { login: "desk_accounts", error }
}

/// The replies of the person's municipality, in order.
async fn all(accounts: &Accounts, person: &Person) -> Result<Vec<CannedReply>, DeskError> {
    let query = "select id, category, language, title, text from desk.canned_replies
                  where municipality = $1 and removed_at is null order by language, category nulls first, title, id";
    sqlx::query_as(query)
        .bind(person.municipality.as_ref().map(|code| code.as_str()))
        .fetch_all(accounts.pool())
        .await
        .map_err(failed())
}

/// The replies that fit a ticket of this category, those in the resident's language first.
pub async fn fitting(
    accounts: &Accounts,
    person: &Person,
    category: &str,
    language: &str,
) -> Result<Vec<CannedReply>, DeskError> {
    let mut replies = all(accounts, person).await?;
    replies.retain(|reply| reply.category.as_deref().is_none_or(|of| of == category));
    replies.sort_by_key(|reply| reply.language != language);
    Ok(replies)
}

pub async fn show(
    State(desk): State<Arc<Desk>>,
    SignedIn { person, .. }: SignedIn,
) -> Result<Response, PageError> {
    person.require(DeskPage::Replies)?;
    let since = positions(desk.accounts.pool()).await?;
    let replies = all(&desk.accounts, &person).await?;
    let body = body(&person, &replies);
    Ok(Html(layout::page("Replies", &person, &since, &body).into_string()).into_response())
}

/// Adds a canned reply to those of the municipality.
pub async fn add(
    State(desk): State<Arc<Desk>>,
    SignedIn { person, .. }: SignedIn,
    Form(form): Form<ReplyForm>,
) -> Result<Response, PageError> {
    checked(&person, &form)?;
    let title = form.title.trim();
    let text = form.text.trim();
    let is_fit = |text: &str, most: usize| (1..=most).contains(&text.chars().count()) && !text.contains('\0');
    if !is_fit(title, LONGEST_TITLE) || !is_fit(text, LONGEST_REPLY) {
        return Err(PageError::Bad("A reply has a title of 1 to 60 characters and a text of 1 to 800."));
    }
    let category: Option<Category> =
        (!form.category.is_empty()).then(|| form.category.parse()).transpose().map_err(|_| NOT_A_FORM)?;
    let language: Language = form.language.parse().map_err(|_| NOT_A_FORM)?;
    let statement =
        "insert into desk.canned_replies (municipality, category, language, title, text, created_by)
                     select $1, $2, $3, $4, $5, $6
                      where (select count(*) from desk.canned_replies
                              where municipality = $1 and removed_at is null) < $7";
    let done = sqlx::query(statement)
        .bind(person.municipality.as_ref().map(|code| code.as_str()))
        .bind(category.map(Category::as_str))
        .bind(language.as_str())
        .bind(title)
        .bind(text)
        .bind(person.login.as_str())
        .bind(MOST)
        .execute(desk.accounts.pool())
        .await
        .map_err(failed())?;
    if done.rows_affected() == 0 {
        return Err(PageError::Bad("There are 500 replies already. Remove one first."));
    }
    Ok(Redirect::to("/replies").into_response())
}

/// Removes a reply. It is kept with who removed it, but not offered any more.
pub async fn remove(
    State(desk): State<Arc<Desk>>,
    SignedIn { person, .. }: SignedIn,
    Form(form): Form<ReplyForm>,
) -> Result<Response, PageError> {
    checked(&person, &form)?;
    sqlx::query(
        "update desk.canned_replies set removed_by = $3, removed_at = now()
          where id = $1 and municipality = $2 and removed_at is null",
    )
    .bind(form.id)
    .bind(person.municipality.as_ref().map(|code| code.as_str()))
    .bind(person.login.as_str())
    .execute(desk.accounts.pool())
    .await
    .map_err(failed())?;
    Ok(Redirect::to("/replies").into_response())
}

fn checked(person: &Person, form: &ReplyForm) -> Result<(), PageError> {
    person.require(DeskPage::Replies)?;
    if person.form.is(&form.token) { Ok(()) } else { Err(PageError::Forbidden(OTHER_SITE)) }
}

/// The category and the language of a reply, as people read them.
pub fn fits(reply: &CannedReply) -> String {
    let category = reply.category.as_deref().map_or_else(|| "All categories".to_owned(), words);
    format!("{category}, {}", reply.language)
}

fn body(person: &Person, replies: &[CannedReply]) -> Markup {
    let answered = Language::ALL.iter().filter(|language| language.answered_in() == **language);
    html! {
        main.replies {
            h1 { "Replies that are kept ready" }
            p.hint { "The form of a reply offers those that fit the ticket, the resident's language first." }
            form.act method="post" action="/replies" {
                input type="hidden" name="token" value=(person.form.as_str());
                div.fields {
                    label { "Title" input name="title" required maxlength=(LONGEST_TITLE); }
                    label { "Language"
                        select name="language" { @for it in answered { option value=(it) { (it) } } } }
                    label { "Category"
                        select name="category" {
                            option value="" { "All categories" }
                            @for it in Category::ALL { option value=(it) { (words(it.as_str())) } }
                        } }
                }
                label { "Text" textarea name="text" rows="3" maxlength=(LONGEST_REPLY) required {} }
                p.counter {}
                button { "Add the reply" }
            }
            @for reply in replies {
                article.card {
                    h2 { (reply.title) " · " (fits(reply)) }
                    p.words dir="auto" lang=(reply.language) { (reply.text) }
                    form method="post" action="/replies/remove" {
                        input type="hidden" name="token" value=(person.form.as_str());
                        input type="hidden" name="id" value=(reply.id);
                        button.quiet { "Remove" }
                    }
                }
            }
            @if replies.is_empty() { p.empty { "No reply is kept ready yet." } }
        }
    }
}
