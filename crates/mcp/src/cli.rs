//! The command line.

mod serve;
mod work;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use scan::SourceError;
use tracing_subscriber::EnvFilter;
use types::profile::Level;

/// Reads a database for Bastion: its catalog and the shape of its data. Never writes.
#[derive(Parser)]
#[command(name = "bastion-mcp", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serves MCP over HTTP, or over standard input and output.
    Serve(ServeArguments),
    /// Reads the catalog once and prints the snapshot as JSON.
    Scan {
        url: String,
        /// Globs over paths, such as `public.*`.
        #[arg(long, num_args = 1..)]
        include: Vec<String>,
        #[arg(long, num_args = 1..)]
        exclude: Vec<String>,
        #[arg(long)]
        allow_unsafe_role: bool,
    },
    /// Measures tables and prints what it found.
    Profile {
        url: String,
        #[arg(long, value_parser = level, default_value = "full")]
        level: Level,
        /// Paths of tables; all when missing.
        #[arg(long = "table", num_args = 1..)]
        tables: Vec<String>,
        /// JSON instead of a table.
        #[arg(long)]
        json: bool,
        #[arg(long)]
        allow_unsafe_role: bool,
    },
    /// Prints SQL for a role that can only read.
    SetupSql { engine: String },
    /// Says whether the database can be reached, and whether the role is as harmless as it should be.
    Check { url: String },
}

/// Arguments of `serve`.
#[derive(clap::Args)]
struct ServeArguments {
    /// A database, as NAME=URL. Without any, the environment says: DB_ENGINE, DB_HOST, …, or BASTION_SOURCE_<NAME>_URL.
    #[arg(long = "source", value_name = "NAME=URL")]
    sources: Vec<String>,
    #[arg(long, default_value = "127.0.0.1:7800", env = "BASTION_MCP_LISTEN")]
    listen: std::net::SocketAddr,
    /// A file that holds the bearer token which callers must show.
    #[arg(long, env = "BASTION_MCP_TOKEN_FILE")]
    token_file: Option<PathBuf>,
    /// Speak over standard input and output instead of HTTP.
    #[arg(long)]
    stdio: bool,
    /// A host name under which callers reach this agent, besides loopback.
    #[arg(
        long = "allowed-host",
        value_name = "HOST",
        env = "BASTION_MCP_ALLOWED_HOSTS",
        value_delimiter = ','
    )]
    allowed_hosts: Vec<String>,
    /// Work although the role could write. Not for production.
    #[arg(long)]
    allow_unsafe_role: bool,
}

/// Why the program ends with 1 or 2.
#[derive(Debug, thiserror::Error)]
enum Failure {
    /// A check found something; it has been printed.
    #[error("the check failed")]
    Check,
    #[error("{0}")]
    Source(#[from] SourceError),
    #[error("{0}")]
    Scan(#[from] scan::ScanError),
    #[error("{0}")]
    Http(#[from] crate::http::HttpError),
    #[error("{0}")]
    Usage(String),
    #[error("the output could not be written: {0}")]
    Output(#[from] std::io::Error),
}

/// Runs the command that was asked for.
pub(crate) async fn run() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() { ExitCode::from(2) } else { ExitCode::SUCCESS };
        }
    };
    let filter = EnvFilter::try_from_env("BASTION_LOG")
        .unwrap_or_else(|_| EnvFilter::new("warn,bastion_mcp=info,scan=info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(false).init();
    let outcome = match arguments.command {
        Command::Serve(arguments) => serve::serve(arguments).await,
        Command::Scan { url, include, exclude, allow_unsafe_role } => {
            work::scan(&url, &include, &exclude, allow_unsafe_role).await
        }
        Command::Profile { url, level, tables, json, allow_unsafe_role } => {
            work::profile(&url, level, tables, json, allow_unsafe_role).await
        }
        Command::SetupSql { engine } => work::setup_sql(&engine),
        Command::Check { url } => work::check(&url).await,
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Check) => ExitCode::from(1),
        Err(failure) => {
            complain(&failure);
            ExitCode::from(2)
        }
    }
}

#[expect(clippy::print_stderr, reason = "the one line that says why it failed")]
fn complain(failure: &Failure) {
    eprintln!("bastion-mcp: {failure}");
}

fn level(text: &str) -> Result<Level, String> {
    match text {
        "estimate" => Ok(Level::Estimate),
        "sample" => Ok(Level::Sample),
        "full" => Ok(Level::Full),
        _ => Err("one of estimate, sample, full".into()),
    }
}
