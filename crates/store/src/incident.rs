//! Incidents and what happened to them.

mod event;

pub use event::{Event, add_events, events};

use domain::incident::{Incident as Life, Snooze};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select};
use types::incident::{Evidence, IncidentCause, IncidentSeverity, IncidentState};
use types::{DriftId, IncidentId, RunId, SourceId, Timestamp, UserId};
use uuid::Uuid;

use crate::entity::incident::{ActiveModel, Column, Entity, Model};
use crate::row::{json, number, time, time_option, to_json, word};
use crate::text::holds;
use crate::transaction::Connected;
use crate::{Error, Reads, WriteTx, scoped};

/// How many rows one statement names.
const BATCH: usize = 500;

/// One row of `incident`.
#[derive(Clone, Debug, PartialEq)]
pub struct Incident {
    pub id: IncidentId,
    pub source_id: SourceId,
    pub object: String,
    pub cause: IncidentCause,
    pub title: String,
    pub evidence: Evidence,
    pub assignee: Option<UserId>,
    pub updated_at: Timestamp,
    /// The run that found what was found last.
    pub run_id: RunId,
    pub drift_id: Option<DriftId>,
    /// Where it stands, as the rules need it.
    pub life: Life,
}

/// Whose incidents a list holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssignedTo {
    Nobody,
    User(UserId),
}

/// Which incidents a list holds.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub source: Option<SourceId>,
    /// All when it is empty.
    pub states: Vec<IncidentState>,
    pub severity: Option<IncidentSeverity>,
    pub cause: Option<IncidentCause>,
    pub assignee: Option<AssignedTo>,
    pub drift: Option<DriftId>,
    /// A part of its sentence or of its object's path, in any case.
    pub text: Option<String>,
    /// Only incidents after this one in the list: its `opened_at` in milliseconds, and its id.
    pub after: Option<(i64, IncidentId)>,
}

/// Adds incidents.
///
/// # Errors
/// [`Error::Conflict`] when one of the same source, object and cause has not ended.
pub async fn insert(tx: &WriteTx, incidents: &[Incident]) -> Result<(), Error> {
    for batch in incidents.chunks(BATCH) {
        let rows = batch.iter().map(row).collect::<Result<Vec<_>, Error>>()?;
        scoped::insert_many(tx, rows).exec_without_returning(tx.connection()).await?;
    }
    Ok(())
}

/// Writes every field of one that is there.
///
/// # Errors
/// [`Error::NotFound`] when it is gone, [`Error::Conflict`] when it opens again beside another one of its cause.
pub async fn update(tx: &WriteTx, incident: &Incident) -> Result<(), Error> {
    let result = scoped::update::<Entity>(tx)
        .set(active(incident)?)
        .filter(Column::Id.eq(incident.id.0))
        .exec(tx.connection())
        .await?;
    if result.rows_affected == 0 { Err(Error::NotFound) } else { Ok(()) }
}

/// One incident.
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub async fn find(tx: &impl Reads, id: IncidentId) -> Result<Incident, Error> {
    scoped::find::<Entity>(tx)
        .filter(Column::Id.eq(id.0))
        .one(tx.connection())
        .await?
        .ok_or(Error::NotFound)?
        .try_into()
}

/// Several incidents, each kept from others' changes until the transaction ends; in the order of their ids, so that two
/// that take the same ones do not wait for each other for ever.
///
/// # Errors
/// When the database fails.
pub async fn lock(tx: &WriteTx, ids: &[IncidentId]) -> Result<Vec<Incident>, Error> {
    let rows = scoped::find::<Entity>(tx)
        .filter(Column::Id.is_in(ids.iter().map(|id| id.0)))
        .order_by_asc(Column::Id)
        .lock_exclusive()
        .all(tx.connection())
        .await?;
    rows.into_iter().map(Incident::try_from).collect()
}

