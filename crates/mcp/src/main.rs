//! `bastion-mcp`: the agent beside the customer's database.
//!
//! An MCP server over [`scan`], and a command line for the same work by hand. It reads and never writes; no tool takes
//! SQL; a connection string is never shown. Standard output carries results only (with `--stdio`: the protocol), logs
//! go to standard error. Exit codes: 0 done, 1 a check failed, 2 usage or connection error with one line that says why.
//!
//! Other clients can use it as well as the control plane, such as the MCP Inspector:
//! `npx @modelcontextprotocol/inspector --cli http://127.0.0.1:7800/mcp --transport http --header "Authorization: Bearer …" --method tools/list`.

mod agent;
mod cli;
mod http;
mod job;
mod server;
mod tools;

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    cli::run().await
}
