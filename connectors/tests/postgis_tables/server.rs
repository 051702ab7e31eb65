//! A database for one test.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use connectors::append::{Append, AppendError};
use connectors::postgis::{Sink, connect, migrate};
use sqlx::postgres::PgPool;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use topics::codec::record::Outgoing;
use topics::codec::sealing::KeyRing;

use crate::fixtures::ring;

/// A database of its own, dropped at the end of the test.
pub struct Database {
    superuser: String,
    name: String,
}

impl Database {
    /// Makes one, without tables; none where there is no server to test against.
    pub async fn empty() -> Option<Self> {
        let Ok(superuser) = std::env::var("TEST_DATABASE_URL") else {
            eprintln!("NOT TESTED: TEST_DATABASE_URL names no PostgreSQL");
            return None;
        };
        let name = format!("test_{}", uuid::Uuid::new_v4().simple());
        let mut connection = PgConnection::connect(&superuser)
            .await
            .expect("TEST_DATABASE_URL names a PostgreSQL that answers");
        let create = format!("create database {name} owner trust_engine");
        sqlx::query(AssertSqlSafe(create)).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        Some(Self { superuser, name })
    }

    /// Makes one with tables.
    pub async fn migrated() -> Option<Self> {
        let database = Self::empty().await?;
        migrate(&database.url("trust_engine")).await.unwrap();
        Some(database)
    }

    /// Its address for `login`: compose gives all logins the superuser's password.
    pub fn url(&self, login: &str) -> String {
        self.url_in(login, &self.name)
    }

    /// The same in another database of the server.
    pub fn url_in(&self, login: &str, database: &str) -> String {
        let (_, rest) = self.superuser.split_once("://").unwrap();
        let (user, place) = rest.rsplit_once('@').unwrap();
        let password = user.split_once(':').unwrap().1;
        let host = place.split('/').next().unwrap();
        format!("postgres://{login}:{password}@{host}/{database}")
    }

    /// The name of the database.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Host and port of the server.
    pub fn host(&self) -> String {
        self.superuser.rsplit_once('@').unwrap().1.split('/').next().unwrap().to_owned()
    }

    /// A pool for `login`.
    pub fn pool(&self, login: &str) -> PgPool {
        connect(&self.url(login), 2).unwrap()
    }

    /// A pool that sees everything.
    pub fn everything(&self) -> PgPool {
        self.pool("postgres")
    }

    /// The single number that `query` returns.
    pub async fn count(&self, query: &str) -> i64 {
        let pool = self.everything();
        let count = sqlx::query_scalar(AssertSqlSafe(query.to_owned())).fetch_one(&pool).await.unwrap();
        pool.close().await;
        count
    }

    /// The municipal sink, and where its dead letters go.
    pub fn sink(&self) -> (Sink, Arc<Letters>) {
        self.sink_with(ring(), &self.url("sink"))
    }

    /// The same with other keys or by another address.
    pub fn sink_with(&self, ring: Arc<KeyRing>, url: &str) -> (Sink, Arc<Letters>) {
        let letters = Arc::new(Letters::default());
        (Sink::municipal(connect(url, 4).unwrap(), ring, letters.clone(), "cluster-1"), letters)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let superuser = self.superuser.clone();
        let name = self.name.clone();
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                let mut connection =
                    PgConnection::connect(&superuser).await.map_err(std::io::Error::other)?;
                let drop = format!("drop database if exists {name} with (force)");
                sqlx::query(AssertSqlSafe(drop))
                    .execute(&mut connection)
                    .await
                    .map(drop_result)
                    .map_err(std::io::Error::other)
            })
        });
        if !matches!(dropped.join(), Ok(Ok(()))) {
            eprintln!("the database {} could not be dropped", self.name);
        }
    }
}

fn drop_result<T>(_: T) {}

/// Dead letters on their way to the log.
#[derive(Default)]
pub struct Letters(Mutex<Vec<Outgoing>>);

impl Letters {
    /// What was appended so far.
    pub fn all(&self) -> Vec<Outgoing> {
        self.0.lock().unwrap().clone()
    }
}

impl Append for Letters {
    fn append(&self, record: Outgoing) -> Pin<Box<dyn Future<Output = Result<(), AppendError>> + Send + '_>> {
        self.0.lock().unwrap().push(record);
        Box::pin(std::future::ready(Ok(())))
    }
}
