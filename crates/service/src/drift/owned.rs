//! Events that concern what somebody answers for, or what is tagged.

use store::drift::{Drift as Row, Filter};
use store::object::{self, Address};
use store::{Error as StoreError, Reads};
use types::SourceId;

use crate::Error;
use crate::ownership::Narrowed;

/// How many events are looked through at a time.
const BATCH: u64 = 200;

/// The part of a change that says where it is.
#[derive(serde::Deserialize)]
struct Place {
    path: String,
    old_path: Option<String>,
}

/// At most `rows` of the events that change something that is wanted, or that affect such a table or view. A column may
/// have an owner and tags of its own: where the tables do not tell, the changes do.
pub(super) async fn rows_of(
    tx: &impl Reads,
    mut filter: Filter,
    owned: &Narrowed,
    rows: u64,
) -> Result<Vec<Row>, Error> {
    let most = usize::try_from(rows).unwrap_or(usize::MAX);
    let mut found = Vec::new();
    loop {
        let some = store::drift::list(tx, &filter, BATCH).await?;
        let is_last = u64::try_from(some.len()).is_ok_and(|read| read < BATCH);
        filter.after = some.last().map(|event| (event.detected_at.millis(), event.id));
        found.extend(wanted(tx, some, owned).await?);
        if is_last || found.len() >= most {
            found.truncate(most);
            return Ok(found);
        }
    }
}

async fn wanted(tx: &impl Reads, events: Vec<Row>, owned: &Narrowed) -> Result<Vec<Row>, Error> {
    let affects = |event: Row| {
        let affects = event.affected.iter().any(|path| owned.wants(event.source_id, path));
        (event, affects)
    };
    let events: Vec<(Row, bool)> = events.into_iter().map(affects).collect();
    let unclear: Vec<Address> =
        events.iter().filter(|(_, affects)| !affects).map(|(event, _)| event.changes.clone()).collect();
    let mut changes = object::get_many(tx, &unclear).await?.into_iter();
    let mut found = Vec::new();
    for (event, affects) in events {
        let is_wanted =
            affects || changes_wanted(owned, event.source_id, &changes.next().unwrap_or_default())?;
        if is_wanted {
            found.push(event);
        }
    }
    Ok(found)
}

fn changes_wanted(owned: &Narrowed, source: SourceId, changes: &[u8]) -> Result<bool, Error> {
    let places: Vec<Place> =
        serde_json::from_slice(changes).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    Ok(places
        .iter()
        .flat_map(|place| std::iter::once(&place.path).chain(&place.old_path))
        .any(|path| owned.wants(source, path)))
}
