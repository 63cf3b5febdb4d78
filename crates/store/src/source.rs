//! Sources: the monitored databases.

use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, Condition, QueryFilter, QueryOrder, QuerySelect};
use types::connection::Transport;
use types::protocol::{AgentLimits, Finding};
use types::snapshot::Engine;
use types::{RunId, SourceId, Timestamp};

use crate::entity::source::{ActiveModel, Column, Entity, Model};
use crate::row::{json, number_option, time, time_option, to_json, word};
use crate::transaction::Connected;
use crate::{Error, Reads, WriteTx, scoped};

/// One row of `source`.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    pub id: SourceId,
    pub name: String,
    pub transport: Transport,
    pub url: Option<String>,
    /// What the agent calls the database.
    pub agent_source: String,
    pub tool_prefix: Option<String>,
    pub engine: Option<Engine>,
    pub engine_version: Option<String>,
    pub database: Option<String>,
    /// The newest version of its schema.
    pub schema_version: Option<u32>,
    pub last_scan_at: Option<Timestamp>,
    pub last_run_id: Option<RunId>,
    pub every_minutes: Option<u32>,
    pub next_scan_at: Option<Timestamp>,
    pub findings: Vec<Finding>,
    /// What the agent said that its work may cost.
    pub limits: Option<AgentLimits>,
    /// What the agent is asked to compare with; only good for `schema_version`.
    pub fingerprint: Option<String>,
    /// When the catalog itself was last read, not its fingerprint alone.
    pub catalog_read_at: Option<Timestamp>,
    /// Which of its statistics are the newest, see [`crate::statistics::publish`], which alone sets it.
    pub profiled_at: Option<Timestamp>,
    /// What the agent is asked to compare with before it profiles: while it holds, its newest statistics would be the
    /// same again.
    pub profile_fingerprint: Option<String>,
    /// When the newest statistics would no longer be judged as they are, though nobody had written to a table; for ever
    /// when it is missing.
    pub profile_holds_until: Option<Timestamp>,
    pub created_at: Timestamp,
}

/// All that are not deleted, by name.
///
/// # Errors
/// When the database fails.
pub async fn list(tx: &impl Reads) -> Result<Vec<Source>, Error> {
    let rows = scoped::find::<Entity>(tx)
        .filter(Column::DeletedAt.is_null())
        .order_by_asc(Column::Name)
        .all(tx.connection())
        .await?;
    rows.into_iter().map(Source::try_from).collect()
}

/// How many there are that are not deleted, also of those that the transaction does not see.
///
/// # Errors
/// When the database fails.
pub async fn count(tx: &WriteTx) -> Result<u64, Error> {
    scoped::count_all::<Entity>(tx, Condition::all().add(Column::DeletedAt.is_null())).await
}

/// At most `rows` of those after a name, by name.
///
/// # Errors
/// When the database fails.
pub async fn page(tx: &impl Reads, after: Option<&str>, rows: u64) -> Result<Vec<Source>, Error> {
    let mut query = scoped::find::<Entity>(tx).filter(Column::DeletedAt.is_null());
    if let Some(after) = after {
        query = query.filter(Column::Name.gt(after));
    }
    let found = query.order_by_asc(Column::Name).limit(rows).all(tx.connection()).await?;
    found.into_iter().map(Source::try_from).collect()
}

/// One that is not deleted.
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub async fn find(tx: &impl Reads, id: SourceId) -> Result<Source, Error> {
    scoped::find::<Entity>(tx)
        .filter(Column::Id.eq(id.0))
        .filter(Column::DeletedAt.is_null())
        .one(tx.connection())
        .await?
        .ok_or(Error::NotFound)?
        .try_into()
}

