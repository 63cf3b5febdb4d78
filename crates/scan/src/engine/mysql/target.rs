//! Which tables there are to profile, and what their columns hold.

use types::snapshot::{Body, Table};

use super::catalog;
use super::connection::{Connection, quote};
use super::expectation::domain;
use super::value::Kind;
use crate::expectation::Domain;
use crate::timestamp_column::{self, Candidate};
use crate::{Expectations, Filter, Limits, ScanError};

/// A table and its columns.
pub(super) struct TargetTable {
    pub(super) path: String,
    database: String,
    pub(super) name: String,
    pub(super) columns: Vec<TargetColumn>,
    /// The places of the primary key's columns, if the table can be read a part at a time in their order; else none.
    pub(super) key: Vec<usize>,
}

/// What matters of a column.
pub(super) struct TargetColumn {
    pub(super) name: String,
    pub(super) kind: Kind,
    /// What expectations see of it.
    pub(super) domain: Domain,
    pub(super) unique: bool,
    pub(super) leads_index: bool,
    defaults_to_now: bool,
    follows_changes: bool,
    pub(super) nullable: bool,
}

impl TargetTable {
    /// Has the texts that expectations are about sent whole.
    pub(super) fn show_texts(&mut self, expectations: &Expectations) {
        for column in &mut self.columns {
            if column.domain == Domain::Text && expectations.ask_for_text(&self.path, &column.name) {
                column.kind = column.kind.whole();
            }
        }
    }

    /// `` `database`.`table` ``, quoted.
    pub(super) fn qualified_name(&self) -> String {
        format!("{}.{}", quote(&self.database), quote(&self.name))
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
            column.kind.is_time().then_some(Candidate {
                name: &column.name,
                date_only: column.kind == Kind::Day,
                leads_index: column.leads_index,
                defaults_to_now: column.defaults_to_now,
                follows_changes: column.follows_changes,
                nullable: column.nullable,
            })
        })
    }
}

pub(super) async fn targets(
    connection: &mut Connection,
    filter: &Filter,
    limits: Limits,
) -> Result<Vec<TargetTable>, ScanError> {
    let snapshot = catalog::scan(connection, filter, limits, &|_| ()).await?;
    let target = |object: types::snapshot::Object| match object.body {
        Body::Table(table) => Some(TargetTable {
            database: connection.database.clone(),
            name: object.parts.last()?.clone(),
            columns: columns(&table),
            key: key(&table),
            path: object.path,
        }),
        _ => None,
    };
    Ok(snapshot.objects.into_iter().filter_map(target).collect())
}

/// Numbers and times only: texts have an order of their own each, and may be in a key with their beginnings alone.
fn key(table: &Table) -> Vec<usize> {
    const MOST: usize = 4;
    let Some(primary) = table.primary_key.as_ref().filter(|key| key.columns.len() <= MOST) else {
        return Vec::new();
    };
    let place = |name: &String| {
        let place = table.columns.iter().position(|column| column.name == *name)?;
        let kind = Kind::of(&table.columns.get(place)?.data_type);
        matches!(kind, Kind::Integer | Kind::Day | Kind::Instant).then_some(place)
    };
    primary.columns.iter().map(place).collect::<Option<_>>().unwrap_or_default()
}

fn columns(table: &Table) -> Vec<TargetColumn> {
    let is_alone = |columns: &[String], name: &str| matches!(columns, [only] if only == name);
    let leads = |columns: &[String], name: &str| columns.first().is_some_and(|first| first == name);
    table
        .columns
        .iter()
        .map(|column| {
            let name = column.name.as_str();
            let mut keys = table.primary_key.iter().chain(&table.uniques);
            TargetColumn {
                kind: Kind::of(&column.data_type),
                domain: domain(&column.data_type),
                unique: keys.clone().any(|key| is_alone(&key.columns, name)),
                leads_index: keys.any(|key| leads(&key.columns, name))
                    || table.indexes.iter().any(|index| {
                        index.method == "btree"
                            && index.parts.first().is_some_and(|part| part.expression == name)
                    }),
                defaults_to_now: column
                    .default
                    .as_deref()
                    .is_some_and(|default| default.to_ascii_lowercase().starts_with("current_timestamp"))
                    || column.on_update.is_some(),
                follows_changes: column.on_update.is_some(),
                nullable: column.nullable,
                name: column.name.clone(),
            }
        })
        .collect()
}
