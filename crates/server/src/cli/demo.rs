//! `bastion demo`: the server with a shop that has a past, and an agent beside it.

mod credentials;
mod history;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use demo::{AgentProcess, DAYS, Shop};
use secrecy::{ExposeSecret, SecretString};
use service::{Clock, Context, SimulatedClock, SystemClock};
use tokio::task::spawn_blocking;

use super::exit::print;
use super::{Exit, log, serve};
use crate::config::{self, Config, Flags, Variables};
use credentials::Credentials;

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// The port on 127.0.0.1
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// The demo account's address
    #[arg(long, default_value = "demo@bastion.example")]
    email: String,
    /// A file with its password; without one a password is made and printed
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

/// What the interface says about the demo.
const NOTICE: &str = "Demo: the shop and its calendar are made up; every scan of it was real.";
/// Beside the data: `building` while the history is made, `ready` afterwards.
const STATE_FILE: &str = "demo-state";
/// How often the shop takes orders while the demo runs.
const TRADE_EVERY: Duration = Duration::from_secs(45);

/// Runs the demo until it is told to stop.
pub(super) async fn run(mut flags: Flags, arguments: Arguments) -> Result<(), Exit> {
    flags.listen = Some(format!("127.0.0.1:{}", arguments.port));
    let config = config::load(&flags, Variables::of_process())?;
    log::start(&config);
    if !config.is_embedded() {
        return Err(Exit::usage(
            "The demo keeps its data in an embedded database: leave the database's URL out.",
        ));
    }
    serve::make_data_dir(&config)?;
    let built = make_room(&config.data_dir)?;
    // Before anything is started: a signal may come to this process alone, and must not leave the agent behind.
    let stopping = serve::stop_on_signal()?;
    let context = serve::prepare(&config, Some(NOTICE.to_owned())).await?;
    let started = stopping.run_until_cancelled(start(&config, &context, &arguments, built)).await;
    let Some(started) = started else {
        serve::close(&context).await;
        tracing::info!("stopped");
        return Ok(());
    };
    let Started { shop, agent, credentials } = started?;
    welcome(&config, &credentials, arguments.password_file.is_some())?;
    let trade = tokio::spawn(keep_trading(shop));
    let served = serve::serve(&config, context, stopping).await;
    trade.abort();
    drop(agent);
    served
}

/// What the demo is, beside the server.
struct Started {
    shop: Shop,
    agent: AgentProcess,
    credentials: Credentials,
}

/// Opens the shop, starts its agent, and makes the history unless it is there. Dropped halfway, it ends the agent; the next
/// start makes the history anew.
async fn start(
    config: &Config,
    context: &Context,
    arguments: &Arguments,
    built: bool,
) -> Result<Started, Exit> {
    let token = agent_token(&config.data_dir)?;
    let shop_file = config.data_dir.join("shop.db");
    let shop = if built { Shop::reopen(&shop_file) } else { Shop::found(&shop_file, SystemClock.now()) };
    let shop = shop.map_err(failed)?;
    let agent =
        AgentProcess::start(&AgentProcess::binary(), &shop_file, &token.file).await.map_err(failed)?;
    let credentials =
        credentials::keep(&config.data_dir, &arguments.email, arguments.password_file.as_deref())?;
    let shop = if built {
        history::reconnect(context, &credentials, &agent.url, &token.value).await?;
        shop
    } else {
        let shop = build(context, shop, &credentials, &agent.url, &token.value).await?;
        fs::write(config.data_dir.join(STATE_FILE), "ready\n").map_err(failed)?;
        shop
    };
    Ok(Started { shop, agent, credentials })
}

fn failed(error: impl std::fmt::Display) -> Exit {
    Exit::failed(format!("The demo could not be started: {error}."))
}

/// Whether the history is there already. A history that was cut short is thrown away; anybody else's data is not touched.
fn make_room(data: &Path) -> Result<bool, Exit> {
    let state = fs::read_to_string(data.join(STATE_FILE)).unwrap_or_default();
    if state.trim() == "ready" {
        return Ok(true);
    }
    let database = data.join("bastion.db");
    if state.is_empty() && database.exists() {
        let folder = data.display();
        return Err(Exit::usage(format!(
            "{folder} holds data that is not the demo's. Choose another folder with --data."
        )));
    }
    for name in ["bastion.db", "bastion.db-wal", "bastion.db-shm", "shop.db", "shop.db-wal", "shop.db-shm"] {
        match fs::remove_file(data.join(name)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failed(error)),
            _ => {}
        }
    }
    fs::write(data.join(STATE_FILE), "building\n").map_err(failed)?;
    Ok(false)
}

struct Token {
    value: SecretString,
    file: PathBuf,
}

/// The token between server and agent, made at the first start.
fn agent_token(data: &Path) -> Result<Token, Exit> {
    let file = data.join("agent-token");
    let value = match fs::read_to_string(&file) {
        Ok(text) => text.trim().to_owned(),
        Err(_) => {
            let fresh = service::identity::random_password()?;
            credentials::write_private(&file, &fresh).map_err(failed)?;
            fresh
        }
    };
    Ok(Token { value: SecretString::from(value), file })
}

async fn build(
    context: &Context,
    shop: Shop,
    credentials: &Credentials,
    agent: &str,
    token: &SecretString,
) -> Result<Shop, Exit> {
    let clock = Arc::new(SimulatedClock::new(shop.end_of(0)));
    let mut past = context.clone();
    past.clock = clock.clone();
    print(&format!(
        "Making {DAYS} days of history: each day is lived by the shop and scanned by the agent."
    ))?;
    let mut told = 0;
    history::live(&past, &clock, shop, credentials, (agent, token), |day| {
        if day == DAYS || day >= told + 10 {
            told = day;
            tracing::info!("day {day} of {DAYS}");
        }
    })
    .await
}

fn welcome(config: &Config, credentials: &Credentials, own_password: bool) -> Result<(), Exit> {
    let url = config.public_url.as_str().trim_end_matches('/');
    let password = if own_password { "the one in your file" } else { credentials.password.expose_secret() };
    print(&format!(
        "\nBastion's demo is at   {url}\n  e-mail:    {}\n  password:  {password}\n\nCtrl-C stops it; the data stays.",
        credentials.email
    ))
}

/// A few orders now and then, so that a scan by hand finds something new. A shop that cannot be written is told once.
async fn keep_trading(mut shop: Shop) {
    loop {
        tokio::time::sleep(TRADE_EVERY).await;
        let traded = spawn_blocking(move || shop.trickle(SystemClock.now()).map(|()| shop)).await;
        shop = match traded {
            Ok(Ok(shop)) => shop,
            Ok(Err(error)) => return tracing::warn!(%error, "the demo's shop has closed"),
            Err(error) => return tracing::warn!(%error, "the demo's shop has closed"),
        };
    }
}
