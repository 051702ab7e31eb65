//! Captures log lines for tests.

use std::io::Write;
use std::sync::{Arc, LazyLock, Mutex};

/// Captures all log lines of this thread, at every level, while the guard lives.
pub fn listen() -> (Lines, tracing::subscriber::DefaultGuard) {
    // While only one subscriber exists, `tracing` remembers the answer of the thread that reaches a line
    // first. If that is the thread of another test, which captures nothing, the line is switched off for all
    // threads. With a second subscriber `tracing` asks each time.
    static ANOTHER: LazyLock<tracing::Dispatch> =
        LazyLock::new(|| tracing::Dispatch::new(tracing_subscriber::registry()));
    LazyLock::force(&ANOTHER);
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone());
    (lines, tracing::subscriber::set_default(subscriber.finish()))
}

/// The log lines that were captured so far; clones share them.
#[derive(Clone, Default)]
pub struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    pub fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
