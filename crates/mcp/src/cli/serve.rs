//! `bastion-mcp serve`.

use std::path::Path;
use std::sync::Arc;

use rmcp::ServiceExt;
use scan::{Source, SourceError};
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use super::{Failure, ServeArguments};
use crate::agent::Agent;
use crate::http::{self, Listening};
use crate::server::Server;

pub(super) async fn serve(arguments: ServeArguments) -> Result<(), Failure> {
    let sources = sources(&arguments.sources)?;
    if arguments.allow_unsafe_role {
        tracing::warn!("--allow-unsafe-role: the agent works with roles that could write");
    }
    let agent = Arc::new(Agent::new(sources, arguments.allow_unsafe_role));
    let stopping = CancellationToken::new();
    tokio::spawn(stop_on_signal(stopping.clone()));
    if arguments.stdio {
        return stdio(agent, stopping).await;
    }
    let token = arguments.token_file.as_deref().map(token).transpose()?;
    let listening = Listening { address: arguments.listen, token, allowed_hosts: arguments.allowed_hosts };
    Ok(http::serve(agent, listening, stopping).await?)
}

/// What the command line names, or else what the environment does.
fn sources(named: &[String]) -> Result<Vec<Source>, Failure> {
    let mut sources: Vec<Source> = Vec::new();
    for text in named {
        let source = Source::parse_assignment(text)?;
        if sources.iter().any(|known| known.name() == source.name()) {
            return Err(SourceError::Twice(source.name().to_owned()).into());
        }
        sources.push(source);
    }
    if sources.is_empty() {
        sources = Source::from_environment(std::env::vars())?;
    }
    if sources.is_empty() {
        return Err(Failure::Usage(
            "no source: give --source NAME=URL, or set DB_ENGINE, DB_HOST, DB_NAME, DB_USER and DB_PASSWORD"
                .into(),
        ));
    }
    Ok(sources)
}

async fn stdio(agent: Arc<Agent>, stopping: CancellationToken) -> Result<(), Failure> {
    let server = Server::new(agent.clone());
    let running = server
        .serve(rmcp::transport::stdio())
        .await
        .map_err(|error| Failure::Usage(format!("the client did not speak MCP: {error}")))?;
    tokio::select! {
        _ = running.waiting() => {}
        () = stopping.cancelled() => {}
    }
    agent.stop();
    Ok(())
}

fn token(file: &Path) -> Result<SecretString, Failure> {
    let text = std::fs::read_to_string(file).map_err(|error| {
        Failure::Usage(format!("the token file {} cannot be read: {error}", file.display()))
    })?;
    let token = text.trim();
    if token.len() < 16 {
        return Err(Failure::Usage(format!("the token in {} is shorter than 16 characters", file.display())));
    }
    Ok(SecretString::from(token))
}

/// Ctrl-C, or what a supervisor sends.
async fn stop_on_signal(stopping: CancellationToken) {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else { return };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
    stopping.cancel();
}
