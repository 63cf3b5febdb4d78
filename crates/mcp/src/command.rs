//! The command line.

mod check;
mod profile;
mod scan;
mod serve;

use std::io::{self, BufWriter, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use ::scan::{Budget, Source};
use clap::error::ErrorKind;
use clap::{Args, Parser, Subcommand, ValueEnum};
use types::profile::Level;

use crate::failure::Failure;

/// Reads a database's schema and measures its data, without ever being able to change it.
///
/// URL is postgres://USER:PASSWORD@HOST/DATABASE, mysql://USER:PASSWORD@HOST/DATABASE (MariaDB as well) or sqlite:PATH.
/// Without one the environment is read: DB_ENGINE, DB_HOST, DB_PORT, DB_NAME, DB_USER and DB_PASSWORD[_FILE], or
/// BASTION_SOURCE_<NAME>_URL[_FILE].
#[derive(Debug, Parser)]
#[command(name = "bastion-mcp", version, about)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve databases over MCP: HTTP on `POST /mcp`, or standard input and output.
    Serve(ServeArguments),
    /// Print the schema as a snapshot, in JSON.
    Scan(ScanArguments),
    /// Measure the tables and print the figures.
    Profile(ProfileArguments),
    /// Print what makes a role that can only read, as SQL.
    SetupSql {
        /// The engine to make it for.
        engine: SetupEngine,
    },
    /// Say whether the database can be reached and the role is harmless; exit 1 if it is not.
    Check {
        #[command(flatten)]
        address: Address,
    },
}

/// The one database of a command.
#[derive(Args, Clone)]
struct Address {
    /// postgres://…, mysql://… or sqlite:PATH; the environment when missing.
    url: Option<String>,
}

impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Address(…)")
    }
}

#[derive(Args, Clone)]
pub(crate) struct ServeArguments {
    /// A database and the name it goes by; may be repeated.
    #[arg(long = "source", value_name = "NAME=URL")]
    sources: Vec<String>,
    /// Where to listen; port 0 takes a free one, told on standard error.
    #[arg(long, default_value = "127.0.0.1:7800", env = "BASTION_MCP_LISTEN")]
    listen: SocketAddr,
    /// A file with the bearer token that callers must show; needed unless it listens on loopback.
    #[arg(long, value_name = "FILE", env = "BASTION_MCP_TOKEN_FILE")]
    token_file: Option<PathBuf>,
    /// Speak MCP on standard input and output instead of HTTP.
    #[arg(long)]
    stdio: bool,
    /// A host name by which callers reach this server, beside loopback; may be repeated.
    #[arg(
        long = "allowed-host",
        value_name = "HOST",
        env = "BASTION_MCP_ALLOWED_HOSTS",
        value_delimiter = ','
    )]
    allowed_hosts: Vec<String>,
    /// Work with a role that can do more than read.
    #[arg(long)]
    allow_unsafe_role: bool,
    /// Let callers of `profile_start` have frequent values as they are; otherwise they see their shapes.
    #[arg(long, env = "BASTION_MCP_ALLOW_VALUES")]
    allow_values: bool,
    /// A file with a second bearer token: its holders may have frequent values as they are, and nobody else.
    #[arg(
        long,
        value_name = "FILE",
        env = "BASTION_MCP_VALUES_TOKEN_FILE",
        conflicts_with_all = ["allow_values", "stdio"]
    )]
    values_token_file: Option<PathBuf>,
    /// While others use a database, profile so many percent of the time and rest for the remainder; 100 as if nobody did.
    #[arg(long, value_name = "PERCENT", env = "BASTION_MCP_DUTY_CYCLE", default_value_t = Budget::default().duty_percent,
          value_parser = clap::value_parser!(u8).range(1..=100))]
    duty_cycle: u8,
    /// End each profile after so many seconds, whatever its caller asks for.
    #[arg(long, value_name = "SECONDS", env = "BASTION_MCP_MAX_SECONDS")]
    max_seconds: Option<u64>,
    /// End each profile after so many bytes from the database, whatever its caller asks for.
    #[arg(long, value_name = "BYTES", env = "BASTION_MCP_MAX_BYTES")]
    max_bytes: Option<u64>,
    /// Read a large catalog over so many connections at once.
    #[arg(long, value_name = "1|2", env = "BASTION_MCP_MAX_CONNECTIONS", default_value_t = 2,
          value_parser = clap::value_parser!(u8).range(1..=2))]
    max_connections: u8,
    #[command(flatten)]
    filter: FilterArguments,
}

impl std::fmt::Debug for ServeArguments {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The sources have passwords in them.
        f.debug_struct("ServeArguments").field("listen", &self.listen).finish_non_exhaustive()
    }
}

#[derive(Args, Clone, Debug)]
struct FilterArguments {
    /// Only objects whose path matches, such as `public.*`; may be repeated.
    #[arg(long, value_name = "GLOB")]
    include: Vec<String>,
    /// Without objects whose path matches; may be repeated.
    #[arg(long, value_name = "GLOB")]
    exclude: Vec<String>,
}

#[derive(Args, Clone, Debug)]
struct ScanArguments {
    #[command(flatten)]
    address: Address,
    #[command(flatten)]
    filter: FilterArguments,
}

