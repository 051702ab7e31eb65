//! The HTTP server of the simulated Twilio, which can close its port and open it again.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// Serves until its runtime ends. Meanwhile it can refuse connections for a time.
#[derive(Clone, Default)]
pub(super) struct HttpServer {
    /// The present listener closes when this is dropped.
    stop: Arc<Mutex<Option<oneshot::Sender<()>>>>,
}

impl HttpServer {
    /// Serves `router` on `listener`.
    pub(super) fn serve(&self, listener: TcpListener, router: Router) {
        let (stop, stopped) = oneshot::channel::<()>();
        *self.stop.lock().unwrap_or_else(PoisonError::into_inner) = Some(stop);
        tokio::spawn(async move {
            let stopped = async {
                let _ = stopped.await;
            };
            let _ = axum::serve(listener, router).with_graceful_shutdown(stopped).await;
        });
    }

    /// Closes the port and its idle connections, so that new ones are refused, and opens it again after
    /// `pause`.
    pub(super) fn refuse_for(&self, pause: Duration, address: SocketAddr, router: Router) {
        *self.stop.lock().unwrap_or_else(PoisonError::into_inner) = None;
        let server = self.clone();
        tokio::spawn(async move {
            tokio::time::sleep(pause).await;
            loop {
                if let Ok(listener) = TcpListener::bind(address).await {
                    return server.serve(listener, router);
                }
                // The system may have given the port to another connection meanwhile.
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
    }
}
