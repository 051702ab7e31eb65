//! Accounts, invitations, sessions and the audit of looks, in the schema `desk`.

use sqlx::PgPool;
use topics::values::text::{ActorName, Code};

use super::DeskError;
use super::roles::{DeskPage, DeskRole};
use super::secrets::{FormToken, Token};
use super::session::PageError;

/// After this time without a request of the person a browser is signed out.
const IDLE: &str = "12 hours";
/// How long an invitation can be used.
const INVITATION: &str = "3 days";

/// A person who is signed in.
#[derive(Clone)]
pub struct Person {
    /// The login, as it stands in tickets and events.
    pub login: ActorName,
    /// The name for people.
    pub name: String,
    /// What the person may see and do.
    pub role: DeskRole,
    /// The municipality; missing for `national`.
    pub municipality: Option<Code>,
    /// The team of an agent or a lead.
    pub team: Option<Code>,
    /// The secret that forms of this session carry.
    pub form: FormToken,
    /// Whether this desk takes reports of callers.
    pub calls: Calls,
}

/// Whether a desk takes reports of callers, which needs a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Calls {
    /// The desk takes reports of callers.
    Taken,
    /// The desk takes no reports of callers.
    NotTaken,
}

impl Person {
    /// Whether the person has this page.
    pub fn has(&self, page: DeskPage) -> bool {
        self.role.has(page) && (page != DeskPage::Calls || self.calls == Calls::Taken)
    }

    /// Checks that the person's role has this page.
    ///
    /// # Errors
    /// It has not.
    pub fn require(&self, page: DeskPage) -> Result<(), PageError> {
        if self.has(page) { Ok(()) } else { Err(PageError::Forbidden("Your role does not have this page.")) }
    }
}

/// The accounts, as the desk's own login sees them.
#[derive(Clone)]
pub struct Accounts {
    pool: PgPool,
    calls: Calls,
}

const fn failed() -> impl FnOnce(sqlx::Error) -> DeskError {
    |error| DeskError::Database { login: "desk_accounts", error }
}

/// Login, name, role, municipality and team.
type PersonRow = (String, String, String, Option<String>, Option<String>);

impl Accounts {
    pub fn new(pool: PgPool, calls: Calls) -> Self {
        Self { pool, calls }
    }

    /// The pool, for what else this login reads.
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// The hash of the password of an active account.
    pub async fn password(&self, login: &str) -> Result<Option<String>, DeskError> {
        let query = "select password_hash from desk.accounts where login = $1 and is_active";
        let found: Option<Option<String>> =
            sqlx::query_scalar(query).bind(login).fetch_optional(&self.pool).await.map_err(failed())?;
        Ok(found.flatten())
    }

    /// Signs a browser in. Returns the secret of its cookie.
    pub async fn begin_session(&self, login: &str) -> Result<Token, DeskError> {
        let token = Token::random()?;
        sqlx::query("insert into desk.sessions (token_hash, login) values ($1, $2)")
            .bind(token.hash())
            .bind(login)
            .execute(&self.pool)
            .await
            .map_err(failed())?;
        Ok(token)
    }

    /// Signs a browser out.
    pub async fn end_session(&self, token: &Token) -> Result<(), DeskError> {
        sqlx::query(
            "update desk.sessions set revoked_at = now() where token_hash = $1 and revoked_at is null",
        )
        .bind(token.hash())
        .execute(&self.pool)
        .await
        .map_err(failed())?;
        Ok(())
    }

    /// The person behind a cookie, with the rights of this moment.
    pub async fn person(&self, token: &Token) -> Result<Option<Person>, DeskError> {
        let query = format!(
            "select a.login, coalesce(s.name, a.login),
                    case when a.kind <> 'staff' then a.kind
                         when s.role = 'manager' then 'manager'
                         when exists (select from teams t where t.lead = a.login and t.is_active) then 'lead'
                         else 'agent' end,
                    coalesce(a.municipality, s.municipality), s.team
               from desk.sessions b
               join desk.accounts a on a.login = b.login and a.is_active
               left join staff s on s.login = a.login and a.kind = 'staff' and s.is_active
              where b.token_hash = $1 and b.revoked_at is null
                and b.last_seen_at > now() - interval '{IDLE}'
                and (a.kind <> 'staff' or s.login is not null)"
        );
        let row: Option<PersonRow> = sqlx::query_as(sqlx::AssertSqlSafe(query))
            .bind(token.hash())
            .fetch_optional(&self.pool)
            .await
            .map_err(failed())?;
        Ok(row.and_then(|row| person(row, token.of_forms(), self.calls)))
    }

