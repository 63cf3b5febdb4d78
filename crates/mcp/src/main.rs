//! `bastion-mcp`: the agent beside the customer's database.
//!
//! It is the only part of Bastion that connects to that database, and it answers over MCP. On the command line it
//! scans, profiles and checks one database. Standard output carries results only, logs go to standard error. Exit
//! codes: 0 done, 1 the check failed, 2 usage or connection error with one line that says what to do.
//!
//! The server is tested against other implementations of MCP as well. With the one from PyPI (`pip install mcp`), the
//! server running as `bastion-mcp serve --source shop=sqlite:shop.db`, and the same with the Inspector:
//!
//! ```text
//! python -c 'import asyncio
//! from mcp import ClientSession
//! from mcp.client.streamable_http import streamablehttp_client
//! async def main():
//!     async with streamablehttp_client("http://127.0.0.1:7800/mcp") as (r, w, _):
//!         async with ClientSession(r, w) as s:
//!             await s.initialize()
//!             print(await s.call_tool("source_info", {}))
//! asyncio.run(main())'
//!
//! npx @modelcontextprotocol/inspector --cli http://127.0.0.1:7800/mcp --transport http \
//!     --method tools/call --tool-name source_info --tool-args-json '{}'
//! ```

mod command;
mod failure;
mod server;

use std::process::ExitCode;

use clap::Parser;
use command::Cli;

/// As a process ends whose main thread panicked.
const PANICKED: u8 = 101;

#[tokio::main]
async fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(said) => return command::answer(&said),
    };
    log_to_stderr();
    // A task, and not the main thread: rows then go from a connection's task to this one without waking a thread for
    // every few of them, which a profile of a million rows is 7 % faster for.
    match tokio::spawn(command::run(cli)).await {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(failure)) => {
            eprintln!("bastion-mcp: {failure}");
            ExitCode::from(failure.exit_code())
        }
        // It has said so itself.
        Err(_panicked) => ExitCode::from(PANICKED),
    }
}

/// `BASTION_LOG` filters, `BASTION_LOG_FORMAT=json` changes the form. What is asked for here never covers the libraries
/// through which answers go: below a warning they write down whole messages, and so what is in the customer's rows.
fn log_to_stderr() {
    use tracing_subscriber::filter::{FilterExt, LevelFilter, Targets};
    use tracing_subscriber::layer::SubscriberExt;
    use tracing_subscriber::util::SubscriberInitExt;
    use tracing_subscriber::{EnvFilter, Layer, fmt};
    let asked = EnvFilter::try_from_env("BASTION_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let quiet = ["rmcp", "mysql_async", "tokio_postgres"].map(|library| (library, LevelFilter::WARN));
    let quiet = Targets::new().with_default(LevelFilter::TRACE).with_targets(quiet);
    let layer = fmt::layer().with_writer(std::io::stderr);
    let layer = if std::env::var("BASTION_LOG_FORMAT").is_ok_and(|format| format == "json") {
        layer.json().boxed()
    } else {
        layer.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).boxed()
    };
    tracing_subscriber::registry().with(layer.with_filter(asked.and(quiet))).init();
}
