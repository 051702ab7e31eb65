//! Saved views: filters of the queue that a person keeps under a name.

use std::sync::Arc;

use axum::Form;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;

use super::DeskError;
use super::accounts::{Accounts, Person};
use super::commands::OTHER_SITE;
use super::queue_filter::QueueFilter;
use super::server::Desk;
use super::session::{PageError, SignedIn};

/// How many views a person can keep.
const MOST: i64 = 30;
/// The longest name of a view, in characters.
const LONGEST_NAME: usize = 40;

/// A view of a person.
pub struct SavedView {
    pub name: String,
    /// The filters as they stand in the address of the page.
    pub query: String,
}

/// The form that saves a view.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct SaveForm {
    token: String,
    name: String,
    query: String,
}

const fn failed() -> impl FnOnce(sqlx::Error) -> DeskError {
    |error| DeskError::Database { login: "desk_accounts", error }
}

/// The views of a person, by name.
pub async fn of(accounts: &Accounts, person: &Person) -> Result<Vec<SavedView>, DeskError> {
    let query = "select name, query from desk.views where login = $1 order by name";
    let rows: Vec<(String, String)> = sqlx::query_as(query)
        .bind(person.login.as_str())
        .fetch_all(accounts.pool())
        .await
        .map_err(failed())?;
    Ok(rows.into_iter().map(|(name, query)| SavedView { name, query }).collect())
}

/// Saves the filters of a page, in place of an older view of the same name.
pub async fn save(
    State(desk): State<Arc<Desk>>,
    SignedIn { person, .. }: SignedIn,
    Form(form): Form<SaveForm>,
) -> Result<Response, PageError> {
    let name = checked(&person, &form)?;
    // Read and written again, so that nothing but filters is kept.
    let filter: QueueFilter = serde_urlencoded::from_str(&form.query).unwrap_or_default();
    let query = filter.address();
    let statement = "insert into desk.views (login, name, query)
                     select $1, $2, $3
                      where (select count(*) from desk.views where login = $1 and name <> $2) < $4
                         on conflict (login, name) do update set query = excluded.query";
    let done = sqlx::query(statement)
        .bind(person.login.as_str())
        .bind(name)
        .bind(&query)
        .bind(MOST)
        .execute(desk.accounts.pool())
        .await
        .map_err(failed())?;
    if done.rows_affected() == 0 {
        return Err(PageError::Bad("You have 30 views already. Remove one first."));
    }
    Ok(Redirect::to(&format!("/?{query}")).into_response())
}

/// Removes a saved view of the person who is signed in.
pub async fn remove(
    State(desk): State<Arc<Desk>>,
    SignedIn { person, .. }: SignedIn,
    Form(form): Form<SaveForm>,
) -> Result<Response, PageError> {
    let name = checked(&person, &form)?;
    sqlx::query("delete from desk.views where login = $1 and name = $2")
        .bind(person.login.as_str())
        .bind(name)
        .execute(desk.accounts.pool())
        .await
        .map_err(failed())?;
    Ok(Redirect::to("/").into_response())
}

fn checked<'a>(person: &Person, form: &'a SaveForm) -> Result<&'a str, PageError> {
    if !person.form.is(&form.token) {
        return Err(PageError::Forbidden(OTHER_SITE));
    }
    let name = form.name.trim();
    let is_name = (1..=LONGEST_NAME).contains(&name.chars().count()) && !name.contains('\0');
    if is_name { Ok(name) } else { Err(PageError::Bad("The name of a view has 1 to 40 characters.")) }
}

/// The views of a person as links, and the form that saves the filters of this page.
pub fn bar(person: &Person, views: &[SavedView], filter: &QueueFilter) -> Markup {
    let now = filter.address();
    html! {
        nav.views aria-label="Saved views" {
            a href="/" aria-current=[now.is_empty().then_some("page")] { "All open" }
            @for view in views {
                @let is_shown = view.query == now;
                span.view {
                    a href={ "/?" (view.query) } aria-current=[is_shown.then_some("page")] { (view.name) }
                    @if is_shown { (remove_form(person, &view.name)) }
                }
            }
            @if !now.is_empty() && views.iter().all(|view| view.query != now) {
                details.save {
                    summary { "Save this view" }
                    form method="post" action="/views" {
                        input type="hidden" name="token" value=(person.form.as_str());
                        input type="hidden" name="query" value=(now);
                        input name="name" required maxlength=(LONGEST_NAME) placeholder="Name"
                            aria-label="Name of the view";
                        button.second { "Save" }
                    }
                }
            }
        }
    }
}

fn remove_form(person: &Person, name: &str) -> Markup {
    html! {
        form method="post" action="/views/remove" {
            input type="hidden" name="token" value=(person.form.as_str());
            input type="hidden" name="name" value=(name);
            button.quiet aria-label={ "Remove the view " (name) } title="Remove this view" { "×" }
        }
    }
}
