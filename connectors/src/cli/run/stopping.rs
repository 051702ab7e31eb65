//! How a part learns that it is asked to stop.

use tokio::sync::watch;

/// Waits until the parts are asked to stop.
pub(super) async fn stopped(mut stopping: watch::Receiver<bool>) {
    // An error means that the sender was dropped, which also means that the process stops.
    let _ = stopping.wait_for(|stop| *stop).await;
}
