//! Drift: what scans found changed, and what was decided about it.

mod decide;
mod owned;

use std::collections::HashMap;

use store::drift::Drift as Row;
use types::change::Severity;
use types::drift::{DriftDetail, DriftStatus, DriftSummary};
use types::page::Page;
use types::{DriftId, SourceId, Timestamp};

use crate::ownership::Narrowed;
use crate::page::Paging;
use crate::permission::DriftRead;
use crate::scan::source_names;
use crate::schema::value;
use crate::source::select;
use crate::{Context, Error, Scope, ownership};

pub use decide::decide;

/// The most characters of a reason.
const LONGEST_REASON: usize = 2_000;

/// Which events a list holds.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Name or id; all sources without it.
    pub source: Option<String>,
    pub severity: Option<Severity>,
    pub status: Option<DriftStatus>,
    pub breaking: Option<bool>,
    /// A part of the sentence or of a path that is affected.
    pub text: Option<String>,
    pub from: Option<Timestamp>,
    pub to: Option<Timestamp>,
    /// Whose objects it changes or affects, and how these are tagged.
    pub owned: ownership::Filter,
}

/// A page of events, newest first.
///
/// # Errors
/// [`Error::NotFound`] for an unknown source, [`Error::Invalid`] for a foreign cursor and for a key that asks for its own.
pub async fn list(
    context: &Context,
    scope: &Scope<DriftRead>,
    filter: Filter,
    paging: &Paging,
) -> Result<Page<DriftSummary>, Error> {
    let after: Option<(i64, DriftId)> = paging.after()?;
    let owned = filter.owned.clone().asked_by(scope)?;
    let tx = context.store.read(scope.tenant()).await?;
    let source = match &filter.source {
        Some(named) => Some(select(&tx, Some(named)).await?.id),
        None => None,
    };
    let Filter { severity, status, breaking, text, from, to, .. } = filter;
    let text = text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let filter = store::drift::Filter { source, severity, status, breaking, text, from, to, after };
    let names = source_names(&tx).await?;
    let key = |drift: &Row| (drift.detected_at.millis(), drift.id);
    let mut page = match Narrowed::over(&tx, owned, &names).await? {
        None => {
            let rows = store::drift::list(&tx, &filter, paging.rows()).await?;
            paging.counted(paging.page(rows, key), store::drift::count(&tx, &filter)).await?
        }
        Some(owned) => paging.page(owned::rows_of(&tx, filter, &owned, paging.rows()).await?, key),
    };
    let items = std::mem::take(&mut page.items).into_iter().map(|row| summary(row, &names)).collect();
    Ok(page.with(items))
}

/// One event with its changes.
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub async fn get(context: &Context, scope: &Scope<DriftRead>, id: DriftId) -> Result<DriftDetail, Error> {
    let tx = context.store.read(scope.tenant()).await?;
    detail(&tx, id).await
}

async fn detail(tx: &impl store::Reads, id: DriftId) -> Result<DriftDetail, Error> {
    let row = store::drift::find(tx, id).await.map_err(Error::missing("drift event"))?;
    let changes = value(tx, &row.changes).await?;
    let (run_id, decision) = (row.run_id, row.decision.clone());
    Ok(DriftDetail { drift: summary(row, &source_names(tx).await?), run_id, changes, decision })
}

fn summary(row: Row, names: &HashMap<SourceId, String>) -> DriftSummary {
    DriftSummary {
        id: row.id,
        source_id: row.source_id,
        source: names.get(&row.source_id).cloned().unwrap_or_else(|| row.source_id.to_string()),
        old_version: row.old_version,
        new_version: row.new_version,
        detected_at: row.detected_at,
        severity: row.severity,
        found_severity: row.found_severity,
        breaking: row.breaking,
        status: row.status,
        summary: row.summary,
        sentence: row.sentence,
        affected: row.affected,
    }
}