    /// A person used the session. Its time is written at most once a minute.
    pub async fn touch(&self, token: &Token) -> Result<(), DeskError> {
        let update = "update desk.sessions set last_seen_at = now()
                       where token_hash = $1 and last_seen_at < now() - interval '1 minute'";
        sqlx::query(update).bind(token.hash()).execute(&self.pool).await.map_err(failed())?;
        Ok(())
    }

    /// The login of an invitation that can still be used.
    pub async fn invited(&self, token: &Token) -> Result<Option<String>, DeskError> {
        let query = "select i.login from desk.invitations i join desk.accounts a using (login)
                      where i.token_hash = $1 and i.used_at is null and i.expires_at > now() and a.is_active";
        sqlx::query_scalar(query).bind(token.hash()).fetch_optional(&self.pool).await.map_err(failed())
    }

    /// Uses an invitation: sets the password and signs all browsers of the account out. Returns the login;
    /// `None` if the invitation cannot be used (any more).
    pub async fn accept(&self, token: &Token, password_hash: &str) -> Result<Option<String>, DeskError> {
        let mut transaction = self.pool.begin().await.map_err(failed())?;
        let used: Option<String> = sqlx::query_scalar(
            "update desk.invitations set used_at = now()
              where token_hash = $1 and used_at is null and expires_at > now() returning login",
        )
        .bind(token.hash())
        .fetch_optional(&mut *transaction)
        .await
        .map_err(failed())?;
        let Some(login) = used else { return Ok(None) };
        sqlx::query("update desk.accounts set password_hash = $2 where login = $1")
            .bind(&login)
            .bind(password_hash)
            .execute(&mut *transaction)
            .await
            .map_err(failed())?;
        sqlx::query("update desk.sessions set revoked_at = now() where login = $1 and revoked_at is null")
            .bind(&login)
            .execute(&mut *transaction)
            .await
            .map_err(failed())?;
        transaction.commit().await.map_err(failed())?;
        Ok(Some(login))
    }

    /// Notes that a person is shown the words of a ticket. Without the note they are not shown.
    pub async fn note_look(&self, person: &Person, ticket: &str) -> Result<(), DeskError> {
        sqlx::query("insert into desk.looks (login, ticket) values ($1, $2)")
            .bind(person.login.as_str())
            .bind(ticket)
            .execute(&self.pool)
            .await
            .map_err(failed())?;
        Ok(())
    }

    /// Notes that a person enters a report for a caller; not which one.
    pub async fn note_call(&self, person: &Person) -> Result<(), DeskError> {
        sqlx::query("insert into desk.calls (login) values ($1)")
            .bind(person.login.as_str())
            .execute(&self.pool)
            .await
            .map_err(failed())?;
        Ok(())
    }

    /// Notes that a person searches in words or by number; not for what. Without the note nothing is found.
    pub async fn note_search(&self, person: &Person, kind: &str) -> Result<(), DeskError> {
        sqlx::query("insert into desk.searches (login, kind) values ($1, $2)")
            .bind(person.login.as_str())
            .bind(kind)
            .execute(&self.pool)
            .await
            .map_err(failed())?;
        Ok(())
    }
}

/// The person of a row; `None` if a name in it is malformed, which the tables' checks exclude.
fn person(
    (login, name, role, municipality, team): PersonRow,
    form: FormToken,
    calls: Calls,
) -> Option<Person> {
    let code = |text: Option<String>| text.map(|text| text.parse()).transpose();
    Some(Person {
        login: login.parse().ok()?,
        name,
        role: DeskRole::read(&role)?,
        municipality: code(municipality).ok()?,
        team: code(team).ok()?,
        form,
        calls,
    })
}

