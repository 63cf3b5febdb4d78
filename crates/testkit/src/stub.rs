//! Servers that answer wrongly on purpose.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::Router;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::IntoResponse;

use crate::loopback::Loopback;

/// A server on a loopback port that answers every request alike, until it is dropped.
pub struct Stub {
    /// `http://127.0.0.1:PORT`.
    pub base: String,
    asked: Arc<AtomicU32>,
    _server: Loopback,
}

impl Stub {
    /// The address of a server that answers one request, with status 200, and is gone then, as if it had been killed.
    #[must_use]
    pub fn once(content_type: &str, body: &str) -> String {
        use std::io::{Read, Write};
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a loopback port");
        let base = format!("http://{}", listener.local_addr().expect("its address"));
        let answer = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: {content_type}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        );
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept()?;
            // Nobody can connect from here on; what came is answered.
            drop(listener);
            let _ = stream.read(&mut [0; 64 * 1024])?;
            stream.write_all(answer.as_bytes())
        });
        base
    }

    /// Starts one that answers with this status, content type and body.
    pub async fn start(status: u16, content_type: &str, body: impl Into<String>) -> Self {
        Self::answering(status, (header::CONTENT_TYPE, content_type.to_owned()), body.into()).await
    }

    /// Starts one that sends everybody on to another address.
    pub async fn redirecting(status: u16, to: &str) -> Self {
        Self::answering(status, (header::LOCATION, to.to_owned()), String::new()).await
    }

    /// How many requests it was sent.
    #[must_use]
    pub fn asked(&self) -> u32 {
        self.asked.load(Ordering::Relaxed)
    }

    async fn answering(status: u16, header: (HeaderName, String), body: String) -> Self {
        let status = StatusCode::from_u16(status).expect("a status");
        let asked = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&asked);
        let app = Router::new().fallback(move || {
            count.fetch_add(1, Ordering::Relaxed);
            let (header, body) = (header.clone(), body.clone());
            async move { (status, [header], body).into_response() }
        });
        let server = Loopback::serve(app).await;
        Self { base: server.base(), asked, _server: server }
    }
}

/// An address on which nothing listens.
///
/// # Panics
/// When no loopback port can be had.
#[must_use]
pub fn nobody() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a loopback port");
    format!("http://{}", listener.local_addr().expect("its address"))
}

/// A host that swallows what is sent to it, as a firewall does that drops packets: until it is dropped, its queue of
/// connections is full, and the kernel leaves further ones without an answer.
pub struct Silent {
    /// `http://127.0.0.1:PORT`.
    pub base: String,
    _listener: tokio::net::TcpListener,
    _queued: Vec<std::net::TcpStream>,
}

impl Silent {
    /// Fills a queue that nobody empties.
    ///
    /// # Panics
    /// When no loopback port can be had, or the queue takes more than it should.
    pub async fn start() -> Self {
        let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
        socket.bind("127.0.0.1:0".parse().expect("an address")).expect("a loopback port");
        let listener = socket.listen(1).expect("a queue of one");
        let address = listener.local_addr().expect("its address");
        let dial = move || {
            let patience = std::time::Duration::from_millis(200);
            std::iter::from_fn(|| std::net::TcpStream::connect_timeout(&address, patience).ok())
                .take(16)
                .collect()
        };
        let queued: Vec<_> = tokio::task::spawn_blocking(dial).await.expect("the queue is filled");
        assert!(queued.len() < 16, "the queue is never full");
        Self { base: format!("http://{address}"), _listener: listener, _queued: queued }
    }
}
