//! The database as the login of a person's municipality: row-level security decides what it shows.

use std::collections::BTreeMap;

use sqlx::PgPool;

use super::DeskError;
use super::accounts::Person;
use super::roles::{Content, Numbers, Scope};

/// The name under which the login for all municipalities is configured.
const NATIONAL: &str = "national";

/// A pool for each municipality.
pub struct Databases(BTreeMap<String, PgPool>);

/// The database as one person may see it.
#[derive(Clone)]
pub struct View {
    /// The pool of the login.
    pub pool: PgPool,
    /// The municipality whose tickets are asked for, which the index needs; row-level security decides.
    pub municipality: Option<String>,
    /// The team to which the person's view is narrowed; a person without a team sees no ticket of one.
    pub team: Option<String>,
    /// Whether the login may read words, places and staff.
    pub content: Content,
    /// Whether the person finds tickets by the end of the resident's number.
    pub numbers: Numbers,
}

impl Databases {
    pub fn new(pools: BTreeMap<String, PgPool>) -> Self {
        Self(pools)
    }

    /// The database as this person may see it.
    ///
    /// # Errors
    /// No login for the person's municipality is configured.
    pub fn of(&self, person: &Person) -> Result<View, DeskError> {
        let municipality = person.municipality.as_ref().map(|code| code.as_str().to_owned());
        let name = municipality.as_deref().unwrap_or(NATIONAL);
        let pool = self.0.get(name).ok_or_else(|| DeskError::NoLogin(name.to_owned()))?.clone();
        let rights = person.role.rights();
        let own_team = || person.team.as_ref().map_or("", |code| code.as_str()).to_owned();
        let team = (rights.scope == Scope::Team).then(own_team);
        Ok(View { pool, municipality, team, content: rights.content, numbers: rights.numbers })
    }
}
