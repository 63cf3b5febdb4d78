//! The lines that steps log.

use types::RunId;
use types::agent::AgentName;
use types::log::{LogLevel, LogLine};
use types::page::Page;

use crate::page::Paging;
use crate::permission::ScanRead;
use crate::source::select;
use crate::{Context, Error, Scope};

/// How many lines a stream reads at a time.
const BATCH: u64 = 200;

/// Which lines a list or a stream holds.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub run: Option<RunId>,
    pub agent: Option<AgentName>,
    /// This level and those above it.
    pub level: Option<LogLevel>,
    /// Name or id; all sources without it.
    pub source: Option<String>,
}

/// A page of lines, newest first.
///
/// # Errors
/// [`Error::NotFound`] for an unknown source, [`Error::Invalid`] for a foreign cursor.
pub async fn list(
    context: &Context,
    scope: &Scope<ScanRead>,
    filter: Filter,
    paging: &Paging,
) -> Result<Page<LogLine>, Error> {
    let before: Option<i64> = paging.after()?;
    let tx = context.store.read(scope.tenant()).await?;
    let filter = resolved(&tx, filter).await?;
    let rows = store::log::list(&tx, &filter, before, paging.rows()).await?;
    Ok(paging.page(rows, |line| line.seq))
}

/// The lines after one, oldest first, a batch at a time.
///
/// # Errors
/// [`Error::NotFound`] for an unknown source.
pub async fn after(
    context: &Context,
    scope: &Scope<ScanRead>,
    filter: Filter,
    after: i64,
) -> Result<Vec<LogLine>, Error> {
    let tx = context.store.read(scope.tenant()).await?;
    let filter = resolved(&tx, filter).await?;
    Ok(store::log::after(&tx, &filter, after, BATCH).await?)
}

/// The newest line's number; a stream that names no line begins after it.
///
/// # Errors
/// When the store fails.
pub async fn latest_seq(context: &Context, scope: &Scope<ScanRead>) -> Result<i64, Error> {
    let tx = context.store.read(scope.tenant()).await?;
    Ok(store::log::latest_seq(&tx).await?)
}

async fn resolved(tx: &impl store::Reads, filter: Filter) -> Result<store::log::Filter, Error> {
    let source = match filter.source {
        // Lines keep the name that the source had.
        Some(named) => Some(select(tx, Some(&named)).await?.name),
        None => None,
    };
    Ok(store::log::Filter { run: filter.run, agent: filter.agent, least_level: filter.level, source })
}
