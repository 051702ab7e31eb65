//! A database for one test, for each role.

use anyhow::{Context, Result};
use serde_json::Value;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};

/// A database and its address.
#[derive(Clone, Debug)]
pub struct Databases {
    /// The address for a superuser, with any database.
    superuser: String,
    name: String,
}

impl Databases {
    /// Makes the database, owned by `trust_engine`, on the server that `superuser` names.
    ///
    /// # Errors
    /// The server refuses it.
    pub async fn create(superuser: &str, name: &str) -> Result<Self> {
        let databases = Self { superuser: superuser.to_owned(), name: name.to_owned() };
        let mut server = databases.server().await?;
        execute(&mut server, &format!("create database {name} owner trust_engine")).await?;
        Ok(databases)
    }

    /// A database that exists.
    pub fn existing(superuser: &str, name: &str) -> Self {
        Self { superuser: superuser.to_owned(), name: name.to_owned() }
    }

    /// The name of the database.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its address as `role`. In tests all roles have the superuser's password.
    pub fn url(&self, role: &str) -> String {
        let (_, rest) = self.superuser.split_once("://").unwrap_or(("", &self.superuser));
        let (login, address) = rest.rsplit_once('@').unwrap_or(("", rest));
        let password = login.split_once(':').map_or("", |(_, password)| password);
        let server = address.split_once('/').map_or(address, |(server, _)| server);
        format!("postgres://{role}:{password}@{server}/{}", self.name)
    }

    /// The rows that `query` shows to `role`, each an object.
    ///
    /// # Errors
    /// The server refuses it: the error is the server's.
    pub async fn rows(&self, role: &str, query: &str) -> Result<Vec<Value>> {
        rows(&self.url(role), query).await
    }

    /// The rows that `query` shows to the owner of the municipal tables.
    ///
    /// # Errors
    /// The server refuses it.
    pub async fn owner(&self, query: &str) -> Result<Vec<Value>> {
        self.rows("trust_engine", query).await
    }

    /// The one number that `query` shows to `role`.
    ///
    /// # Errors
    /// The server refuses it, or it is no number.
    pub async fn number(&self, role: &str, query: &str) -> Result<i64> {
        let rows = self.rows(role, query).await?;
        let value = rows.first().and_then(Value::as_object).and_then(|row| row.values().next());
        value.and_then(Value::as_i64).with_context(|| format!("{query}: not one number"))
    }

    /// Runs a statement as `role`.
    ///
    /// # Errors
    /// The server refuses it.
    pub async fn execute(&self, role: &str, statement: &str) -> Result<()> {
        let mut connection = connect(&self.url(role)).await?;
        execute(&mut connection, statement).await?;
        Ok(connection.close().await?)
    }

    /// Drops the database and ends all connections to it.
    ///
    /// # Errors
    /// The server refuses it.
    pub async fn drop_database(&self) -> Result<()> {
        let mut server = self.server().await?;
        execute(&mut server, &format!("drop database if exists {} with (force)", self.name)).await
    }

    async fn server(&self) -> Result<PgConnection> {
        connect(&self.superuser).await
    }
}

/// The rows that `query` returns to the role that `url` logs in, each as a JSON object.
///
/// # Errors
/// The server refuses it: the error is the server's.
pub async fn rows(url: &str, query: &str) -> Result<Vec<Value>> {
    let mut connection = connect(url).await?;
    let objects = AssertSqlSafe(format!("select to_jsonb(row)::text from ({query}) row"));
    let texts: Vec<String> =
        sqlx::query_scalar(objects).fetch_all(&mut connection).await.with_context(|| query.to_owned())?;
    connection.close().await?;
    texts.iter().map(|text| Ok(serde_json::from_str(text)?)).collect()
}

async fn connect(url: &str) -> Result<PgConnection> {
    let options: PgConnectOptions = url.parse().context("the address of the database")?;
    options.disable_statement_logging().connect().await.context("the database does not answer")
}

async fn execute(connection: &mut PgConnection, statement: &str) -> Result<()> {
    sqlx::raw_sql(AssertSqlSafe(statement.to_owned()))
        .execute(connection)
        .await
        .with_context(|| statement.to_owned())?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_takes_the_superusers_place_in_the_address() {
        let databases = Databases::existing("postgres://postgres:a%40b@127.0.0.1:5432/postgres", "t_one");
        assert_eq!(databases.url("sink"), "postgres://sink:a%40b@127.0.0.1:5432/t_one");
    }
}
