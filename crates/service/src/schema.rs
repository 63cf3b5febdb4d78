//! Schemas: versions, their history and differences, objects, the graph and the search.

mod cache;
mod compare;
mod describe;
mod detail;
mod graph;
mod object_history;
mod search;
mod snapshot;
mod summary;

use store::Reads;
use store::source::Source;
use store::version::Version;
use types::snapshot::Body;

use crate::Error;
use crate::source::select;

pub(crate) use cache::Snapshots;
pub use compare::{Between, compare};
pub use describe::patch_object;
pub(crate) use detail::is_unique;
pub use detail::object;
pub use graph::graph;
pub use object_history::object_history;
pub use search::search;
pub use snapshot::export;
pub(crate) use snapshot::{objects, snapshot, value};
pub use summary::{history, latest, version};

/// The source that is meant and one of its versions, the newest without a number.
///
/// # Errors
/// [`Error::NoSnapshot`] before the first scan, [`Error::NotFound`] for an unknown version.
pub(crate) async fn version_of(
    tx: &impl Reads,
    source: Option<&str>,
    version: Option<u32>,
) -> Result<(Source, Version), Error> {
    let source = select(tx, source).await?;
    let found = match version {
        Some(version) => {
            store::version::find(tx, source.id, version).await.map_err(Error::missing("version"))?
        }
        None => store::version::latest(tx, source.id).await?.ok_or(Error::NoSnapshot)?,
    };
    Ok((source, found))
}

/// Whether an object is one that people look at as a table.
pub(crate) fn is_relation(body: &Body) -> bool {
    matches!(body, Body::Table(_) | Body::View(_) | Body::MaterializedView(_))
}

/// The schema and the name of an object, from its parts.
pub(crate) fn schema_and_name(parts: &[String]) -> (String, String) {
    match parts {
        [] => (String::new(), String::new()),
        [name] => (String::new(), name.clone()),
        [schema @ .., name] => (schema.join("."), name.clone()),
    }
}