#[derive(Args, Clone, Debug)]
struct ProfileArguments {
    #[command(flatten)]
    address: Address,
    /// How far to read.
    #[arg(long, value_enum, default_value = "full")]
    level: LevelArgument,
    /// Only this table, such as `public.film`; may be repeated.
    #[arg(long = "table", value_name = "SCHEMA.TABLE")]
    tables: Vec<String>,
    #[command(flatten)]
    filter: FilterArguments,
    /// The column that says when a row of a table came in, such as `public.film=last_update`; may be repeated.
    #[arg(long = "timestamp-column", value_name = "TABLE=COLUMN")]
    timestamp_columns: Vec<String>,
    /// Print frequent values as they are; otherwise their shapes.
    #[arg(long)]
    values: bool,
    /// End after so many seconds; what was read by then is marked partial.
    #[arg(long, value_name = "SECONDS")]
    max_seconds: Option<u64>,
    /// End after so many bytes from the database; what was read by then is marked partial.
    #[arg(long, value_name = "BYTES")]
    max_bytes: Option<u64>,
    /// While others use the database, read so many percent of the time and rest for the remainder; 100 as if nobody did.
    #[arg(long, value_name = "PERCENT", default_value_t = Budget::default().duty_percent,
          value_parser = clap::value_parser!(u8).range(1..=100))]
    duty_cycle: u8,
    /// Print JSON, an array with one entry for each table.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum LevelArgument {
    /// The catalog's own statistics; reads no table.
    Estimate,
    /// A block sample of large tables.
    Sample,
    /// Every row, once.
    Full,
}

impl From<LevelArgument> for Level {
    fn from(argument: LevelArgument) -> Self {
        match argument {
            LevelArgument::Estimate => Self::Estimate,
            LevelArgument::Sample => Self::Sample,
            LevelArgument::Full => Self::Full,
        }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum SetupEngine {
    #[value(alias = "pg", alias = "postgresql")]
    Postgres,
    #[value(alias = "mariadb")]
    Mysql,
    Sqlite,
}

/// What is said instead of doing anything: what was asked for, such as help, or in one line what is wrong.
pub(crate) fn answer(said: &clap::Error) -> ExitCode {
    if !said.use_stderr() || said.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        // To a reader that has gone (`| head`) nothing needs to be said.
        let _ = said.print();
    } else {
        let said = said.to_string();
        // Behind it come the usage and where to find more.
        let said = said.split("\n\nUsage: ").next().unwrap_or_default();
        let said = said.strip_prefix("error: ").unwrap_or(said);
        let said = domain::command_line::without_secrets(said, std::env::args().skip(1));
        let line = said.split_whitespace().collect::<Vec<_>>().join(" ");
        eprintln!("bastion-mcp: {line}; see bastion-mcp --help");
    }
    ExitCode::from(u8::try_from(said.exit_code()).unwrap_or(2))
}

pub(crate) async fn run(cli: Cli) -> Result<(), Failure> {
    match cli.command {
        Command::Serve(arguments) => serve::run(arguments).await,
        Command::Scan(arguments) => scan::run(arguments).await,
        Command::Profile(arguments) => profile::run(arguments).await,
        Command::Check { address } => check::run(&address.source()?).await,
        Command::SetupSql { engine } => match engine {
            SetupEngine::Postgres => print(::scan::setup::POSTGRES),
            SetupEngine::Sqlite => print(::scan::setup::SQLITE),
            SetupEngine::Mysql => print(::scan::setup::MYSQL),
        },
    }
}

impl Address {
    fn source(&self) -> Result<Source, Failure> {
        if let Some(url) = &self.url {
            return Ok(Source::parse("database", url)?);
        }
        let mut sources = Source::from_environment(std::env::vars())?;
        match (sources.pop(), sources.is_empty()) {
            (Some(source), true) => Ok(source),
            (None, _) => Err(Failure::Usage(
                "which database? Give its URL, such as postgres://USER@HOST/DATABASE, mysql://USER@HOST/DATABASE or sqlite:PATH".into(),
            )),
            (Some(_), false) => {
                Err(Failure::Usage("the environment names several databases: give one URL".into()))
            }
        }
    }
}

/// Writes to standard output; a reader that has gone (`| head`) is no failure.
fn print(text: &str) -> Result<(), Failure> {
    let mut output = io::stdout().lock();
    told(output.write_all(text.as_bytes()).and_then(|()| output.flush()))
}

fn print_json(value: &impl serde::Serialize) -> Result<(), Failure> {
    // Written as it is made: a large catalog takes a hundred megabytes in this form.
    let mut output = BufWriter::with_capacity(1 << 18, io::stdout().lock());
    let written = serde_json::to_writer_pretty(&mut output, value).map_err(io::Error::from);
    told(written.and_then(|()| output.write_all(b"\n")).and_then(|()| output.flush()))
}

/// Whoever hung up has seen enough.
fn told(written: io::Result<()>) -> Result<(), Failure> {
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::Output(error)),
        _ => Ok(()),
    }
}

/// A one-off command reads with whatever role it is given: it is the user's own. It says so when that is too much.
async fn warn_of_unsafe_role(source: &Source) {
    let limits = ::scan::Limits::default();
    if let Err(error @ ::scan::ScanError::UnsafeRole { .. }) = source.require_safe_role(limits).await {
        tracing::warn!("{error}");
    }
}
