//! One object with all that is known of it.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;
use store::Reads;
use store::description::Description as Row;
use store::source::Source;
use store::statistics::{ColumnStats, columns_of, facets_of, latest_tables};
use store::version::Version;
use types::Timestamp;
use types::profile::ColumnFacets;
use types::quality::Health;
use types::schema::{ColumnDetail, DescriptionOrigin, ObjectDetail, Reference};
use types::snapshot::{Body, Column, Object, Table, path_of};

use super::describe::{chosen, description_of};
use super::{is_relation, object_history, snapshot, version_of};
use crate::ownership::Registers;
use crate::permission::SchemaRead;
use crate::precondition::{Tagged, tag_of};
use crate::{Context, Error, Scope};

/// One object of a version, the newest without a number.
///
/// # Errors
/// [`Error::NotFound`] when there is no such object; as `?source=` says.
pub async fn object(
    context: &Context,
    scope: &Scope<SchemaRead>,
    source: Option<&str>,
    path: &str,
    version: Option<u32>,
) -> Result<Tagged<ObjectDetail>, Error> {
    let tx = context.store.read(scope.tenant()).await?;
    let (source, version) = version_of(&tx, source, version).await?;
    let objects = &snapshot(context, &tx, &version).await?.objects;
    // A schema and an enumeration may have one path; what has columns is meant first.
    let same = || objects.iter().filter(|object| object.path == path);
    let object = same().find(|object| is_relation(&object.body)).or_else(|| same().next());
    let object = object.ok_or(Error::NotFound("object"))?;
    let words = words(&tx, &source, object).await?;
    let tag = tag_of(&said(&words))?;
    let document = view(&tx, &source, &version, (objects, object), &words, context.now()).await?;
    Ok(Tagged { document, tag })
}

/// The words about an object and its columns, by path.
pub(super) async fn words(
    tx: &impl Reads,
    source: &Source,
    object: &Object,
) -> Result<BTreeMap<String, Row>, Error> {
    let mut paths = vec![object.path.clone()];
    paths.extend(object.body.columns().iter().map(|column| column_path(object, column)));
    let rows = store::description::find_many(tx, source.id, &paths).await?;
    Ok(rows.into_iter().map(|row| (row.path.clone(), row)).collect())
}

/// What people say in them. A rule or a model may write another text meanwhile, which theirs goes before.
pub(super) fn said(words: &BTreeMap<String, Row>) -> impl Serialize {
    let said = words.values().map(|row| {
        let text = row.text.as_ref().filter(|_| row.origin == DescriptionOrigin::Person);
        (&row.path, text, &row.owner, &row.tags)
    });
    said.filter(|(_, text, owner, tags)| text.is_some() || owner.is_some() || !tags.is_empty())
        .collect::<Vec<_>>()
}

pub(super) async fn view(
    tx: &impl Reads,
    source: &Source,
    version: &Version,
    (objects, object): (&[Object], &Object),
    words: &BTreeMap<String, Row>,
    now: Timestamp,
) -> Result<ObjectDetail, Error> {
    let path = object.path.as_str();
    let stats = latest_tables(tx, &[source.id]).await?.into_iter().find(|stats| stats.table == path);
    let columns: HashMap<_, _> = columns_of(tx, source.id, Some(path))
        .await?
        .into_iter()
        .map(|stats| (stats.column.clone(), stats))
        .collect();
    let row = words.get(path);
    let mut facets = facets_of(tx, source.id, path).await?;
    let mut of_columns: HashMap<String, ColumnFacets> = facets
        .iter_mut()
        .flat_map(|facets| std::mem::take(&mut facets.columns))
        .map(|facets| (facets.column.clone(), facets))
        .collect();
    let names = HashMap::from([(source.id, source.name.clone())]);
    let ownership = Registers::about(tx, &names, [(source.id, path)]).await?.ask(source.id, path);
    Ok(ObjectDetail {
        source: source.name.clone(),
        version: version.version,
        description: description_of(object, row),
        owner: row.and_then(|row| row.owner.clone()),
        tags: row.map(|row| row.tags.clone()).unwrap_or_default(),
        ownership,
        row_count: stats.as_ref().map(|stats| stats.row_count),
        row_count_method: stats.as_ref().map(|stats| stats.row_count_method),
        bytes: stats.as_ref().and_then(|stats| stats.bytes),
        health: stats.as_ref().map_or(Health::Unknown, |stats| stats.health),
        deductions: stats.as_ref().map(|stats| stats.deductions.clone()).unwrap_or_default(),
        freshness_seconds: stats
            .as_ref()
            .and_then(|stats| stats.latest_value_at)
            .map(|newest| now.seconds_since(newest).max(0)),
        last_write_at: stats.as_ref().and_then(|stats| stats.last_write_at),
        timestamp_column: stats.and_then(|stats| stats.timestamp_column),
        facets,
        columns: object
            .body
            .columns()
            .iter()
            .map(|column| ColumnDetail {
                facets: of_columns.remove(&column.name),
                ..detail(object, column, &columns, words)
            })
            .collect(),
        referenced_by: references(objects, path),
        used_by: users(objects, path),
        history: object_history::recent(tx, source, path).await?,
        object: object.clone(),
    })
}

