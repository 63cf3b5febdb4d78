//! The protocol on standard input and output, as desktop clients start the agent.

use std::io::Write as _;
use std::process::ChildStdin;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use super::*;

/// A running `bastion-mcp serve --stdio`, killed when dropped.
pub(super) struct Piped {
    child: Child,
    input: ChildStdin,
    told: Receiver<Value>,
}

impl Piped {
    /// Serves the database at `url` as the source `shop`; the client has said hello.
    pub(super) fn start(url: &str) -> Self {
        let mut child = Command::new(BINARY)
            .args(["serve", "--stdio", "--allow-unsafe-role", "--source", &format!("shop={url}")])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (sender, told) = channel();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        std::thread::spawn(move || {
            for line in lines {
                // Nothing but the protocol may be written there. Nobody listens at the end of a test.
                let _ = sender.send(serde_json::from_str(&line).unwrap_or_else(|_| json!(line)));
            }
        });
        let input = child.stdin.take().unwrap();
        let mut piped = Self { child, input, told };
        let client = json!({"name": "t", "version": "1"});
        let hello = json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client});
        piped.send(&json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": hello}));
        assert_eq!(piped.answer()["id"], 0);
        piped.send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
        piped
    }

    pub(super) fn send(&mut self, message: &Value) {
        writeln!(self.input, "{message}").unwrap();
    }

    pub(super) fn call(&mut self, id: u32, tool: &str, arguments: &Value) {
        let params = json!({"name": tool, "arguments": arguments});
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params}));
    }

    /// What it says next.
    pub(super) fn answer(&self) -> Value {
        self.told.recv_timeout(Duration::from_secs(60)).unwrap()
    }
}

impl Drop for Piped {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
