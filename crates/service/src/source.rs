//! Sources: adding, changing, testing and scheduling the databases that are monitored.

mod configure;
mod schedule;
mod select;
mod view;
mod way;

use serde::Serialize;
use serde_json::json;
use store::source::Source as Row;
use store::{Reads, WriteTx, secret};
use types::connection::Transport;
use types::organization::ConnectionReport;
use types::page::Page;
use types::source::{CreateSource, PatchSource, Source};
use types::{SourceId, Timestamp};
use uuid::Uuid;

use crate::organization::{Limited, make_room};
use crate::page::Paging;
use crate::permission::{SourceManage, SourceRead};
use crate::precondition::{Tagged, tag_of};
use crate::{Context, Error, Scope, Topic, activity, audit};

pub(crate) use configure::{Configured, configure, described};
pub(crate) use schedule::{Tick, plan};
pub use schedule::{schedule, set_schedule};
pub(crate) use select::{select, select_all};
pub(crate) use way::{agent, resolve};

/// The table that the sealed secrets name as theirs.
pub(crate) const SUBJECT: &str = "source";
/// What the token of a source's agent is sealed as.
pub(crate) const TOKEN: &str = "token";
/// The most characters of a name, an address or a prefix.
const LONGEST: usize = 300;

/// A page of sources, by name.
///
/// # Errors
/// [`Error::Invalid`] for a foreign cursor.
pub async fn list(
    context: &Context,
    scope: &Scope<SourceRead>,
    paging: &Paging,
) -> Result<Page<Source>, Error> {
    let after: Option<String> = paging.after()?;
    let tx = context.store.read(scope.tenant()).await?;
    let rows = store::source::page(&tx, after.as_deref(), paging.rows()).await?;
    let mut page = paging.page(rows, |row| row.name.clone());
    let items = view::sources(&tx, std::mem::take(&mut page.items)).await?;
    Ok(page.with(items))
}

/// One source, by its name or id.
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub async fn get(context: &Context, scope: &Scope<SourceRead>, named: &str) -> Result<Tagged<Source>, Error> {
    let tx = context.store.read(scope.tenant()).await?;
    let row = select(&tx, Some(named)).await?;
    let document = view::source(&tx, row).await?;
    let tag = tag_of(&changeable(&document))?;
    Ok(Tagged { document, tag })
}

/// What [`patch`] changes; its schedule has an address of its own.
fn changeable(source: &Source) -> impl Serialize {
    let Source { name, transport, url, token, agent_source, tool_prefix, .. } = source;
    (name, transport, url, token, agent_source, tool_prefix)
}

/// Adds a source. Nothing is dialled; `test` does that.
///
/// # Errors
/// [`Error::Invalid`] when a field does not fit, [`Error::Conflict`] when the name is taken, [`Error::PlanLimit`] when the
/// organization may have no more, an error of the connector when the address may not be called.
pub async fn create(
    context: &Context,
    scope: &Scope<SourceManage>,
    input: CreateSource,
) -> Result<Source, Error> {
    let now = context.now();
    let tx = context.store.write(scope.tenant()).await?;
    let row = create_in(context, &tx, scope, input, now).await?;
    let view = view::source(&tx, row).await?;
    tx.commit().await?;
    context.hub.publish(scope.org(), Topic::Activity);
    context.hub.publish(scope.org(), Topic::Job);
    Ok(view)
}

/// Adds a source within a change that does more.
///
/// # Errors
/// As [`create`].
pub(crate) async fn create_in<P>(
    context: &Context,
    tx: &WriteTx,
    scope: &Scope<P>,
    input: CreateSource,
    now: Timestamp,
) -> Result<Row, Error> {
    let CreateSource { name, transport, url, token, agent_source, tool_prefix, schedule } = input;
    check_name(&name)?;
    let url = match transport {
        Transport::Direct => Some(way::address(url.as_deref())?),
        Transport::Gateway => None,
    };
    make_room(tx, Limited::Sources, now).await?;
    refuse_twin(tx, &name, None).await?;
    let mut row = Row {
        id: SourceId(Uuid::now_v7()),
        name,
        transport,
        url: url.map(String::from),
        agent_source: optional("/agent_source", agent_source)?.unwrap_or_default(),
        tool_prefix: optional("/tool_prefix", tool_prefix)?,
        engine: None,
        engine_version: None,
        database: None,
        schema_version: None,
        last_scan_at: None,
        last_run_id: None,
        every_minutes: None,
        next_scan_at: None,
        findings: Vec::new(),
        limits: None,
        fingerprint: None,
        profiled_at: None,
        profile_fingerprint: None,
        profile_holds_until: None,
        catalog_read_at: None,
        created_at: now,
    };
    plan(tx, &mut row, &schedule, now).await?;
    store::source::insert(tx, &row).await?;
    keep_token(tx, row.id, token.as_deref(), now).await?;
    refuse_forbidden(context, tx, &row).await?;
    let detail = json!({"name": row.name, "transport": row.transport, "url": row.url, "every_minutes": row.every_minutes});
    record(tx, scope, now, "source.created", "added", &row, detail).await?;
    Ok(row)
}

