//! What this process logs.

use testkit::log::Log;
use tracing_subscriber::EnvFilter;

/// From now on, of all threads; once in a process.
pub(crate) fn start(filter: &str) -> Log {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_env_filter(EnvFilter::new(filter))
        .with_writer(move || writer.clone())
        .finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();
    log
}
