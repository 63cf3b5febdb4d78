//! Which tables there are to profile.

use rusqlite::Connection;
use types::snapshot::{Body, Table, path_of};

use super::catalog::{self, Meant, SCHEMA};
use super::expectation::domain;
use super::value::looks_like_time;
use crate::ScanError;
use crate::expectation::Domain;
use crate::timestamp_column::{self, Candidate};

/// A table and its columns.
pub(super) struct TargetTable {
    pub(super) path: String,
    pub(super) name: String,
    pub(super) columns: Vec<TargetColumn>,
    has_rowid: bool,
}

/// What matters of a column.
pub(super) struct TargetColumn {
    pub(super) name: String,
    pub(super) is_time: bool,
    /// What expectations see of it.
    pub(super) domain: Domain,
    pub(super) date_only: bool,
    pub(super) unique: bool,
    pub(super) leads_index: bool,
    defaults_to_now: bool,
    pub(super) nullable: bool,
}

impl TargetTable {
    /// What the number of a row is called here: a column may have taken the name. `None` where rows have none.
    pub(super) fn row_number(&self) -> Option<&'static str> {
        let taken = |name: &&str| self.columns.iter().any(|column| column.name.eq_ignore_ascii_case(name));
        ["rowid", "_rowid_", "oid"].into_iter().find(|name| self.has_rowid && !taken(name))
    }

    /// The place of the column that says when a row came in; `asked` overrides the choice.
    pub(super) fn timestamp_column(&self, asked: Option<&str>) -> Option<usize> {
        timestamp_column::choose(self.candidates(), asked)
    }

    /// The column by which rows can be counted back; `asked` overrides the choice.
    pub(super) fn arrival_column(&self, asked: Option<&str>) -> Option<&TargetColumn> {
        self.columns.get(timestamp_column::choose_arrival(self.candidates(), asked)?)
    }

    fn candidates(&self) -> impl Iterator<Item = Option<Candidate<'_>>> {
        self.columns.iter().map(|column| {
            column.is_time.then_some(Candidate {
                name: &column.name,
                date_only: column.date_only,
                leads_index: column.leads_index,
                defaults_to_now: column.defaults_to_now,
                follows_changes: false,
                nullable: column.nullable,
            })
        })
    }
}

pub(super) fn targets(
    connection: &Connection,
    meant: Option<Meant<'_>>,
) -> Result<Vec<TargetTable>, ScanError> {
    let snapshot = catalog::scan(connection, String::new(), meant, &|_| ())?;
    let target = |object: types::snapshot::Object| match object.body {
        Body::Table(table) => {
            let name = object.parts.last()?.clone();
            Some(TargetTable {
                path: path_of(&[SCHEMA, &name]),
                columns: columns(&table),
                has_rowid: !table.options.iter().any(|option| option == "without_rowid"),
                name,
            })
        }
        _ => None,
    };
    Ok(snapshot.objects.into_iter().filter_map(target).collect())
}

fn columns(table: &Table) -> Vec<TargetColumn> {
    let is_alone = |columns: &[String], name: &str| matches!(columns, [only] if only == name);
    let leads = |columns: &[String], name: &str| columns.first().is_some_and(|first| first == name);
    table
        .columns
        .iter()
        .map(|column| {
            let name = column.name.as_str();
            let declared = column.data_type.to_ascii_uppercase();
            let keys = table.primary_key.iter().chain(&table.uniques);
            TargetColumn {
                is_time: looks_like_time(name, &declared),
                domain: domain(name, &declared),
                date_only: declared == "DATE",
                unique: keys.clone().any(|key| is_alone(&key.columns, name)),
                leads_index: keys.clone().any(|key| leads(&key.columns, name))
                    || table.indexes.iter().any(|index| {
                        index.predicate.is_none()
                            && index.parts.first().is_some_and(|part| part.expression == name)
                    }),
                defaults_to_now: column.default.as_deref().is_some_and(|default| {
                    let default = default.to_ascii_lowercase();
                    default.contains("current_") || default.contains("'now'")
                }),
                nullable: column.nullable,
                name: column.name.clone(),
            }
        })
        .collect()
}
