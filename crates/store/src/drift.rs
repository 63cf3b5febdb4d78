//! Drift: the recorded differences between two versions of a schema.

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, Condition, QueryFilter, Select};
use types::change::{ChangeSummary, Severity};
use types::drift::{Decision, DriftStatus};
use types::{DriftId, RunId, SourceId, Timestamp};

use crate::entity::drift::{ActiveModel, Column, Entity, Model};
use crate::object::Address;
use crate::row::{json, number, time, to_json, word};
use crate::text::holds;
use crate::transaction::Connected;
use crate::{Error, Reads, WriteTx, scoped};

/// One row of `drift`.
#[derive(Clone, Debug, PartialEq)]
pub struct Drift {
    pub id: DriftId,
    pub source_id: SourceId,
    pub old_version: u32,
    pub new_version: u32,
    pub detected_at: Timestamp,
    /// The highest of its changes, after policy.
    pub severity: Severity,
    /// The highest of its changes as they were found.
    pub found_severity: Severity,
    pub breaking: bool,
    pub status: DriftStatus,
    pub sentence: String,
    pub summary: ChangeSummary,
    pub affected: Vec<String>,
    /// Where the list of changes is, as JSON.
    pub changes: Address,
    pub run_id: RunId,
    pub decision: Option<Decision>,
}

/// Which events a list holds.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub source: Option<SourceId>,
    pub severity: Option<Severity>,
    pub status: Option<DriftStatus>,
    pub breaking: Option<bool>,
    /// A part of its sentence or of a path that it affects, in any case.
    pub text: Option<String>,
    /// Detected at or after.
    pub from: Option<Timestamp>,
    /// Detected at or before.
    pub to: Option<Timestamp>,
    /// Only events after this one in the list: its `detected_at` in milliseconds, and its id.
    pub after: Option<(i64, DriftId)>,
}

