//! Small catalogs for tests.

use types::Timestamp;
use types::snapshot::{
    Body, Check, Column, Engine, FORMAT_VERSION, ForeignKey, Index, IndexPart, Key, Object, PhysicalDatabase,
    PhysicalObject, Snapshot, SnapshotHeader, Table, View, path_of,
};

/// A snapshot as an agent reads it. On PostgreSQL it knows its physical database.
pub(crate) fn snapshot(engine: Engine, objects: Vec<Object>) -> Snapshot {
    Snapshot {
        header: SnapshotHeader {
            format_version: FORMAT_VERSION,
            canonical_version: 0,
            engine,
            engine_version: "1".into(),
            database: "shop".into(),
            captured_at: Timestamp::from_millis(0).unwrap(),
            root_hash: String::new(),
            column_order: None,
            fingerprint: String::new(),
            physical: (engine == Engine::Postgres)
                .then(|| PhysicalDatabase { system_id: "7".into(), database_oid: 5 }),
            warnings: Vec::new(),
        },
        objects,
    }
}

/// An object at a dotted path, without a physical id.
pub(crate) fn object(path: &str, body: Body) -> Object {
    let parts: Vec<String> = path.split('.').map(str::to_owned).collect();
    Object { path: path_of(&parts), parts, hash: String::new(), physical: None, body }
}

/// A table whose columns are numbered in their order.
pub(crate) fn table(path: &str, columns: Vec<Column>) -> Object {
    table_with(path, columns, |_| {})
}

/// A table with more than columns.
pub(crate) fn table_with(path: &str, columns: Vec<Column>, fill: impl FnOnce(&mut Table)) -> Object {
    let mut table = Table { columns: numbered(columns), ..Table::default() };
    fill(&mut table);
    object(path, Body::Table(table))
}

/// A view over one source.
pub(crate) fn view(path: &str, columns: Vec<Column>, source: &str, definition: &str) -> Object {
    object(
        path,
        Body::View(View {
            columns: numbered(columns),
            definition: definition.into(),
            depends_on: vec![source.into()],
            ..View::default()
        }),
    )
}

fn numbered(mut columns: Vec<Column>) -> Vec<Column> {
    for (position, column) in (1..).zip(&mut columns) {
        column.position = position;
    }
    columns
}

/// A nullable column; a type that ends in `!` makes it NOT NULL.
pub(crate) fn column(name: &str, data_type: &str) -> Column {
    Column {
        name: name.into(),
        data_type: data_type.trim_end_matches('!').into(),
        nullable: !data_type.ends_with('!'),
        ..Column::default()
    }
}

/// A column with a default.
pub(crate) fn with_default(mut column: Column, default: &str) -> Column {
    column.default = Some(default.into());
    column
}

/// Gives an object an oid and its columns numbers from 1, as PostgreSQL does.
pub(crate) fn physical(mut object: Object, oid: u32) -> Object {
    object.physical = Some(PhysicalObject { oid, attnum: None });
    if let Body::Table(Table { columns, .. }) | Body::View(View { columns, .. }) = &mut object.body {
        for (attnum, column) in (1..).zip(columns) {
            column.physical = Some(PhysicalObject { oid, attnum: Some(attnum) });
        }
    }
    object
}

pub(crate) fn key(name: &str, columns: &[&str]) -> Key {
    Key {
        name: name.into(),
        columns: columns.iter().map(|column| (*column).into()).collect(),
        ..Key::default()
    }
}

pub(crate) fn foreign_key(name: &str, column: &str, references: &str, referenced: &str) -> ForeignKey {
    ForeignKey {
        name: name.into(),
        columns: vec![column.into()],
        references: references.into(),
        referenced_columns: vec![referenced.into()],
        on_delete: "no action".into(),
        on_update: "no action".into(),
        validated: true,
        ..ForeignKey::default()
    }
}

pub(crate) fn check(name: &str, expression: &str) -> Check {
    Check { name: name.into(), expression: expression.into(), validated: true, ..Check::default() }
}

pub(crate) fn index(name: &str, column: &str) -> Index {
    Index {
        name: name.into(),
        method: "btree".into(),
        parts: vec![IndexPart { expression: column.into(), ..IndexPart::default() }],
        valid: true,
        ..Index::default()
    }
}
