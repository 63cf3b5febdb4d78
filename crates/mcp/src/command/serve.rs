//! `bastion-mcp serve`.

use std::collections::BTreeMap;
use std::path::Path;

use rmcp::ServiceExt;
use scan::{CancellationToken, Filter, Limits, ScanError, Source};
use secrecy::SecretString;
use types::protocol::ProfileBudget;

use super::ServeArguments;
use crate::failure::Failure;
use crate::server::http::Tokens;
use crate::server::{self, Agent, Policy};

pub(super) async fn run(arguments: ServeArguments) -> Result<(), Failure> {
    let sources = sources(&arguments)?;
    let token = token(&arguments)?;
    let values = arguments.values_token_file.as_deref().map(read_token).transpose()?;
    let tokens = Tokens::new(token.as_ref(), values.as_ref())?;
    let policy = Policy {
        unsafe_role: arguments.allow_unsafe_role,
        values: arguments.allow_values,
        duty_percent: arguments.duty_cycle,
        most: ProfileBudget { bytes: arguments.max_bytes, seconds: arguments.max_seconds },
        allowed: Filter::new(&arguments.filter.include, &arguments.filter.exclude)?,
    };
    let mut limits = Limits::default();
    if arguments.max_connections == 1 {
        limits.catalog_at_once = u64::MAX;
    }
    if arguments.allow_unsafe_role {
        name_unsafe_roles(sources.values()).await;
    } else {
        refuse_unsafe_roles(sources.values()).await?;
    }
    let stop = CancellationToken::new();
    tokio::spawn(stop_on_signal(stop.clone()));
    let agent = Agent::new(sources, limits, policy);
    if arguments.stdio {
        let running = agent
            .clone()
            .serve_with_ct(rmcp::transport::stdio(), stop)
            .await
            .map_err(|error| Failure::Server(format!("the client did not begin with MCP: {error}")))?;
        let ended = running.waiting().await;
        agent.cancel_all();
        return ended.map(drop).map_err(|error| Failure::Server(error.to_string()));
    }
    server::http::serve(agent, arguments.listen, tokens, arguments.allowed_hosts, stop).await
}

fn sources(arguments: &ServeArguments) -> Result<BTreeMap<String, Source>, Failure> {
    let mut sources = BTreeMap::new();
    let given = arguments.sources.iter().map(|text| Source::parse_assignment(text));
    let listed: Vec<Source> = given.collect::<Result<_, _>>()?;
    for source in listed.into_iter().chain(Source::from_environment(std::env::vars())?) {
        if let Some(twin) = sources.insert(source.name().to_owned(), source) {
            return Err(Failure::Usage(format!("two sources are called {}", twin.name())));
        }
    }
    if sources.is_empty() {
        return Err(Failure::Usage(
            "which databases? Give --source NAME=URL, such as shop=sqlite:shop.db".into(),
        ));
    }
    Ok(sources)
}

/// From `--token-file`, or from the variable `BASTION_MCP_TOKEN`.
fn token(arguments: &ServeArguments) -> Result<Option<SecretString>, Failure> {
    if let Some(file) = &arguments.token_file {
        return read_token(file).map(Some);
    }
    let Ok(text) = std::env::var("BASTION_MCP_TOKEN") else {
        if arguments.stdio || arguments.listen.ip().is_loopback() {
            return Ok(None);
        }
        return Err(Failure::Usage(format!(
            "whoever reaches {} could read the databases: give --token-file FILE, or listen on 127.0.0.1",
            arguments.listen
        )));
    };
    long_enough(&text).map(Some)
}

fn read_token(file: &Path) -> Result<SecretString, Failure> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| Failure::Usage(format!("{}: {}", file.display(), error.kind())))?;
    long_enough(&text)
}

fn long_enough(text: &str) -> Result<SecretString, Failure> {
    let text = text.trim();
    if text.len() < 16 {
        return Err(Failure::Usage("the token must have at least 16 characters".into()));
    }
    Ok(text.into())
}

/// Looks at every role before anything listens. A database that is away now is looked at again before each job.
async fn refuse_unsafe_roles(sources: impl Iterator<Item = &Source>) -> Result<(), Failure> {
    for source in sources {
        match source.require_safe_role(Limits::default()).await {
            Ok(()) => {}
            Err(error @ ScanError::UnsafeRole { .. }) => return Err(Failure::Unsafe(error.to_string())),
            Err(error) => tracing::warn!(source = source.name(), "{error}"),
        }
    }
    Ok(())
}

/// Says what each role may do beyond reading: whoever allowed it shall see what was allowed, at every start.
async fn name_unsafe_roles(sources: impl Iterator<Item = &Source>) {
    for source in sources {
        let info = source.info(Limits::default()).await;
        if !info.reachable {
            let why = info.findings.first().map_or("", |finding| finding.message.as_str());
            tracing::warn!(source = source.name(), "the role could not be looked at: {why}");
        }
        for finding in info.findings.iter().filter(|finding| finding.unsafe_) {
            tracing::warn!(
                source = source.name(),
                finding = finding.code,
                "allowed by --allow-unsafe-role: {}",
                finding.message
            );
        }
    }
}

async fn stop_on_signal(stop: CancellationToken) {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let Ok(mut terminate) = signal(SignalKind::terminate()) else { return };
        tokio::select! {
            _ = interrupt => {}
            _ = terminate.recv() => {}
        }
    }
    #[cfg(not(unix))]
    let _ = interrupt.await;
    stop.cancel();
}
