//! `bastion serve`.

use std::fs::DirBuilder;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::DirBuilderExt as _;
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;

use service::{Clerk, Context, Dns, Outbound, Redis, RelyingParty, Settings, Smtp, SystemClock};
use store::Store;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::{Exit, egress, log, migrate, open, open_as};
use crate::app::Site;
use crate::config::{Config, Mail, Role};
use crate::edge::{BODY_TIMEOUT, SLOW};
use crate::listener::{self, Serving};
use crate::metrics;
use crate::rate_limit::RateLimiter;

/// How long requests may take to finish once the server stops, in seconds.
const GRACE_SECONDS: u64 = 10;
/// Slower than this, a client's headers are not waited for.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);

/// Serves until it is told to stop.
pub(super) async fn run(config: Config) -> Result<(), Exit> {
    log::start(&config);
    let context = prepare(&config, None).await?;
    serve(&config, context, stop_on_signal()?).await
}

/// Makes the data folder, brings the tables up to date where this process may, and opens the database.
pub(super) async fn prepare(config: &Config, notice: Option<String>) -> Result<Context, Exit> {
    make_data_dir(config)?;
    if config.is_embedded() || config.database.owner_url.is_some() {
        migrate::up(config).await?;
        let behind = migrate::behind(config).await?;
        if behind > 0 {
            tracing::warn!(behind, "schemas of organizations are behind: run `bastion migrate up --all`");
        }
    }
    let store = open(config).await?;
    let context = context(config, store, notice)?;
    match &config.job_url {
        Some(url) if config.role != Role::Api => {
            Ok(context.with_job_store(open_as(config, &config.database_as(url)).await?))
        }
        _ => Ok(context),
    }
}

/// What use cases work with, on an open database.
pub(super) fn context(config: &Config, store: Store, notice: Option<String>) -> Result<Context, Exit> {
    let egress = egress(config)?;
    let settings = Settings {
        public_url: config.public_url.as_str().trim_end_matches('/').to_owned(),
        sign_up: config.sign_up,
        notice,
        deletion_grace_days: config.deletion_grace_days,
    };
    let relying_party = RelyingParty::new(egress.clone());
    let clerk = config.clerk.clone().map(|settings| Clerk::new(settings, egress.clone()));
    let context = Context::new(store, Arc::new(SystemClock), Arc::new(Outbound::new(egress)), settings)
        .with_relying_party(relying_party);
    let context = match config.dns_server.map_or_else(Dns::of_system, Dns::at) {
        Ok(dns) => context.with_dns(dns),
        Err(error) => {
            tracing::warn!(%error, "domains cannot be proved by DNS");
            context
        }
    };
    let context = match clerk {
        Some(clerk) => context.with_clerk(clerk),
        None => context,
    };
    let context = match config.redis.clone() {
        Some(server) => context.with_redis(Redis::new(server)),
        None => context,
    };
    if let Some(Mail { server, sender }) = config.mail.clone() {
        let smtp = Smtp::new(server, sender)
            .map_err(|error| Exit::failed(format!("Mail cannot be sent: {error}.")))?;
        return Ok(context.with_mailer(Arc::new(smtp)));
    }
    Ok(context)
}

/// Makes the folder of an embedded database; only its owner may look into it.
pub(super) fn make_data_dir(config: &Config) -> Result<(), Exit> {
    if !config.is_embedded() {
        return Ok(());
    }
    DirBuilder::new().recursive(true).mode(0o700).create(&config.data_dir).map_err(|error| {
        Exit::failed(format!("The folder {} cannot be made: {error}.", config.data_dir.display()))
    })
}

/// Serves HTTP and does jobs, as the role says, until `stopping` is cancelled.
pub(super) async fn serve(
    config: &Config,
    context: Context,
    stopping: CancellationToken,
) -> Result<(), Exit> {
    if let Some(address) = config.metrics_listen {
        let listener = bind(address, "BASTION_METRICS_LISTEN")?;
        metrics::serve(listener, context.clone(), stopping.clone())
            .map_err(|error| Exit::failed(format!("Metrics cannot be served: {error}.")))?;
    }
    if config.is_embedded() {
        service::worker::take_over(&context).await?;
    }
    let worker = (config.role != Role::Api).then(|| {
        let (context, stopping) = (context.clone(), stopping.clone());
        tokio::spawn(async move { service::worker::run(context, stopping).await })
    });
    if config.role == Role::Worker {
        tracing::info!("working");
        stopping.cancelled().await;
    } else {
        let listener = bind(config.listen, "--listen")?;
        listen(config, context.clone(), listener, stopping.clone()).await?;
    }
    if let Some(worker) = worker {
        stopping.cancel();
        worker.await.map_err(|error| Exit::failed(format!("The worker ended badly: {error}.")))?;
    }
    close(&context).await;
    tracing::info!("stopped");
    Ok(())
}

/// An embedded database is then one file, with nothing left in its write-ahead log. A database that cannot be closed in
/// time loses nothing: the next start reads the log.
pub(super) async fn close(context: &Context) {
    let all = async {
        if let Some(store) = &context.job_store {
            store.close().await?;
        }
        context.store.close().await
    };
    match tokio::time::timeout(Duration::from_secs(GRACE_SECONDS), all).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(%error, "the database was not closed"),
        Err(_) => tracing::warn!("the database is still in use and was not closed"),
    }
}

fn bind(address: SocketAddr, by: &str) -> Result<TcpListener, Exit> {
    TcpListener::bind(address).map_err(|error| {
        Exit::failed(format!("{address} cannot be listened at: {error}. Choose another with {by}."))
    })
}

async fn listen(
    config: &Config,
    context: Context,
    listener: TcpListener,
    stopping: CancellationToken,
) -> Result<(), Exit> {
    let failed = |error| Exit::failed(format!("The server failed: {error}."));
    let site = Arc::new(Site {
        public_url: config.public_url.clone(),
        trusted_proxies: config.trusted_proxies.clone(),
        ui: config.ui.clone(),
        rate_limiter: RateLimiter::new(config.rate_limits),
        body_timeout: BODY_TIMEOUT,
        slow: SLOW,
        stopping: stopping.clone(),
    });
    let address = listener.local_addr().map_err(failed)?;
    let serving = Serving {
        workers: available_parallelism().map_or(2, usize::from),
        header_timeout: HEADER_TIMEOUT,
        grace_seconds: GRACE_SECONDS,
    };
    let server = listener::listen(context, site, listener, serving).map_err(failed)?;
    tracing::info!(%address, public_url = %config.public_url, "serving");
    let handle = server.handle();
    tokio::spawn(async move {
        stopping.cancelled().await;
        handle.stop(true).await;
    });
    server.await.map_err(failed)
}

/// From now on Ctrl-C and SIGTERM do not end the process but cancel the token, so that it stops in order: no new jobs,
/// streams end, requests finish.
pub(super) fn stop_on_signal() -> Result<CancellationToken, Exit> {
    let failed = |error| Exit::failed(format!("Signals cannot be heard: {error}."));
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let told = CancellationToken::new();
    let stopping = told.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        tracing::info!("stopping");
        told.cancel();
    });
    Ok(stopping)
}
