//! A way to a server on loopback on which answers can be held up in the middle: what a slow network does, as long as a test
//! wants it to.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

/// What the system keeps of answers that wait: the server notices soon that nobody takes them.
const KEPT: u32 = 128 * 1024;
/// How much is read at once.
const READ: usize = 16 * 1024;

/// Forwards connections to a server on 127.0.0.1 until it is dropped. Questions always pass; answers as far as they are let.
#[derive(Debug)]
pub struct Valve {
    port: u16,
    /// How many bytes of answers may still pass, on all connections together.
    left: watch::Sender<u64>,
    task: JoinHandle<()>,
}

impl Valve {
    /// One that lets everything pass to the server on that port.
    ///
    /// # Panics
    /// When no loopback port can be had.
    pub async fn before(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a loopback port");
        let port = listener.local_addr().expect("its address").port();
        let left = watch::Sender::new(u64::MAX);
        let passing = left.clone();
        let task = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                connections.spawn(forward(client, server, passing.clone()));
            }
        });
        Self { port, left, task }
    }

    /// Its port on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Lets so many bytes of answers pass from now on, and no more.
    pub fn let_pass(&self, bytes: u64) {
        self.left.send_replace(bytes);
    }

    /// Lets everything pass.
    pub fn open(&self) {
        self.let_pass(u64::MAX);
    }

    /// Waits until all has passed that is let.
    pub async fn shut(&self) {
        let _ = self.left.subscribe().wait_for(|left| *left == 0).await;
    }
}

impl Drop for Valve {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn forward(client: TcpStream, server: u16, left: watch::Sender<u64>) -> io::Result<()> {
    let socket = TcpSocket::new_v4()?;
    socket.set_recv_buffer_size(KEPT)?;
    let server = socket.connect(([127, 0, 0, 1], server).into()).await?;
    let (mut questions, asker) = client.into_split();
    let (answers, mut to_server) = server.into_split();
    // Whoever hangs up ends both ways.
    tokio::select! {
        ended = tokio::io::copy(&mut questions, &mut to_server) => ended.map(drop),
        ended = pass(answers, asker, left) => ended,
    }
}

async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, left: watch::Sender<u64>) -> io::Result<()> {
    let mut changes = left.subscribe();
    let mut buffer = vec![0; READ];
    loop {
        let mut waiting = match from.read(&mut buffer).await? {
            0 => return Ok(()),
            length => &buffer[..length],
        };
        while !waiting.is_empty() {
            if changes.wait_for(|left| *left > 0).await.is_err() {
                return Ok(());
            }
            let mut now = 0;
            left.send_modify(|left| {
                now = usize::try_from(*left).unwrap_or(usize::MAX).min(waiting.len());
                *left -= now as u64;
            });
            let (passes, waits) = waiting.split_at(now);
            to.write_all(passes).await?;
            waiting = waits;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_not_let_waits_and_comes_whole_in_the_end() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let valve = Valve::before(listener.local_addr().unwrap().port()).await;
        valve.let_pass(5);
        let server = async {
            let (mut server, _) = listener.accept().await.unwrap();
            let mut asked = [0; 3];
            server.read_exact(&mut asked).await.unwrap();
            server.write_all(b"answer to ").await.unwrap();
            server.write_all(&asked).await.unwrap();
        };
        let client = async {
            let mut client = TcpStream::connect(("127.0.0.1", valve.port())).await.unwrap();
            client.write_all(b"you").await.unwrap();
            let mut answer = [0; 5];
            client.read_exact(&mut answer).await.unwrap();
            valve.shut().await;
            let mut more = [0];
            assert!(client.try_read(&mut more).is_err(), "the rest waits");
            valve.open();
            let mut rest = String::new();
            client.read_to_string(&mut rest).await.unwrap();
            (answer, rest)
        };
        let ((), (answer, rest)) = tokio::join!(server, client);
        assert_eq!((&answer, rest.as_str()), (b"answe", "r to you"));
    }
}
