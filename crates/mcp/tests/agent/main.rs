//! Starts the real binary and talks to it as a gateway would: plain HTTP with JSON-RPC in it.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test ends at the first thing that is not as it should be"
)]

mod call;
mod command_line;
mod hostile;
mod profile;
mod protection;
mod stdio;
mod tools;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;

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
    /// Reads what is written to standard error: whoever stops reading makes the agent's logging block.
    log: Option<JoinHandle<String>>,
    directory: TempDir,
}

impl Agent {
    /// Serves a file made by `sql` as the source `shop`, to callers with [`TOKEN`].
    fn start(sql: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let file = database(directory.path(), sql);
        Self::serve(directory, &file, |_| ())
    }

    /// Serves the database at `url` as the source `shop`; `more` sets what else the command takes.
    fn serve(directory: TempDir, url: &str, more: impl FnOnce(&mut Command)) -> Self {
        let token = directory.path().join("token");
        std::fs::write(&token, format!("{TOKEN}\n")).unwrap();
        let mut command = Command::new(BINARY);
        command
            // The tests beside this one use the same server: it does not rest for them.
            .args(["serve", "--listen", "127.0.0.1:0", "--duty-cycle", "100"])
            .args(["--source", &format!("shop={url}"), "--token-file"])
            .arg(&token)
            .stdin(Stdio::null())
            .stderr(Stdio::piped());
        more(&mut command);
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        let mut log = String::new();
        let url = lines
            .by_ref()
            .find_map(|line| {
                log.push_str(&format!("{line}\n"));
                line.strip_prefix("listening on ").map(ToOwned::to_owned)
            })
            .expect("it tells its address");
        let log = std::thread::spawn(move || {
            lines.for_each(|line| log.push_str(&format!("{line}\n")));
            log
        });
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().no_proxy().build().unwrap();
        Self { child, url, client, log: Some(log), directory }
    }

    /// Ends it; all that it has written to standard error.
    fn log(mut self) -> String {
        let _ = self.child.kill();
        let log = self.log.take().unwrap();
        log.join().unwrap()
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

    /// A request as callers of a revision of the protocol send it.
    fn at(&self, revision: &str, method: &str, mut params: Value, capabilities: Value) -> RequestBuilder {
        let mut headers = vec![("mcp-protocol-version", revision.to_owned())];
        if revision >= "2026-07-28" {
            // Each request stands for itself, and says to gateways what it is.
            headers.push(("mcp-method", method.to_owned()));
            if let Some(name) = params["name"].as_str().or(params["taskId"].as_str()) {
                headers.push(("mcp-name", name.to_owned()));
            }
            params["_meta"] = json!({
                "io.modelcontextprotocol/protocolVersion": revision,
                "io.modelcontextprotocol/clientInfo": {"name": "t", "version": "1"},
                "io.modelcontextprotocol/clientCapabilities": capabilities,
            });
        }
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        let request = self.post(&body).bearer_auth(TOKEN);
        headers.into_iter().fold(request, |request, (name, value)| request.header(name, value))
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
