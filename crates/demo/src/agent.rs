//! The agent beside the shop: a real `bastion-mcp`, as a child process.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::Error;

/// What the agent calls the shop's database.
pub const SOURCE: &str = "shop-db";

/// A running agent; it ends when this is dropped.
pub struct AgentProcess {
    /// Its MCP endpoint.
    pub url: String,
    _child: Child,
}

/// How long the agent may take to listen.
const PATIENCE: Duration = Duration::from_secs(20);

impl AgentProcess {
    /// Starts the agent on a free loopback port.
    ///
    /// # Errors
    /// When the program is not there, or stops before it listens.
    pub async fn start(binary: &Path, database: &Path, token_file: &Path) -> Result<Self, Error> {
        let mut child = Command::new(binary)
            .arg("serve")
            .args(["--listen", "127.0.0.1:0"])
            .arg("--source")
            .arg(format!("{SOURCE}=sqlite:{}", database.display()))
            .arg("--token-file")
            .arg(token_file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(Error::AgentStart)?;
        let mut lines = child.stderr.take().map(|stderr| BufReader::new(stderr).lines());
        let mut last = String::new();
        let listening = async {
            while let Some(lines) = lines.as_mut()
                && let Ok(Some(line)) = lines.next_line().await
            {
                if let Some((_, url)) = line.split_once("listening on ") {
                    return Some(url.trim().to_owned());
                }
                last = line;
            }
            None
        };
        let url = tokio::time::timeout(PATIENCE, listening).await.ok().flatten();
        let Some(url) = url else {
            return Err(Error::AgentSilent(last));
        };
        // Whoever does not read a pipe blocks its writer in the end.
        tokio::spawn(async move {
            while let Some(lines) = lines.as_mut()
                && let Ok(Some(line)) = lines.next_line().await
            {
                tracing::debug!(target: "bastion_mcp", "{line}");
            }
        });
        Ok(Self { url, _child: child })
    }

    /// Where the program is: `BASTION_MCP_BIN`, beside this program, or on the path.
    #[must_use]
    pub fn binary() -> PathBuf {
        if let Some(named) = std::env::var_os("BASTION_MCP_BIN") {
            return named.into();
        }
        let beside = std::env::current_exe().ok().map(|me| me.with_file_name("bastion-mcp"));
        beside.filter(|path| path.exists()).unwrap_or_else(|| "bastion-mcp".into())
    }
}
