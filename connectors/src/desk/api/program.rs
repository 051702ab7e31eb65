//! Programs and their tokens: who asks, for which municipality, and what the token allows.

use std::str::FromStr;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use sqlx::PgPool;
use topics::values::text::{ActorName, Code};

use super::Problem;
use crate::desk::DeskError;
use crate::desk::accounts::{Calls, Person};
use crate::desk::databases::View;
use crate::desk::roles::{Content, DeskRole, Numbers};
use crate::desk::secrets::Token;
use crate::desk::server::Desk;

/// What a token allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApiScope {
    /// Lists and facts of tickets.
    Tickets,
    /// Words, notes, exact places and the people who work on tickets.
    Words,
    /// Commands that change tickets.
    Commands,
    /// The teams and the staff of the municipality.
    Staff,
    /// The figures of the board.
    Figures,
}

impl ApiScope {
    const ALL: [Self; 5] = [Self::Tickets, Self::Words, Self::Commands, Self::Staff, Self::Figures];

    /// The name of the scope.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tickets => "tickets",
            Self::Words => "words",
            Self::Commands => "commands",
            Self::Staff => "staff",
            Self::Figures => "figures",
        }
    }
}

impl FromStr for ApiScope {
    type Err = &'static str;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.into_iter().find(|scope| scope.as_str() == name);
        known.ok_or("a scope is tickets, words, commands, staff or figures")
    }
}

/// A program that asks.
pub struct Program {
    /// The program as a person of its municipality: its login stands in events.
    pub person: Person,
    /// The database as the program may see it.
    pub view: View,
    scopes: Vec<ApiScope>,
}

impl Program {
    /// Checks that the token has this scope.
    pub fn require(&self, scope: ApiScope) -> Result<(), Problem> {
        if self.scopes.contains(&scope) {
            return Ok(());
        }
        let why = format!("The token does not have the scope `{}`.", scope.as_str());
        Err(Problem::new(StatusCode::FORBIDDEN, why))
    }

    /// Whether the token may read words.
    pub fn content(&self) -> Content {
        self.view.content
    }
}

impl FromRequestParts<Arc<Desk>> for Program {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, desk: &Arc<Desk>) -> Result<Self, Problem> {
        let unknown = || {
            let why = "Send a token that is valid, as `Authorization: Bearer TOKEN`. `trust-engine staff token` makes one.";
            Problem::new(StatusCode::UNAUTHORIZED, why)
        };
        let given = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = given.and_then(|text| Token::read(text.strip_prefix("Bearer ")?)).ok_or_else(unknown)?;
        let query = "select a.login, a.municipality, t.scopes from desk.tokens t join desk.accounts a using (login)
                      where t.token_hash = $1 and t.revoked_at is null and t.expires_at > now() and a.is_active
                        and a.kind = 'program'";
        let found: Option<(String, String, Vec<String>)> = sqlx::query_as(query)
            .bind(token.hash())
            .fetch_optional(desk.accounts.pool())
            .await
            .map_err(DeskError::of("desk_accounts"))?;
        let (login, municipality, scopes) = found.ok_or_else(unknown)?;
        let scopes: Vec<ApiScope> = scopes.iter().filter_map(|scope| scope.parse().ok()).collect();
        let person = Person {
            name: login.clone(),
            login: login.parse().map_err(|_| unknown())?,
            // It sees its municipality and changes nothing by itself; commands have a scope of their own.
            role: DeskRole::Auditor,
            municipality: Some(municipality.parse().map_err(|_| unknown())?),
            team: None,
            form: token.of_forms(),
            calls: Calls::NotTaken,
        };
        let content = if scopes.contains(&ApiScope::Words) { Content::Whole } else { Content::Facts };
        let view = View { content, numbers: Numbers::Hidden, ..desk.databases.of(&person)? };
        Ok(Self { person, view, scopes })
    }
}

/// Makes a token for a program of a municipality, as the owner of the tables. The program is added if it is
/// new.
///
/// # Errors
/// The login belongs to a person, or to a program of another municipality.
pub async fn issue(
    owner: &PgPool,
    login: &ActorName,
    municipality: &Code,
    scopes: &[ApiScope],
    days: u16,
) -> Result<Token, DeskError> {
    let failed = || DeskError::of("trust_engine");
    let is_staff: bool = sqlx::query_scalar("select exists (select from staff where login = $1)")
        .bind(login.as_str())
        .fetch_one(owner)
        .await
        .map_err(failed())?;
    let mut transaction = owner.begin().await.map_err(failed())?;
    let stored: (String, Option<String>) = sqlx::query_as(
        "insert into desk.accounts (login, kind, municipality) values ($1, 'program', $2)
         on conflict (login) do update set is_active = true returning kind, municipality",
    )
    .bind(login.as_str())
    .bind(municipality.as_str())
    .fetch_one(&mut *transaction)
    .await
    .map_err(failed())?;
    if is_staff || stored != ("program".to_owned(), Some(municipality.to_string())) {
        return Err(DeskError::NotInvited(format!(
            "{login} is the login of a person, or of a program of another municipality; choose another one"
        )));
    }
    let token = Token::random()?;
    let scopes: Vec<&str> = scopes.iter().map(|scope| scope.as_str()).collect();
    sqlx::query(
        "insert into desk.tokens (token_hash, login, scopes, expires_at)
         values ($1, $2, $3, now() + $4 * interval '1 day')",
    )
    .bind(token.hash())
    .bind(login.as_str())
    .bind(scopes)
    .bind(i32::from(days))
    .execute(&mut *transaction)
    .await
    .map_err(failed())?;
    transaction.commit().await.map_err(failed())?;
    Ok(token)
}

/// Revokes all tokens of a login, as the owner of the tables. Returns how many were valid.
///
/// # Errors
/// The database cannot be asked.
pub async fn revoke_tokens(owner: &PgPool, login: &ActorName) -> Result<u64, DeskError> {
    let statement = "update desk.tokens set revoked_at = now()
                      where login = $1 and revoked_at is null and expires_at > now()";
    let done = sqlx::query(statement)
        .bind(login.as_str())
        .execute(owner)
        .await
        .map_err(DeskError::of("trust_engine"))?;
    Ok(done.rows_affected())
}
