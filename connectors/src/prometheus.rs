//! Prometheus: the page that it scrapes, and two health pages for the supervisor of the process.

use std::future::Future;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;

use crate::health::Health;
use crate::metrics::Metrics;

/// Serves `/metrics`, `/healthz` (the process lives) and `/readyz` (every part is ready; else 503 with the
/// parts that are not, one a line) until `stop` resolves.
///
/// # Errors
/// The listener failed.
pub async fn serve(
    listener: TcpListener,
    metrics: Metrics,
    health: Health,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    axum::serve(listener, router(metrics, health)).with_graceful_shutdown(stop).await
}

fn router(metrics: Metrics, health: Health) -> Router {
    Router::new()
        .route("/metrics", get(show_metrics).with_state(metrics))
        .route("/healthz", get(async || "lives\n"))
        .route("/readyz", get(show_readiness).with_state(health))
}

async fn show_metrics(State(metrics): State<Metrics>) -> Response {
    match metrics.render() {
        Ok(text) => {
            ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
        }
        Err(error) => {
            (StatusCode::INTERNAL_SERVER_ERROR, format!("the metrics cannot be written: {error}\n"))
                .into_response()
        }
    }
}

async fn show_readiness(State(health): State<Health>) -> Response {
    let not_ready = health.not_ready();
    if not_ready.is_empty() {
        return "ready\n".into_response();
    }
    let lines: String = not_ready.iter().map(|(part, why)| format!("{part} {why}\n")).collect();
    (StatusCode::SERVICE_UNAVAILABLE, lines).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;
    use tokio::sync::oneshot;

    async fn get(address: std::net::SocketAddr, path: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream
            .write_all(format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").as_bytes())
            .await
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
    }

    #[tokio::test]
    async fn the_three_pages_say_what_is_and_what_is_not_ready() {
        let metrics = Metrics::new().unwrap();
        let health = Health::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let server = tokio::spawn(serve(listener, metrics.clone(), health.clone(), async move {
            let _ = stopped.await;
        }));

        let sink = health.part("sink");
        sink.not_ready("cannot reach the database");
        metrics.whatsapp().answered(crate::metrics::Endpoint::Messages, 200);
        assert_eq!(get(address, "/healthz").await, (200, "lives\n".to_owned()));
        assert_eq!(get(address, "/readyz").await, (503, "sink cannot reach the database\n".to_owned()));
        sink.ready();
        assert_eq!(get(address, "/readyz").await, (200, "ready\n".to_owned()));
        let (status, page) = get(address, "/metrics").await;
        assert_eq!(status, 200);
        assert!(
            page.contains("trust_engine_whatsapp_requests_total{endpoint=\"messages\",status=\"200\"} 1"),
            "{page}"
        );

        stop.send(()).unwrap();
        server.await.unwrap().unwrap();
    }
}