pub(super) fn column_path(object: &Object, column: &Column) -> String {
    let mut parts = object.parts.clone();
    parts.push(column.name.clone());
    path_of(&parts)
}

fn detail(
    object: &Object,
    column: &Column,
    stats: &HashMap<String, ColumnStats>,
    words: &BTreeMap<String, Row>,
) -> ColumnDetail {
    let table = match &object.body {
        Body::Table(table) => Some(table),
        _ => None,
    };
    let stats = stats.get(&column.name);
    ColumnDetail {
        name: column.name.clone(),
        position: column.position,
        data_type: column.data_type.clone(),
        nullable: column.nullable,
        default: column.default.clone(),
        primary_key: table.is_some_and(|table| in_primary_key(table, &column.name)),
        unique: table.is_some_and(|table| is_unique(table, &column.name)),
        references: table.and_then(|table| referred(table, &column.name)),
        description: chosen(column.comment.as_deref(), words.get(&column_path(object, column))),
        null_percent: stats.and_then(|stats| stats.null_percent),
        uniqueness_percent: stats.and_then(|stats| stats.uniqueness_percent),
        distinct_count: stats.and_then(|stats| stats.distinct_count),
        min: stats.and_then(|stats| stats.min.clone()),
        max: stats.and_then(|stats| stats.max.clone()),
        method: stats.map(|stats| stats.method),
        error_bound: stats.and_then(|stats| stats.error_bound),
        health: stats.map_or(Health::Unknown, |stats| stats.health),
        recorded_at: stats.map(|stats| stats.recorded_at),
        facets: None,
    }
}

pub(super) fn in_primary_key(table: &Table, column: &str) -> bool {
    table.primary_key.as_ref().is_some_and(|key| key.columns.iter().any(|name| name == column))
}

/// Whether the database itself keeps the column's values apart.
pub(crate) fn is_unique(table: &Table, column: &str) -> bool {
    let alone = |columns: &[String]| columns == [column];
    table.primary_key.as_ref().is_some_and(|key| alone(&key.columns))
        || table.uniques.iter().any(|key| alone(&key.columns))
        || table.indexes.iter().any(|index| {
            index.unique
                && index.predicate.is_none()
                && matches!(index.parts.as_slice(), [part] if part.expression == column)
        })
}

/// The table that a column alone refers to.
fn referred(table: &Table, column: &str) -> Option<String> {
    let key = table.foreign_keys.iter().find(|key| key.columns.iter().any(|name| name == column))?;
    Some(key.references.clone())
}

fn references(objects: &[Object], path: &str) -> Vec<Reference> {
    let mut found = Vec::new();
    for object in objects {
        let Body::Table(table) = &object.body else { continue };
        found.extend(table.foreign_keys.iter().filter(|key| key.references == path).map(|key| Reference {
            table: object.path.clone(),
            name: key.name.clone(),
            columns: key.columns.clone(),
            referenced_columns: key.referenced_columns.clone(),
        }));
    }
    found
}

fn users(objects: &[Object], path: &str) -> Vec<String> {
    objects
        .iter()
        .filter(|object| match &object.body {
            Body::View(view) | Body::MaterializedView(view) => {
                view.depends_on.iter().any(|other| other == path)
            }
            _ => false,
        })
        .map(|object| object.path.clone())
        .collect()
}