/// All of a source that have not ended, kept from others' changes until the transaction ends.
///
/// # Errors
/// When the database fails.
pub async fn lock_active(tx: &WriteTx, source: SourceId) -> Result<Vec<Incident>, Error> {
    let rows = scoped::find::<Entity>(tx)
        .filter(Column::SourceId.eq(source.0))
        .filter(Column::EndedAt.is_null())
        .order_by_asc(Column::Id)
        .lock_exclusive()
        .all(tx.connection())
        .await?;
    rows.into_iter().map(Incident::try_from).collect()
}

/// All of a source that have not ended, in no order.
///
/// # Errors
/// When the database fails.
pub async fn active_of(tx: &impl Reads, source: SourceId) -> Result<Vec<Incident>, Error> {
    let rows = scoped::find::<Entity>(tx)
        .filter(Column::SourceId.eq(source.0))
        .filter(Column::EndedAt.is_null())
        .all(tx.connection())
        .await?;
    rows.into_iter().map(Incident::try_from).collect()
}

/// Incidents of some objects that have ended and may open again or keep quiet what is found: those that were resolved
/// since a time, and those that were called expected or false. Newest first.
///
/// # Errors
/// When the database fails.
pub async fn ended_of(
    tx: &impl Reads,
    source: SourceId,
    objects: &[&str],
    since: Timestamp,
) -> Result<Vec<Incident>, Error> {
    let called = [IncidentState::Expected, IncidentState::FalsePositive].map(IncidentState::as_str);
    let mut found = Vec::new();
    for batch in objects.chunks(BATCH) {
        let rows =
            scoped::find::<Entity>(tx)
                .filter(Column::SourceId.eq(source.0))
                .filter(Column::ObjectPath.is_in(batch.iter().copied()))
                .filter(Condition::any().add(Column::EndedAt.gte(since.millis())).add(
                    Condition::all().add(Column::EndedAt.is_not_null()).add(Column::State.is_in(called)),
                ))
                .order_by_desc(Column::OpenedAt)
                .order_by_desc(Column::Id)
                .all(tx.connection())
                .await?;
        for row in rows {
            found.push(Incident::try_from(row)?);
        }
    }
    Ok(found)
}

/// At most `rows` incidents, newest first.
///
/// # Errors
/// When the database fails.
pub async fn list(tx: &impl Reads, filter: &Filter, rows: u64) -> Result<Vec<Incident>, Error> {
    let query = matching(tx, filter);
    let after = filter.after.map(|(at, id)| (at, id.0));
    let found = scoped::newest_first(tx, query, (Column::OpenedAt, Column::Id), after, rows).await?;
    found.into_iter().map(Incident::try_from).collect()
}

/// How many incidents there are on all pages of a list.
///
/// # Errors
/// When the database fails.
pub async fn count(tx: &impl Reads, filter: &Filter) -> Result<u64, Error> {
    scoped::count(tx, matching(tx, filter)).await
}

/// The incidents that a filter wants, wherever a page begins.
fn matching(tx: &impl Reads, filter: &Filter) -> Select<Entity> {
    let mut query = scoped::find::<Entity>(tx);
    if let Some(source) = filter.source {
        query = query.filter(Column::SourceId.eq(source.0));
    }
    if !filter.states.is_empty() {
        query = query.filter(Column::State.is_in(filter.states.iter().map(|state| state.as_str())));
    }
    if let Some(severity) = filter.severity {
        query = query.filter(Column::Severity.eq(severity.as_str()));
    }
    if let Some(cause) = filter.cause {
        query = query.filter(Column::Cause.eq(cause.as_str()));
    }
    if let Some(drift) = filter.drift {
        query = query.filter(Column::DriftId.eq(drift.0));
    }
    match filter.assignee {
        Some(AssignedTo::Nobody) => query = query.filter(Column::Assignee.is_null()),
        Some(AssignedTo::User(user)) => query = query.filter(Column::Assignee.eq(user.0)),
        None => {}
    }
    if let Some(text) = &filter.text {
        let own = |column| Expr::col((Entity, column));
        let either =
            Condition::any().add(holds(own(Column::Title), text)).add(holds(own(Column::ObjectPath), text));
        query = query.filter(either);
    }
    query
}

