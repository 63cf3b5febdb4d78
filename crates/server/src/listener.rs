//! The application at its address.

use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpServer;
use actix_web::dev::Server;
use service::Context;

use crate::app::{Site, app};

/// How connections are served.
#[derive(Clone, Copy, Debug)]
pub struct Serving {
    /// Threads that answer.
    pub workers: usize,
    /// Slower than this, a client's headers are not waited for: the connection ends with 408.
    pub header_timeout: Duration,
    /// How long requests may take to finish once the server stops, in seconds.
    pub grace_seconds: u64,
}

/// Serves at a listener until the server's handle stops it; signals are the caller's.
///
/// # Errors
/// When the listener cannot be used.
pub fn listen(
    context: Context,
    site: Arc<Site>,
    listener: TcpListener,
    serving: Serving,
) -> io::Result<Server> {
    let server = HttpServer::new(move || app(context.clone(), Arc::clone(&site)))
        .workers(serving.workers)
        .client_request_timeout(serving.header_timeout)
        .shutdown_timeout(serving.grace_seconds)
        .disable_signals()
        .listen(listener)?;
    Ok(server.run())
}
