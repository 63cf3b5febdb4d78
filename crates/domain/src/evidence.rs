//! What the last profile and the catalog add to a change: facts that turn a rule into a decision.
//!
//! Atlas lets a pre-check that a table is empty silence its rules; we know the counts, so we state them.

mod mentions;
mod uses;

use std::collections::HashMap;

use types::change::Change;
use types::profile::{ColumnProfile, Method, TableProfile};
use types::snapshot::Snapshot;

use mentions::Mentions;
use uses::Uses;

/// The last profile of a database, by table.
#[derive(Clone, Debug, Default)]
pub struct ProfileIndex<'a> {
    tables: HashMap<&'a str, &'a TableProfile>,
}

impl<'a> ProfileIndex<'a> {
    /// Indexes profiles; of two for one table the later in the list counts.
    #[must_use]
    pub fn new(profiles: &'a [TableProfile]) -> Self {
        Self {
            tables: profiles
                .iter()
                .filter(|profile| profile.skipped.is_none())
                .map(|profile| (profile.table.as_str(), profile))
                .collect(),
        }
    }

    /// The profile of the table at `path`.
    #[must_use]
    pub fn table(&self, path: &str) -> Option<&'a TableProfile> {
        self.tables.get(path).copied()
    }

    fn column(&self, table: &str, column: &str) -> Option<(&'a TableProfile, &'a ColumnProfile)> {
        let profile = self.table(table)?;
        let column = profile.columns.iter().find(|stats| stats.column == column)?;
        Some((profile, column))
    }
}

/// A change and what it is about, as the old snapshot calls it.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) change: Change,
    /// The table, the view, or another object as a whole.
    pub(crate) table: Option<String>,
    pub(crate) column: Option<String>,
}

/// Adds evidence to all changes.
pub(crate) fn attach(found: Vec<Found>, old: &Snapshot, profile: Option<&ProfileIndex<'_>>) -> Vec<Change> {
    let asked = |wanted: fn(&Change) -> bool| {
        let wanted = found.iter().filter(move |found| wanted(&found.change));
        wanted.filter_map(|found| Some((found.change.object(), found.table.as_deref()?)))
    };
    let uses = Uses::of(old, &asked(changes_contract).map(|(_, path)| path).collect());
    let mentions = Mentions::of(old, &asked(changes_named).collect());
    let with = |Found { mut change, table, column }: Found| {
        let Some(table) = &table else { return change };
        let column = column.as_deref();
        let measured = profile.and_then(|profile| measured(profile, &change, table, column));
        change.evidence.extend(measured);
        if changes_contract(&change) {
            change.evidence.extend(uses.sentences(table, column));
        } else if changes_named(&change) {
            let named = mentions.sentence(change.object(), table);
            change.evidence.extend(named);
        }
        change
    };
    found.into_iter().map(with).collect()
}

/// Whether those who use the thing by name or by type have to know.
fn changes_contract(change: &Change) -> bool {
    matches!(change.object(), "table" | "view" | "materialized_view" | "column")
        && matches!(change.verb(), "dropped" | "renamed" | "type_changed")
}

/// The same for what is no relation and is named in the texts of others.
fn changes_named(change: &Change) -> bool {
    match change.object() {
        "enum" => matches!(change.verb(), "dropped" | "renamed" | "value_removed" | "value_renamed"),
        "domain" => matches!(change.verb(), "dropped" | "renamed" | "changed"),
        "composite_type" | "range_type" | "collation" | "sequence" | "function" | "procedure" => {
            matches!(change.verb(), "dropped" | "renamed")
        }
        _ => false,
    }
}

fn counted(method: Method) -> &'static str {
    match method {
        Method::Exact => "",
        Method::Sampled => " (sampled)",
        Method::Estimated => " (estimated)",
    }
}

fn measured(
    profile: &ProfileIndex<'_>,
    change: &Change,
    table: &str,
    column: Option<&str>,
) -> Option<String> {
    match (change.kind.as_str(), column) {
        ("table.dropped", _) => {
            let profile = profile.table(table)?;
            Some(format!(
                "The table had {} at the last profile{}.",
                rows(profile.row_count),
                counted(profile.row_count_method)
            ))
        }
        ("column.dropped" | "column.renamed", Some(column)) => {
            let (table, stats) = profile.column(table, column)?;
            Some(contents(table, stats))
        }
        ("column.nullability_changed", Some(column)) if change.after == false => {
            let (table, stats) = profile.column(table, column)?;
            let how = counted(stats.method);
            Some(if stats.null_count == 0 {
                format!(
                    "The column had 0 NULLs in {} at the last profile{how}, so this would have passed.",
                    rows(table.row_count)
                )
            } else {
                format!(
                    "The column had {} NULLs in {} at the last profile{how}, so they were filled or removed first.",
                    stats.null_count,
                    rows(table.row_count)
                )
            })
        }
        ("column.type_changed", Some(column)) => {
            let (table, stats) = profile.column(table, column)?;
            if table.row_count == 0 {
                return Some("The table had 0 rows at the last profile.".into());
            }
            let (Some(min), Some(max)) = (&stats.min, &stats.max) else {
                return None;
            };
            Some(format!("Values ran from {} to {} at the last profile.", plain(min), plain(max)))
        }
        ("primary_key.added" | "unique.added", _) => unique(profile, change, table),
        ("column.added" | "foreign_key.added" | "check.added" | "exclusion.added" | "index.added", _)
            if change.flags.contains(&types::change::Flag::DependsOnData) =>
        {
            let profile = profile.table(table)?;
            (profile.row_count == 0).then(|| "The table had 0 rows at the last profile.".into())
        }
        _ => None,
    }
}

fn plain(value: &serde_json::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn rows(count: u64) -> String {
    if count == 1 { "1 row".into() } else { format!("{count} rows") }
}

fn contents(table: &TableProfile, stats: &ColumnProfile) -> String {
    let how = counted(stats.method);
    match stats.null_percent {
        _ if table.row_count == 0 => "The table had 0 rows at the last profile.".into(),
        Some(_) if stats.null_count >= table.row_count => {
            format!("The column was 100 % NULL at the last profile{how}.")
        }
        Some(percent) => {
            let distinct = stats
                .distinct_count
                .map_or_else(String::new, |count| format!(" and {count} different values"));
            format!("The column had {percent:.1} % NULL{distinct} at the last profile{how}.")
        }
        None => format!("The column had {} NULLs at the last profile{how}.", stats.null_count),
    }
}

/// For a key of one column, whether its values were unique.
fn unique(profile: &ProfileIndex<'_>, change: &Change, table: &str) -> Option<String> {
    let columns = change.after.as_array()?;
    let [column] = columns.as_slice() else {
        return None;
    };
    let column = column.as_str()?;
    let (table, stats) = profile.column(table, column)?;
    let distinct = stats.distinct_count?;
    let filled = table.row_count.saturating_sub(stats.null_count);
    let how = counted(stats.method);
    Some(if distinct >= filled {
        format!("All {filled} values of {column} were different at the last profile{how}.")
    } else {
        format!("{column} had {distinct} different values among {filled} at the last profile{how}.")
    })
}

#[cfg(test)]
mod tests;