/// Whether another one of the same source, object and cause has not ended.
///
/// # Errors
/// When the database fails.
pub async fn is_open_beside(tx: &impl Reads, incident: &Incident) -> Result<bool, Error> {
    let others = scoped::find::<Entity>(tx)
        .filter(Column::SourceId.eq(incident.source_id.0))
        .filter(Column::ObjectPath.eq(incident.object.as_str()))
        .filter(Column::Cause.eq(incident.cause.as_str()))
        .filter(Column::EndedAt.is_null())
        .filter(Column::Id.ne(incident.id.0))
        .count(tx.connection())
        .await?;
    Ok(others > 0)
}

/// How many have not ended.
///
/// # Errors
/// When the database fails.
pub async fn count_active(tx: &impl Reads) -> Result<u64, Error> {
    Ok(scoped::find::<Entity>(tx).filter(Column::EndedAt.is_null()).count(tx.connection()).await?)
}

fn row(incident: &Incident) -> Result<ActiveModel, Error> {
    Ok(ActiveModel {
        id: Set(incident.id.0),
        source_id: Set(incident.source_id.0),
        object_path: Set(incident.object.clone()),
        cause: Set(incident.cause.as_str().to_owned()),
        ..active(incident)?
    })
}

fn active(incident: &Incident) -> Result<ActiveModel, Error> {
    let life = &incident.life;
    let snoozed_until = match &life.snooze {
        Some(Snooze::Until { at }) => Some(at.millis()),
        Some(Snooze::UntilChanged) | None => None,
    };
    let merged_into = life.merged_into.as_deref().map(str::parse::<Uuid>).transpose();
    Ok(ActiveModel {
        severity: Set(life.severity.as_str().to_owned()),
        state: Set(life.status.as_str().to_owned()),
        fingerprint: Set(life.fingerprint.clone()),
        title: Set(incident.title.clone()),
        evidence: Set(to_json(&incident.evidence)?),
        assignee: Set(incident.assignee.map(|user| user.0)),
        snoozed_until: Set(snoozed_until),
        snoozed_until_changed: Set(life.snooze == Some(Snooze::UntilChanged)),
        opened_at: Set(life.opened_at.millis()),
        last_seen_at: Set(life.last_seen_at.millis()),
        updated_at: Set(incident.updated_at.millis()),
        ended_at: Set(life.ended_at.map(Timestamp::millis)),
        reopened: Set(number(life.reopened)?),
        merged_into: Set(merged_into.map_err(|error| Error::Corrupt(error.to_string()))?),
        run_id: Set(incident.run_id.0),
        drift_id: Set(incident.drift_id.map(|drift| drift.0)),
        ..Default::default()
    })
}

impl TryFrom<Model> for Incident {
    type Error = Error;

    fn try_from(row: Model) -> Result<Self, Error> {
        let until = time_option(row.snoozed_until)?.map(|at| Snooze::Until { at });
        let snooze = if row.snoozed_until_changed { Some(Snooze::UntilChanged) } else { until };
        Ok(Self {
            id: IncidentId(row.id),
            source_id: SourceId(row.source_id),
            object: row.object_path,
            cause: word(&row.cause)?,
            title: row.title,
            evidence: json(row.evidence)?,
            assignee: row.assignee.map(UserId),
            updated_at: time(row.updated_at)?,
            run_id: RunId(row.run_id),
            drift_id: row.drift_id.map(DriftId),
            life: Life {
                status: word(&row.state)?,
                severity: word(&row.severity)?,
                fingerprint: row.fingerprint,
                snooze,
                opened_at: time(row.opened_at)?,
                last_seen_at: time(row.last_seen_at)?,
                ended_at: time_option(row.ended_at)?,
                reopened: number(row.reopened)?,
                merged_into: row.merged_into.map(|id| id.to_string()),
            },
        })
    }
}
