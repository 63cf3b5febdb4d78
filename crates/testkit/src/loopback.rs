//! An HTTP server on a loopback port, for fakes.

use std::net::SocketAddr;

use axum::Router;

/// Answers until it is dropped.
pub(crate) struct Loopback {
    address: SocketAddr,
    task: tokio::task::JoinHandle<()>,
}

impl Loopback {
    pub(crate) async fn serve(app: Router) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a loopback port");
        let address = listener.local_addr().expect("its address");
        let task = tokio::spawn(async move {
            let _ = axum::serve(listener, app).await;
        });
        Self { address, task }
    }

    /// `http://127.0.0.1:PORT`.
    pub(crate) fn base(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Loopback {
    fn drop(&mut self) {
        self.task.abort();
    }
}
