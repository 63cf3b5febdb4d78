//! The way to a source's agent, and which of the agent's databases it is.

use integrations::{Agent, AgentError, AgentErrorKind, SecretString, Url, Way};
use store::source::Source;
use store::{Reads, secret};
use types::connection::Transport;
use types::protocol::SourceInfo;

use super::{SUBJECT, TOKEN};
use crate::foreign_text::{NAME, capped};
use crate::{Context, Error, connection};

/// The way to a source's agent.
///
/// # Errors
/// [`Error::NotConfigured`] when the organization's settings lack what the way needs.
pub(crate) async fn way(tx: &impl Reads, source: &Source) -> Result<Way, Error> {
    let kept = connection::kept(tx).await?;
    match source.transport {
        Transport::Gateway => kept.gateway(source.tool_prefix.clone()),
        Transport::Direct => {
            let url = address(source.url.as_deref())?;
            let token = secret::open(tx, SUBJECT, source.id.0, TOKEN).await?;
            Ok(kept.direct(url, token.map(|text| SecretString::from(text.as_str().to_owned()))))
        }
    }
}

/// A client of a source's agent. Nothing is dialled before its first call.
///
/// # Errors
/// As [`way`], and the connector's when the address may not be called.
pub(crate) async fn agent(
    context: &Context,
    tx: &impl Reads,
    source: &Source,
) -> Result<Box<dyn Agent>, Error> {
    Ok(context.connector.agent(&way(tx, source).await?)?)
}

/// What the agent says of the source's database; without a name it must be its only one.
///
/// # Errors
/// When the agent cannot be asked, does not know the database or cannot reach it.
pub(crate) async fn resolve(agent: &dyn Agent, source: &Source) -> Result<SourceInfo, Error> {
    let name = Some(source.agent_source.as_str()).filter(|name| !name.is_empty());
    let mut answer = agent.source_info(name).await?;
    let info = match name {
        Some(name) => answer.sources.into_iter().find(|info| info.name == name),
        None if answer.sources.len() > 1 => {
            let names: Vec<_> = answer.sources.iter().map(|info| capped(&info.name, NAME)).collect();
            let names = names.join(", ");
            return Err(Error::NotConfigured(format!(
                "The agent has several databases ({names}). Set which one the source {} is.",
                source.name
            )));
        }
        None => answer.sources.pop(),
    };
    let Some(info) = info else {
        let message =
            "The agent does not know this database. Compare the source's settings with the agent's --source.";
        return Err(AgentError::new(AgentErrorKind::Failed, message).into());
    };
    if !info.reachable {
        let why: Vec<_> = info.findings.iter().map(|finding| finding.message.as_str()).collect();
        let intro = "The agent cannot reach its database. ";
        return Err(AgentError::quoting(AgentErrorKind::Unreachable, intro, &why.join(" ")).into());
    }
    Ok(info)
}

/// An address that an agent may have.
///
/// # Errors
/// [`Error::Invalid`] when it is missing or no HTTP address.
pub(super) fn address(text: Option<&str>) -> Result<Url, Error> {
    let url = text.and_then(|text| Url::parse(text.trim()).ok()).filter(|url| {
        matches!(url.scheme(), "http" | "https") && url.username().is_empty() && url.password().is_none()
    });
    url.ok_or_else(|| {
        Error::field(
            "/url",
            "url",
            "Give the agent's address, such as http://127.0.0.1:7800/mcp, without a password.",
        )
    })
}

/// Whether an address is on the same server as one that was kept.
pub(super) fn same_server(kept: &str, url: &Url) -> bool {
    Url::parse(kept).is_ok_and(|kept| kept.origin() == url.origin())
}
