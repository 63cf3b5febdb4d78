//! Starts the real binary and talks to it as a gateway would: plain HTTP with JSON-RPC in it.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test ends at the first thing that is not as it should be"
)]

mod command_line;
mod profile;
mod protection;
mod tools;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value, json};
use tempfile::TempDir;

const BINARY: &str = env!("CARGO_BIN_EXE_bastion-mcp");
const TOKEN: &str = "a-token-of-some-length";

/// A running `bastion-mcp serve`, killed when dropped.
struct Agent {
    child: Child,
    /// `http://127.0.0.1:PORT/mcp`.
    url: String,
    client: Client,
    _directory: TempDir,
}

impl Agent {
    /// Serves a file made by `sql` as the source `shop`, to callers with [`TOKEN`].
    fn start(sql: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let file = database(directory.path(), sql);
        let token = directory.path().join("token");
        std::fs::write(&token, format!("{TOKEN}\n")).unwrap();
        let mut child = Command::new(BINARY)
            .args(["serve", "--listen", "127.0.0.1:0", "--source", &format!("shop={file}"), "--token-file"])
            .arg(&token)
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let url = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| line.strip_prefix("listening on ").map(ToOwned::to_owned))
            .expect("it tells its address");
        // Whoever stops reading makes the agent's logging block.
        std::thread::spawn(move || lines.for_each(drop));
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().no_proxy().build().unwrap();
        Self { child, url, client, _directory: directory }
    }

    fn post(&self, body: &Value) -> RequestBuilder {
        self.client
            .post(&self.url)
            .header("accept", "application/json, text/event-stream")
            .header("content-type", "application/json")
            .body(body.to_string())
    }

    async fn ask(&self, method: &str, params: Value) -> Response {
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        self.post(&body).bearer_auth(TOKEN).send().await.unwrap()
    }

    /// The result of a tool, whether it failed or not.
    async fn result(&self, tool: &str, arguments: Value) -> Value {
        let response = self.ask("tools/call", json!({"name": tool, "arguments": arguments})).await;
        assert!(response.status().is_success(), "{}", response.status());
        let answer: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
        answer["result"].clone()
    }

    /// The structured content of a tool that succeeds.
    async fn call(&self, tool: &str, arguments: Value) -> Value {
        let result = self.result(tool, arguments).await;
        assert_ne!(result["isError"], true, "{result}");
        result["structuredContent"].clone()
    }

    /// The code of a tool that fails.
    async fn refusal(&self, tool: &str, arguments: Value) -> String {
        let result = self.result(tool, arguments).await;
        assert_eq!(result["isError"], true, "{result}");
        result["structuredContent"]["code"].as_str().unwrap().to_owned()
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Makes an SQLite file; answers its address.
fn database(directory: &Path, sql: &str) -> String {
    let path = directory.join("shop.db");
    rusqlite::Connection::open(&path).unwrap().execute_batch(sql).unwrap();
    format!("sqlite:{}", path.display())
}