/// Changes a source. A token is dropped when the address moves to another server and no new token comes with it:
/// whoever may change an address must not be able to collect what is kept.
///
/// # Errors
/// As [`create`], [`Error::NotFound`] when it is gone, and [`Error::PreconditionFailed`] when it was changed meanwhile.
pub async fn patch(
    context: &Context,
    scope: &Scope<SourceManage>,
    named: &str,
    input: PatchSource,
) -> Result<Source, Error> {
    let now = context.now();
    let tx = context.store.write(scope.tenant()).await?;
    store::organization::lock(&tx).await?;
    let mut row = select(&tx, Some(named)).await?;
    if scope.precondition().is_some() {
        scope.precondition().check(&changeable(&view::source(&tx, row.clone()).await?))?;
    }
    let PatchSource { name, url, token, agent_source, tool_prefix } = input;
    if let Some(name) = name {
        check_name(&name)?;
        refuse_twin(&tx, &name, Some(row.id)).await?;
        row.name = name;
    }
    let mut token = token;
    if let Some(url) = url {
        if row.transport == Transport::Gateway {
            return Err(Error::field(
                "/url",
                "unused",
                "A source behind a gateway has no address of its own.",
            ));
        }
        let url = way::address(Some(&url))?;
        let same_server = row.url.as_deref().is_some_and(|old| way::same_server(old, &url));
        if !same_server && token.is_none() {
            token = Some(String::new());
        }
        row.url = Some(url.into());
        row.fingerprint = None;
    }
    if let Some(name) = optional("/agent_source", agent_source)? {
        row.agent_source = name;
        row.fingerprint = None;
    }
    if let Some(prefix) = tool_prefix {
        row.tool_prefix = optional("/tool_prefix", Some(prefix))?;
    }
    store::source::update(&tx, &row, now).await?;
    keep_token(&tx, row.id, token.as_deref(), now).await?;
    refuse_forbidden(context, &tx, &row).await?;
    let detail = json!({"name": row.name, "url": row.url, "token_changed": token.is_some()});
    record(&tx, scope, now, "source.changed", "changed", &row, detail).await?;
    let view = view::source(&tx, row).await?;
    tx.commit().await?;
    context.hub.publish(scope.org(), Topic::Activity);
    Ok(view)
}

/// Removes a source from sight; a run that is under way is asked to end.
///
/// # Errors
/// [`Error::NotFound`] when it is gone.
pub async fn delete(context: &Context, scope: &Scope<SourceManage>, named: &str) -> Result<(), Error> {
    let now = context.now();
    let tx = context.store.write(scope.tenant()).await?;
    let row = select(&tx, Some(named)).await?;
    if let Some(run) = store::run::active_of(&tx, row.id).await? {
        store::run::request_cancel(&tx, run.id).await?;
    }
    secret::clear(&tx, SUBJECT, row.id.0, TOKEN).await?;
    crate::incident::follow_removal(&tx, scope.actor(), row.id, now).await?;
    store::source::delete(&tx, row.id, now).await?;
    record(&tx, scope, now, "source.deleted", "removed", &row, json!({"name": row.name})).await?;
    tx.commit().await?;
    context.hub.publish(scope.org(), Topic::Activity);
    Ok(())
}

/// Tries the way to a source's agent, rung by rung.
///
/// # Errors
/// [`Error::NotFound`] when there is no such source, [`Error::NotConfigured`] when there is nothing to try.
pub async fn test(
    context: &Context,
    scope: &Scope<SourceManage>,
    named: &str,
) -> Result<ConnectionReport, Error> {
    let tx = context.store.read(scope.tenant()).await?;
    let row = select(&tx, Some(named)).await?;
    let way = way::way(&tx, &row).await?;
    drop(tx);
    let agent_source = Some(row.agent_source).filter(|name| !name.is_empty());
    Ok(context.connector.test(integrations::Probe { way, agent_source }).await)
}

/// The audit row and the activity row of a change.
async fn record<P>(
    tx: &WriteTx,
    scope: &Scope<P>,
    now: Timestamp,
    action: &'static str,
    verb: &str,
    row: &Row,
    detail: serde_json::Value,
) -> Result<(), Error> {
    audit::record(tx, scope, now, action, &format!("source:{}", row.id), detail).await?;
    let entry = activity::Entry {
        kind: action,
        message: format!("{} {verb} the source {}", scope.actor().name(), row.name),
        source: Some(row.name.clone()),
        link: Some("/dashboard/settings".to_owned()),
    };
    activity::record(tx, scope.actor(), now, entry).await?;
    Ok(())
}

async fn keep_token(tx: &WriteTx, id: SourceId, token: Option<&str>, now: Timestamp) -> Result<(), Error> {
    match token.map(str::trim) {
        None => {}
        Some("") => {
            secret::clear(tx, SUBJECT, id.0, TOKEN).await?;
        }
        Some(token) => {
            secret::put(tx, SUBJECT, id.0, TOKEN, token, now).await?;
        }
    }
    Ok(())
}

/// Refuses an address that this server may not call before it is kept. A gateway that is not set up yet is no fault.
async fn refuse_forbidden(context: &Context, tx: &impl Reads, row: &Row) -> Result<(), Error> {
    match way::way(tx, row).await {
        Ok(way) => {
            context.connector.agent(&way)?;
            Ok(())
        }
        Err(Error::NotConfigured(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Asks first: on PostgreSQL a violated constraint ends the transaction.
async fn refuse_twin(tx: &impl Reads, name: &str, own: Option<SourceId>) -> Result<(), Error> {
    let taken = store::source::list(tx).await?.into_iter().any(|row| row.name == name && Some(row.id) != own);
    if taken {
        return Err(Error::Conflict(format!("There is a source {name} already. Choose another name.")));
    }
    Ok(())
}

fn check_name(name: &str) -> Result<(), Error> {
    let fits = (1..=63).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte));
    if fits {
        return Ok(());
    }
    Err(Error::field("/name", "format", "Use 1 to 63 of the characters a-z, 0-9, - and _."))
}

/// A missing or empty text is nothing.
fn optional(pointer: &str, text: Option<String>) -> Result<Option<String>, Error> {
    let text = text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    if text.as_ref().is_some_and(|text| text.chars().count() > LONGEST) {
        return Err(Error::field(pointer, "length", format!("At most {LONGEST} characters.")));
    }
    Ok(text)
}
