//! A source as the configuration's file has it.

use serde_json::json;
use store::WriteTx;
use store::source::Source as Row;
use types::Timestamp;
use types::configuration::SourceConfiguration;
use types::connection::Transport;
use types::source::{CreateSource, Schedule};

use super::{create_in, keep_token, optional, plan, record, refuse_forbidden, way};
use crate::{Context, Error, Scope};

/// What became of a source.
#[derive(Debug)]
pub(crate) struct Configured {
    pub(crate) row: Row,
    /// As it was; missing for one that is new.
    pub(crate) before: Option<Row>,
    /// What the organization's settings lack to reach its agent, as a sentence.
    pub(crate) missing: Option<String>,
    /// No token is kept for its agent, or none any more.
    pub(crate) without_token: bool,
}

/// What the file says of a source itself.
pub(crate) fn described(row: &Row) -> SourceConfiguration {
    SourceConfiguration {
        name: row.name.clone(),
        transport: row.transport,
        url: row.url.clone(),
        agent_source: Some(row.agent_source.clone()).filter(|name| !name.is_empty()),
        tool_prefix: row.tool_prefix.clone(),
        every_minutes: row.every_minutes,
        policy: None,
        expectations: None,
        ownership: None,
        objects: None,
        sensitivity: None,
    }
}

/// Adds a source, or changes one, as the file wants it. Its token stays out of this: a new one has none, and one whose
/// address moves to another server loses it.
///
/// # Errors
/// [`Error::Invalid`] with pointers into the file's source, else as `create`.
pub(crate) async fn configure<P>(
    context: &Context,
    tx: &WriteTx,
    scope: &Scope<P>,
    known: Option<Row>,
    wanted: &SourceConfiguration,
    now: Timestamp,
) -> Result<Configured, Error> {
    if wanted.transport == Transport::Gateway && wanted.url.is_some() {
        return Err(Error::field("/url", "unused", "A source behind a gateway has no address of its own."));
    }
    let mut without_token = false;
    let row = match &known {
        None => {
            let input = CreateSource {
                name: wanted.name.clone(),
                transport: wanted.transport,
                url: wanted.url.clone(),
                token: None,
                agent_source: wanted.agent_source.clone(),
                tool_prefix: wanted.tool_prefix.clone(),
                schedule: Schedule { every_minutes: wanted.every_minutes },
            };
            without_token = wanted.transport == Transport::Direct;
            create_in(context, tx, scope, input, now).await?
        }
        Some(before) => {
            let row = changed(tx, before, wanted, now).await?;
            if row != *before {
                let moved = moved(before, &row);
                without_token = moved;
                store::source::update(tx, &row, now).await?;
                keep_token(tx, row.id, moved.then_some(""), now).await?;
                refuse_forbidden(context, tx, &row).await?;
                let detail = json!({
                    "name": row.name, "url": row.url, "every_minutes": row.every_minutes, "token_changed": moved,
                });
                record(tx, scope, now, "source.changed", "changed", &row, detail).await?;
            }
            row
        }
    };
    let missing = match way::way(tx, &row).await {
        Ok(_) => None,
        Err(Error::NotConfigured(sentence)) => Some(format!("{}: {sentence}", row.name)),
        Err(error) => return Err(error),
    };
    Ok(Configured { row, before: known, missing, without_token })
}

async fn changed(
    tx: &WriteTx,
    before: &Row,
    wanted: &SourceConfiguration,
    now: Timestamp,
) -> Result<Row, Error> {
    let mut row = before.clone();
    if wanted.transport != row.transport {
        let detail = "The way to a source's agent cannot change. Add a source of another name.";
        return Err(Error::field("/transport", "fixed", detail));
    }
    if row.transport == Transport::Direct {
        row.url = Some(way::address(wanted.url.as_deref())?.into());
    }
    row.agent_source = optional("/agent_source", wanted.agent_source.clone())?.unwrap_or_default();
    row.tool_prefix = optional("/tool_prefix", wanted.tool_prefix.clone())?;
    if (&row.url, &row.agent_source) != (&before.url, &before.agent_source) {
        row.fingerprint = None;
    }
    if wanted.every_minutes != row.every_minutes {
        plan(tx, &mut row, &Schedule { every_minutes: wanted.every_minutes }, now).await?;
    }
    Ok(row)
}

/// Whether the agent is at another server than before.
fn moved(before: &Row, after: &Row) -> bool {
    let (Some(before), Some(after)) = (&before.url, &after.url) else { return false };
    !way::address(Some(after)).is_ok_and(|url| way::same_server(before, &url))
}