/// Adds an event.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &WriteTx, drift: &Drift) -> Result<(), Error> {
    let row = ActiveModel {
        id: Set(drift.id.0),
        source_id: Set(drift.source_id.0),
        old_version: Set(number(drift.old_version)?),
        new_version: Set(number(drift.new_version)?),
        detected_at: Set(drift.detected_at.millis()),
        severity: Set(drift.severity.as_str().to_owned()),
        breaking: Set(drift.breaking),
        status: Set(drift.status.as_str().to_owned()),
        sentence: Set(drift.sentence.clone()),
        summary: Set(to_json(&drift.summary)?),
        affected: Set(to_json(&drift.affected)?),
        changes: Set(drift.changes.to_string()),
        run_id: Set(drift.run_id.0),
        decided_by: Set(drift.decision.as_ref().map(|decision| decision.by.clone())),
        decided_at: Set(drift.decision.as_ref().map(|decision| decision.at.millis())),
        reason: Set(drift.decision.as_ref().and_then(|decision| decision.reason.clone())),
        found_severity: Set(Some(drift.found_severity.as_str().to_owned())),
        ..Default::default()
    };
    scoped::insert(tx, row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// One event.
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub async fn find(tx: &impl Reads, id: DriftId) -> Result<Drift, Error> {
    scoped::find::<Entity>(tx)
        .filter(Column::Id.eq(id.0))
        .one(tx.connection())
        .await?
        .ok_or(Error::NotFound)?
        .try_into()
}

/// Several events, in no order.
///
/// # Errors
/// When the database fails.
pub async fn find_many(tx: &impl Reads, ids: &[DriftId]) -> Result<Vec<Drift>, Error> {
    let rows = scoped::find::<Entity>(tx)
        .filter(Column::Id.is_in(ids.iter().map(|id| id.0)))
        .all(tx.connection())
        .await?;
    rows.into_iter().map(Drift::try_from).collect()
}

/// At most `rows` events, newest first.
///
/// # Errors
/// When the database fails.
pub async fn list(tx: &impl Reads, filter: &Filter, rows: u64) -> Result<Vec<Drift>, Error> {
    let query = matching(tx, filter);
    let after = filter.after.map(|(at, id)| (at, id.0));
    let found = scoped::newest_first(tx, query, (Column::DetectedAt, Column::Id), after, rows).await?;
    found.into_iter().map(Drift::try_from).collect()
}

/// How many events there are on all pages of a list.
///
/// # Errors
/// When the database fails.
pub async fn count(tx: &impl Reads, filter: &Filter) -> Result<u64, Error> {
    scoped::count(tx, matching(tx, filter)).await
}

/// The events that a filter wants, wherever a page begins.
fn matching(tx: &impl Reads, filter: &Filter) -> Select<Entity> {
    let mut query = scoped::find::<Entity>(tx);
    if let Some(source) = filter.source {
        query = query.filter(Column::SourceId.eq(source.0));
    }
    if let Some(severity) = filter.severity {
        query = query.filter(Column::Severity.eq(severity.as_str()));
    }
    if let Some(status) = filter.status {
        query = query.filter(Column::Status.eq(status.as_str()));
    }
    if let Some(breaking) = filter.breaking {
        query = query.filter(Column::Breaking.eq(breaking));
    }
    if let Some(text) = &filter.text {
        let paths = Expr::col((Entity, Column::Affected)).cast_as("text");
        let sentence = Expr::col((Entity, Column::Sentence));
        query = query.filter(Condition::any().add(holds(sentence, text)).add(holds(paths, text)));
    }
    if let Some(from) = filter.from {
        query = query.filter(Column::DetectedAt.gte(from.millis()));
    }
    if let Some(to) = filter.to {
        query = query.filter(Column::DetectedAt.lte(to.millis()));
    }
    query
}

/// Writes down what was decided about an event.
///
/// # Errors
/// [`Error::NotFound`] when there is no such event.
pub async fn decide(
    tx: &WriteTx,
    id: DriftId,
    status: DriftStatus,
    decision: &Decision,
) -> Result<(), Error> {
    let row = ActiveModel {
        status: Set(status.as_str().to_owned()),
        decided_by: Set(Some(decision.by.clone())),
        decided_at: Set(Some(decision.at.millis())),
        reason: Set(decision.reason.clone()),
        ..Default::default()
    };
    let result =
        scoped::update::<Entity>(tx).set(row).filter(Column::Id.eq(id.0)).exec(tx.connection()).await?;
    if result.rows_affected == 0 { Err(Error::NotFound) } else { Ok(()) }
}

/// Writes down how an event is judged now: its severity, whether it breaks something, its words and its changes.
///
/// # Errors
/// [`Error::NotFound`] when there is no such event.
pub async fn rejudge(tx: &WriteTx, drift: &Drift) -> Result<(), Error> {
    let row = ActiveModel {
        severity: Set(drift.severity.as_str().to_owned()),
        breaking: Set(drift.breaking),
        sentence: Set(drift.sentence.clone()),
        summary: Set(to_json(&drift.summary)?),
        changes: Set(drift.changes.to_string()),
        ..Default::default()
    };
    let result =
        scoped::update::<Entity>(tx).set(row).filter(Column::Id.eq(drift.id.0)).exec(tx.connection()).await?;
    if result.rows_affected == 0 { Err(Error::NotFound) } else { Ok(()) }
}

impl TryFrom<Model> for Drift {
    type Error = Error;

    fn try_from(row: Model) -> Result<Self, Error> {
        let decision = match (row.decided_by, row.decided_at) {
            (Some(by), Some(at)) => Some(Decision { by, at: time(at)?, reason: row.reason }),
            _ => None,
        };
        Ok(Self {
            id: DriftId(row.id),
            source_id: SourceId(row.source_id),
            old_version: number(row.old_version)?,
            new_version: number(row.new_version)?,
            detected_at: time(row.detected_at)?,
            severity: word(&row.severity)?,
            found_severity: word(row.found_severity.as_ref().unwrap_or(&row.severity))?,
            breaking: row.breaking,
            status: word(&row.status)?,
            sentence: row.sentence,
            summary: json(row.summary)?,
            affected: json(row.affected)?,
            changes: row.changes.parse()?,
            run_id: RunId(row.run_id),
            decision,
        })
    }
}
