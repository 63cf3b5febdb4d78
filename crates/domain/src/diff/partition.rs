//! Tables that become a partition of another one, or stop being one.
//!
//! A snapshot folds partitions into the table they belong to, so such a table leaves the list of tables or comes back to
//! it while all its rows are still there. Partitions that are made and dropped as such are told nowhere: they come and go
//! every day, and what goes with them is seen in the number of rows.

use std::collections::HashMap;

use serde_json::json;
use types::snapshot::{Body, Object, Snapshot};

use super::comparison::{Comparison, Draft};
use crate::severity::{Verdict, relation as rule};

/// The partitioned table of each partition, by path.
pub(super) fn parents(snapshot: &Snapshot) -> HashMap<&str, &str> {
    let mut parents = HashMap::new();
    for object in &snapshot.objects {
        if let Body::Table(table) = &object.body
            && let Some(partitions) = &table.partitions
        {
            parents.extend(partitions.names.iter().map(|name| (name.as_str(), object.path.as_str())));
        }
    }
    parents
}

pub(super) fn attached(comparison: &mut Comparison<'_>, table: &Object, parent: &str) {
    moved(comparison, table, (None, Some(parent)), rule::PARTITION_ATTACHED);
}

pub(super) fn detached(comparison: &mut Comparison<'_>, table: &Object, parent: &str) {
    moved(comparison, table, (Some(parent), None), rule::PARTITION_DETACHED);
}

/// The table that it was a partition of, then the one that it is a partition of.
fn moved(
    comparison: &mut Comparison<'_>,
    table: &Object,
    (before, after): (Option<&str>, Option<&str>),
    verdict: Verdict,
) {
    let draft = Draft::new("table", "changed", &*table.path)
        .before(json!({ "partition_of": before }))
        .after(json!({ "partition_of": after }));
    comparison.push_object(draft, &[verdict]);
}
