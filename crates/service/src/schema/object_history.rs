//! What happened to one object, followed through its renames and beyond its end.

use store::Reads;
use store::drift::Filter;
use store::source::Source;
use types::change::Change;
use types::schema::{ObjectHistory, ObjectVersion};
use types::snapshot::Object;

use super::{snapshot, value, version_of};
use crate::permission::SchemaRead;
use crate::{Context, Error, Scope};

/// How many events are read at once.
const BATCH: u64 = 100;
/// How many are looked through at most: each is a list of changes to unpack.
const MOST: usize = 1_000;
/// How many versions an answer tells of at most.
const TOLD: usize = 200;

/// The history of a table, a view, a column or anything else that has or had an address.
///
/// # Errors
/// [`Error::NotFound`] when no version knew it, as far as events are kept; as `?source=` says.
pub async fn object_history(
    context: &Context,
    scope: &Scope<SchemaRead>,
    source: Option<&str>,
    path: &str,
) -> Result<ObjectHistory, Error> {
    let tx = context.store.read(scope.tenant()).await?;
    let (source, newest) = version_of(&tx, source, None).await?;
    let present = snapshot(context, &tx, &newest).await?.objects.iter().any(|object| has(object, path));
    let (versions, truncated) = followed(&tx, &source, path, MOST).await?;
    if !present && versions.is_empty() {
        return Err(Error::NotFound("object"));
    }
    Ok(ObjectHistory { source: source.name, path: path.to_owned(), present, versions, truncated })
}

/// When an object changed lately, newest first.
pub(super) async fn recent(
    tx: &impl Reads,
    source: &Source,
    path: &str,
) -> Result<Vec<ObjectVersion>, Error> {
    let batch = usize::try_from(BATCH).unwrap_or(usize::MAX);
    Ok(followed(tx, source, path, batch).await?.0)
}

/// Whether a path is the object's or that of a column of it.
fn has(object: &Object, path: &str) -> bool {
    object.path == path
        || path.starts_with(&object.path)
            && object.body.columns().iter().any(|column| super::detail::column_path(object, column) == path)
}

/// What concerns the object, from the newest event on back, and whether there was more than was looked at.
async fn followed(
    tx: &impl Reads,
    source: &Source,
    path: &str,
    most: usize,
) -> Result<(Vec<ObjectVersion>, bool), Error> {
    let mut filter = Filter { source: Some(source.id), ..Filter::default() };
    let (mut path, mut versions, mut seen) = (path.to_owned(), Vec::new(), 0);
    loop {
        let events = store::drift::list(tx, &filter, BATCH).await?;
        let Some(last) = events.last() else { return Ok((versions, false)) };
        filter.after = Some((last.detected_at.millis(), last.id));
        for event in &events {
            if seen == most || versions.len() == TOLD {
                return Ok((versions, true));
            }
            seen += 1;
            let all: Vec<Change> = value(tx, &event.changes).await?;
            let before = domain::history::path_before(&all, &path);
            let concerns = |change: &Change| domain::history::concerns(change, &path, &before);
            let changes: Vec<Change> = all.into_iter().filter(concerns).collect();
            if !changes.is_empty() {
                let (version, at) = (event.new_version, event.detected_at);
                versions.push(ObjectVersion { version, at, path: path.clone(), changes });
            }
            path = before;
        }
    }
}