/// Who is invited to the desk.
#[derive(Clone, Debug)]
pub enum Invitee {
    /// A person of the table `staff`, by login.
    Staff(ActorName),
    /// An auditor of a municipality.
    Auditor(ActorName, Code),
    /// A person who reads the lists of all municipalities.
    National(ActorName),
}

impl Invitee {
    const fn parts(&self) -> (&ActorName, &'static str, Option<&Code>) {
        match self {
            Self::Staff(login) => (login, "staff", None),
            Self::Auditor(login, municipality) => (login, "auditor", Some(municipality)),
            Self::National(login) => (login, "national", None),
        }
    }
}

/// Invites a person, as the owner of the tables. Returns the secret of a link with which the person sets a
/// password, once; earlier invitations of the person can no longer be used.
///
/// # Errors
/// The person is not an active member of a municipality's staff, or has an account of another kind.
pub async fn invite(owner: &PgPool, invitee: &Invitee) -> Result<Token, DeskError> {
    let (login, kind, municipality) = invitee.parts();
    let is_staff: bool = sqlx::query_scalar(
        "select exists (select from staff where login = $1 and is_active and municipality is not null)",
    )
    .bind(login.as_str())
    .fetch_one(owner)
    .await
    .map_err(DeskError::of("trust_engine"))?;
    match (kind, is_staff) {
        ("staff", false) => {
            return Err(DeskError::NotInvited(format!(
                "no active member of a municipality's staff has the login {login}; import the person first \
                 (trust-engine import staff)"
            )));
        }
        ("auditor" | "national", true) => {
            return Err(DeskError::NotInvited(format!(
                "{login} is a member of staff; an auditor or a national reader needs another login"
            )));
        }
        _ => {}
    }
    let token = Token::random()?;
    let mut transaction = owner.begin().await.map_err(DeskError::of("trust_engine"))?;
    let stored: (String, Option<String>) = sqlx::query_as(
        "insert into desk.accounts (login, kind, municipality) values ($1, $2, $3)
         on conflict (login) do update set is_active = true returning kind, municipality",
    )
    .bind(login.as_str())
    .bind(kind)
    .bind(municipality.map(Code::as_str))
    .fetch_one(&mut *transaction)
    .await
    .map_err(DeskError::of("trust_engine"))?;
    if (stored.0.as_str(), stored.1.as_deref()) != (kind, municipality.map(Code::as_str)) {
        let (kind, of) = (stored.0, stored.1.map_or_else(String::new, |code| format!(" of {code}")));
        return Err(DeskError::NotInvited(format!("{login} has an account as {kind}{of} already")));
    }
    let insert = format!(
        "with replaced as (update desk.invitations set used_at = now() where login = $2 and used_at is null)
         insert into desk.invitations (token_hash, login, expires_at)
         values ($1, $2, now() + interval '{INVITATION}')"
    );
    sqlx::query(sqlx::AssertSqlSafe(insert))
        .bind(token.hash())
        .bind(login.as_str())
        .execute(&mut *transaction)
        .await
        .map_err(DeskError::of("trust_engine"))?;
    transaction.commit().await.map_err(DeskError::of("trust_engine"))?;
    Ok(token)
}

/// Closes an account and signs all of its browsers out, as the owner of the tables. Returns whether there is
/// such an account.
///
/// # Errors
/// The database cannot be asked.
pub async fn revoke(owner: &PgPool, login: &ActorName) -> Result<bool, DeskError> {
    let statement = "with signed_out as (update desk.sessions set revoked_at = now()
                                           where login = $1 and revoked_at is null),
                          replaced as (update desk.invitations set used_at = now()
                                        where login = $1 and used_at is null)
                     update desk.accounts set is_active = false where login = $1";
    let done = sqlx::query(statement)
        .bind(login.as_str())
        .execute(owner)
        .await
        .map_err(DeskError::of("trust_engine"))?;
    Ok(done.rows_affected() > 0)
}
