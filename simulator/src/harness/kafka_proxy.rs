//! A proxy between the program under test and Kafka that begins an outage at a chosen request, so that the
//! program is in a chosen state of a transaction when it begins. It knows of the protocol only that each
//! request begins with its length (4 bytes) and the number of its kind (2 bytes), see
//! <https://kafka.apache.org/protocol#protocol_messages>.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Requests of the Kafka protocol, by their `ApiKey`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KafkaRequest {
    /// The request that appends records to partitions.
    Produce = 0,
    /// The request that reads records of partitions.
    Fetch = 1,
    /// Asks for the committed offsets of a group.
    OffsetFetch = 9,
    /// Joins a consumer group.
    JoinGroup = 11,
    /// Asks for a producer id, which fences the predecessor (`init_transactions`).
    InitProducerId = 22,
    /// Adds partitions to a transaction.
    AddPartitionsToTxn = 24,
    /// Commits or aborts a transaction.
    EndTxn = 26,
    /// Commits a group's offsets with a transaction.
    TxnOffsetCommit = 28,
}

/// What happens to the request that begins an outage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// The broker never sees the request.
    Request,
    /// The broker carries the request out, and its answer is lost.
    Answer,
}

/// The proxy. Clones are the same one.
#[derive(Clone, Debug)]
pub struct KafkaProxy {
    port: u16,
    listener: Arc<Mutex<Option<TcpListener>>>,
    control: ProxyControl,
}

#[derive(Clone, Debug)]
struct ProxyControl {
    armed: Arc<Mutex<Option<(KafkaRequest, Loss)>>>,
    /// Whether there is an outage: nothing passes in either direction.
    outage: Arc<watch::Sender<bool>>,
}

impl KafkaProxy {
    /// Binds a free port, which Kafka has to know before it starts.
    ///
    /// # Errors
    /// There is no free port.
    pub async fn bind() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let control = ProxyControl { armed: Arc::default(), outage: Arc::new(watch::Sender::new(false)) };
        Ok(Self { port, listener: Arc::new(Mutex::new(Some(listener))), control })
    }

    /// The port that it listens on.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Passes connections on to `broker` from now on.
    ///
    /// # Errors
    /// The proxy passes connections on already.
    pub fn serve(&self, broker: &str) -> Result<()> {
        let listener = self.listener.lock().unwrap_or_else(PoisonError::into_inner).take();
        let listener = listener.context("the proxy serves already")?;
        let control = self.control.clone();
        let broker = broker.to_owned();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(pass_on(client, broker.clone(), control.clone()));
            }
        });
        Ok(())
    }

    /// Lets the next request of this kind begin an outage.
    pub fn arm(&self, request: KafkaRequest, loss: Loss) {
        *self.control.lock() = Some((request, loss));
    }

    /// Waits until an armed request has begun an outage.
    ///
    /// # Errors
    /// No such request came within `patience`.
    pub async fn wait_for_outage(&self, patience: Duration) -> Result<()> {
        let mut outage = self.control.outage.subscribe();
        tokio::time::timeout(patience, outage.wait_for(|outage| *outage))
            .await
            .with_context(|| format!("no request began the outage: {:?}", *self.control.lock()))??;
        Ok(())
    }

    /// Ends the outage: the connections of that time are closed, new ones pass.
    pub fn end_outage(&self) {
        self.control.outage.send_replace(false);
    }
}

impl ProxyControl {
    fn lock(&self) -> std::sync::MutexGuard<'_, Option<(KafkaRequest, Loss)>> {
        self.armed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins the outage if a request of this kind was to begin it. Returns what then happens to the request.
    fn outage_at(&self, kind: i16) -> Option<Loss> {
        let loss = self.lock().take_if(|(request, _)| *request as i16 == kind).map(|(_, loss)| loss)?;
        self.outage.send_replace(true);
        Some(loss)
    }
}

/// Passes a connection on until one side closes it or an outage comes. Connections of an outage stay open
/// without an answer until its end.
async fn pass_on(client: TcpStream, broker: String, control: ProxyControl) {
    let mut outage = control.outage.subscribe();
    if !*outage.borrow() {
        let Ok(server) = TcpStream::connect(&broker).await else { return };
        let (from_client, mut to_client) = client.into_split();
        let (mut from_server, to_server) = server.into_split();
        let mut begun = outage.clone();
        tokio::select! {
            _ = requests(from_client, to_server, &control) => {}
            _ = tokio::io::copy(&mut from_server, &mut to_client) => {}
            _ = begun.wait_for(|outage| *outage) => {}
        }
        let _ = outage.wait_for(|outage| !*outage).await;
    } else {
        let _ = outage.wait_for(|outage| !*outage).await;
        drop(client);
    }
}

/// Passes requests on, one by one.
async fn requests(
    mut client: OwnedReadHalf,
    mut server: OwnedWriteHalf,
    control: &ProxyControl,
) -> Result<()> {
    loop {
        let length = client.read_u32().await?;
        let mut request = vec![0; usize::try_from(length)?];
        client.read_exact(&mut request).await?;
        let kind = request.first_chunk().map(|kind| i16::from_be_bytes(*kind));
        let loss = kind.and_then(|kind| control.outage_at(kind));
        if loss == Some(Loss::Request) {
            return Ok(());
        }
        let mut frame = length.to_be_bytes().to_vec();
        frame.append(&mut request);
        server.write_all(&frame).await?;
    }
}