/// Adds one.
///
/// # Errors
/// [`Error::Conflict`] when the name is taken.
pub async fn insert(tx: &WriteTx, source: &Source) -> Result<(), Error> {
    let mut row = active(source)?;
    row.id = Set(source.id.0);
    row.created_at = Set(source.created_at.millis());
    row.updated_at = Set(source.created_at.millis());
    row.deleted_at = Set(None);
    scoped::insert(tx, row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// Writes every field of one that is there.
///
/// # Errors
/// [`Error::NotFound`] when it is gone, [`Error::Conflict`] when the name is taken.
pub async fn update(tx: &WriteTx, source: &Source, now: Timestamp) -> Result<(), Error> {
    let mut row = active(source)?;
    row.updated_at = Set(now.millis());
    let result = scoped::update::<Entity>(tx)
        .set(row)
        .filter(Column::Id.eq(source.id.0))
        .filter(Column::DeletedAt.is_null())
        .exec(tx.connection())
        .await?;
    if result.rows_affected == 0 { Err(Error::NotFound) } else { Ok(()) }
}

/// Hides one; its history stays, its name becomes free.
///
/// # Errors
/// [`Error::NotFound`] when it is gone already.
pub async fn delete(tx: &WriteTx, id: SourceId, now: Timestamp) -> Result<(), Error> {
    let row = ActiveModel {
        name: Set(id.to_string()),
        deleted_at: Set(Some(now.millis())),
        next_scan_at: Set(None),
        ..Default::default()
    };
    let result = scoped::update::<Entity>(tx)
        .set(row)
        .filter(Column::Id.eq(id.0))
        .filter(Column::DeletedAt.is_null())
        .exec(tx.connection())
        .await?;
    if result.rows_affected == 0 { Err(Error::NotFound) } else { Ok(()) }
}

/// Forgets what the agent would be asked to compare with before it profiles: the next scan reads the figures anew.
///
/// # Errors
/// [`Error::NotFound`] when it is gone.
pub async fn forget_profile(tx: &WriteTx, id: SourceId) -> Result<(), Error> {
    let row = ActiveModel { profile_fingerprint: Set(None), ..Default::default() };
    let result =
        scoped::update::<Entity>(tx).set(row).filter(Column::Id.eq(id.0)).exec(tx.connection()).await?;
    if result.rows_affected == 0 { Err(Error::NotFound) } else { Ok(()) }
}

fn active(source: &Source) -> Result<ActiveModel, Error> {
    Ok(ActiveModel {
        name: Set(source.name.clone()),
        transport: Set(source.transport.as_str().to_owned()),
        url: Set(source.url.clone()),
        agent_source: Set(source.agent_source.clone()),
        tool_prefix: Set(source.tool_prefix.clone()),
        engine: Set(source.engine.map(|engine| engine.as_str().to_owned())),
        engine_version: Set(source.engine_version.clone()),
        database: Set(source.database.clone()),
        schema_version: Set(number_option(source.schema_version)?),
        last_scan_at: Set(source.last_scan_at.map(Timestamp::millis)),
        last_run_id: Set(source.last_run_id.map(|id| id.0)),
        every_minutes: Set(number_option(source.every_minutes)?),
        next_scan_at: Set(source.next_scan_at.map(Timestamp::millis)),
        findings: Set(to_json(&source.findings)?),
        limits: Set(source.limits.as_ref().map(to_json).transpose()?),
        fingerprint: Set(source.fingerprint.clone()),
        catalog_read_at: Set(source.catalog_read_at.map(Timestamp::millis)),
        profile_fingerprint: Set(source.profile_fingerprint.clone()),
        profile_holds_until: Set(source.profile_holds_until.map(Timestamp::millis)),
        ..Default::default()
    })
}

impl TryFrom<Model> for Source {
    type Error = Error;

    fn try_from(row: Model) -> Result<Self, Error> {
        Ok(Self {
            id: SourceId(row.id),
            name: row.name,
            transport: word(&row.transport)?,
            url: row.url,
            agent_source: row.agent_source,
            tool_prefix: row.tool_prefix,
            engine: row.engine.as_deref().map(word).transpose()?,
            engine_version: row.engine_version,
            database: row.database,
            schema_version: number_option(row.schema_version)?,
            last_scan_at: time_option(row.last_scan_at)?,
            last_run_id: row.last_run_id.map(RunId),
            every_minutes: number_option(row.every_minutes)?,
            next_scan_at: time_option(row.next_scan_at)?,
            findings: json(row.findings)?,
            limits: row.limits.map(json).transpose()?,
            fingerprint: row.fingerprint,
            catalog_read_at: time_option(row.catalog_read_at)?,
            profiled_at: time_option(row.profiled_at)?,
            profile_fingerprint: row.profile_fingerprint,
            profile_holds_until: time_option(row.profile_holds_until)?,
            created_at: time(row.created_at)?,
        })
    }
}
