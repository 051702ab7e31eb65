//! The part `desk`: the pages of the staff, and the thread that follows the logs for them.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use connectors::append::Append;
use connectors::config::Config;
use connectors::desk::feed::{self, Feed};
use connectors::desk::{self, Callers, DeskSettings};
use connectors::health::PartHealth;
use connectors::kafka::Installation;
use connectors::kafka::client::appender::Appender;
use connectors::kafka::client::shutdown::Shutdown;
use connectors::kafka::editions::EditionCache;
use connectors::kafka::follow::{Followed, follow};
use connectors::postgis;
use sqlx::PgPool;
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::sync::watch;

use super::reload::Reload;
use super::stopped;

/// Connections for accounts and sessions: each page asks for the person behind a cookie.
const ACCOUNT_CONNECTIONS: u32 = 8;
/// Connections of each municipality.
const TICKET_CONNECTIONS: u32 = 8;

/// What the part needs.
#[derive(Clone)]
pub(super) struct DeskPart {
    /// Reads the settings, whose passwords may have changed since the process was started.
    pub(super) reload: Reload,
    pub(super) installation: Installation,
    pub(super) appender: Appender,
    pub(super) runtime: Handle,
    /// The editions of this process.
    pub(super) editions: EditionCache,
}

/// Listens on the address of the desk.
pub(super) async fn listen(config: &Config) -> anyhow::Result<TcpListener> {
    let address = config.require_desk_listen()?;
    let listener = TcpListener::bind(address).await;
    listener.with_context(|| format!("DESK_LISTEN {address} cannot be listened on; is the port in use?"))
}

impl DeskPart {
    /// Serves the desk until it fails or is asked to stop: on `listener`, if there is one, which is only the
    /// case at the first start.
    pub(super) fn run(
        &self,
        listener: Option<TcpListener>,
        stopping: watch::Receiver<bool>,
        health: PartHealth,
    ) -> anyhow::Result<()> {
        let config = (self.reload)()?;
        let listener = match listener {
            Some(listener) => listener,
            None => self.runtime.block_on(listen(&config))?,
        };
        let settings = self.settings(&config)?;
        let pools: Vec<PgPool> = settings.tickets.values().chain([&settings.accounts]).cloned().collect();
        let feed = Feed::new(settings.key_ring.clone());
        let stop = Shutdown::default();
        let follower = self.follow(feed.clone(), stop.clone())?;
        let append: Arc<dyn Append> = Arc::new(self.appender.clone());
        let ended = {
            let follower_ended = async {
                while !follower.is_finished() {
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
            };
            let serving = desk::serve(listener, settings, feed, append, health, stopped(stopping));
            self.runtime.block_on(async {
                tokio::select! {
                    served = serving => served.map_err(anyhow::Error::from),
                    () = follower_ended => Ok(()),
                    // The password may have been changed: it is read again when the part is started again.
                    refused = postgis::login_refused(&pools) => Err(refused.into()),
                }
            })
        };
        stop.request();
        let followed =
            follower.join().map_err(|_| anyhow::anyhow!("the thread that follows the logs panicked"));
        ended.and(followed?)
    }

    fn settings(&self, config: &Config) -> anyhow::Result<DeskSettings> {
        let _on_this_runtime = self.runtime.enter();
        let accounts = config.require_desk_accounts_database_url()?.with_password();
        let pool = |url: &str| postgis::connect(url, TICKET_CONNECTIONS);
        let tickets = config.desk_database_urls.iter();
        let editions = self.editions.clone();
        Ok(DeskSettings {
            url: config.require_desk_url()?.clone(),
            accounts: postgis::connect(accounts, ACCOUNT_CONNECTIONS)?,
            tickets: tickets
                .map(|(name, url)| Ok((name.clone(), pool(url.with_password())?)))
                .collect::<anyhow::Result<_>>()?,
            key_ring: config.require_key_ring()?.clone(),
            partitions: config.partitions.get(),
            edition: Arc::new(move || editions.newest()),
            callers: callers(config)?,
        })
    }

    /// Follows the logs on a thread of its own.
    fn follow(
        &self,
        feed: Feed,
        stop: Shutdown,
    ) -> anyhow::Result<std::thread::JoinHandle<anyhow::Result<()>>> {
        let installation = self.installation.clone();
        let work = move || {
            follow(&installation, &feed::TOPICS, feed::BACK, &stop, |followed| match followed {
                Followed::Begin { topic, partition, offset } => feed.begin(topic, partition, offset),
                Followed::Record(record) => feed.take(record),
            })?;
            Ok(())
        };
        Ok(std::thread::Builder::new().name("desk-follower".to_owned()).spawn(work)?)
    }
}

/// What reports of callers need, if the desk takes them.
fn callers(config: &Config) -> anyhow::Result<Option<Callers>> {
    let Some(sender) = &config.desk_callers_sender else { return Ok(None) };
    let pepper = config.require_pepper()?.pepper.clone();
    Ok(Some(Callers { sender: sender.as_str().to_owned(), pepper }))
}
