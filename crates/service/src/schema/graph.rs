//! Tables and how they refer to each other.

use std::collections::HashMap;

use store::statistics::latest_tables;
use types::quality::Health;
use types::schema::{GraphColumn, GraphEdge, GraphTable, SchemaGraph};
use types::snapshot::Body;

use super::detail::in_primary_key;
use super::{is_relation, schema_and_name, snapshot, version_of};
use crate::permission::SchemaRead;
use crate::{Context, Error, Scope};

/// The graph of a version, the newest without a number.
///
/// # Errors
/// [`Error::NoSnapshot`] before the first scan; as `?source=` says.
pub async fn graph(
    context: &Context,
    scope: &Scope<SchemaRead>,
    source: Option<&str>,
    version: Option<u32>,
) -> Result<SchemaGraph, Error> {
    let tx = context.store.read(scope.tenant()).await?;
    let (source, version) = version_of(&tx, source, version).await?;
    let snapshot = snapshot(context, &tx, &version).await?;
    let stats: HashMap<_, _> = latest_tables(&tx, &[source.id])
        .await?
        .into_iter()
        .map(|stats| (stats.table, (stats.row_count, stats.health)))
        .collect();
    let mut graph = SchemaGraph::default();
    for object in snapshot.objects.iter().filter(|object| is_relation(&object.body)) {
        let table = match &object.body {
            Body::Table(table) => Some(table),
            _ => None,
        };
        let foreign = |name: &String| {
            table.is_some_and(|table| table.foreign_keys.iter().any(|key| key.columns.contains(name)))
        };
        let columns = object.body.columns().iter().map(|column| GraphColumn {
            name: column.name.clone(),
            data_type: column.data_type.clone(),
            nullable: column.nullable,
            primary_key: table.is_some_and(|table| in_primary_key(table, &column.name)),
            foreign_key: foreign(&column.name),
        });
        let (schema, name) = schema_and_name(&object.parts);
        let stats = stats.get(&object.path);
        graph.tables.push(GraphTable {
            path: object.path.clone(),
            schema,
            name,
            kind: object.body.kind().to_owned(),
            row_count: stats.map(|(rows, _)| *rows),
            health: stats.map_or(Health::Unknown, |(_, health)| *health),
            columns: columns.collect(),
        });
        graph.edges.extend(table.into_iter().flat_map(|table| &table.foreign_keys).map(|key| GraphEdge {
            name: key.name.clone(),
            from: object.path.clone(),
            from_columns: key.columns.clone(),
            to: key.references.clone(),
            to_columns: key.referenced_columns.clone(),
        }));
    }
    Ok(graph)
}
