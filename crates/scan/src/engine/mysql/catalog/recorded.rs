//! What MySQL says of its catalog, as a MySQL 9.7.4 said it of `tests/fixtures/mysql/schema.sql` on 22 November 2026.
//!
//! No package of the distributions that the tests run on has a MySQL. The rows are those of the statements of
//! `statement.rs`, asked as an administrator and printed with `mysql --xml`; estimates are as they were.

use std::collections::HashMap;
use std::sync::Arc;

use mysql_common::constants::ColumnType;
use mysql_common::packets::Column;
use mysql_common::row::new_row;
use types::snapshot::{Body, Object, Table};

use super::*;

fn catalog() -> Catalog {
    let text = include_str!("../../../../tests/fixtures/mysql/catalog.json");
    let mut recorded: HashMap<String, Vec<Vec<Option<String>>>> = serde_json::from_str(text).unwrap();
    let row = |cells: Vec<Option<String>>| {
        let columns: Arc<[Column]> =
            cells.iter().map(|_| Column::new(ColumnType::MYSQL_TYPE_VAR_STRING)).collect();
        new_row(cells.into_iter().map(|cell| cell.map_or(Value::NULL, Value::from)).collect(), columns)
    };
    let mut take = |name: &str| recorded.remove(name).unwrap().into_iter().map(row).collect();
    Catalog {
        mariadb: false,
        schemata: take("schemata"),
        tables: take("tables"),
        columns: take("columns"),
        statistics: take("statistics"),
        key_columns: take("key_columns"),
        references: take("references"),
        checks: take("checks"),
        views: take("views"),
        triggers: take("triggers"),
        routines: take("routines"),
        parameters: take("parameters"),
        partitions: take("partitions"),
        events: take("events"),
        privileges: take("privileges"),
        sequences: Vec::new(),
    }
}

fn objects(catalog: &Catalog) -> HashMap<String, Object> {
    let mut warnings = Vec::new();
    let mut objects = relation::relations("shop", catalog, &mut warnings);
    objects.extend(routine::routines("shop", catalog));
    assert!(warnings.is_empty(), "{warnings:?}");
    objects.into_iter().map(|object| (object.path.clone(), object)).collect()
}

fn table(path: &str) -> Table {
    match objects(&catalog()).remove(path).unwrap().body {
        Body::Table(table) => table,
        other => panic!("{path} is {other:?}"),
    }
}

#[test]
fn defaults_are_sql_as_show_create_tells_them() {
    let table = table("shop.customer");
    let default = |name: &str| {
        table.columns.iter().find(|column| column.name == name).unwrap().default.clone().unwrap_or_default()
    };
    for (name, expected) in [
        ("nickname", "'nobody'"),
        ("kind", "'person'"),
        ("born", "curdate()"),
        ("token", "uuid_to_bin(uuid())"),
        ("settings", "json_object(_utf8mb4'mail',true)"),
        ("is_active", "1"),
        ("created_at", "CURRENT_TIMESTAMP(6)"),
        ("email", ""),
    ] {
        assert_eq!(default(name), expected, "{name}");
    }
}

/// Character sets before literals and parentheses around everything are the server's, not the user's.
#[test]
fn expressions_are_hashed_as_somebody_would_write_them() {
    let mut objects = objects(&catalog());
    let snapshot = Snapshot {
        header: SnapshotHeader {
            format_version: FORMAT_VERSION,
            canonical_version: 0,
            engine: Engine::Mysql,
            engine_version: "9.7.4".into(),
            database: "shop".into(),
            captured_at: Timestamp::from_millis(0).unwrap(),
            root_hash: String::new(),
            column_order: None,
            fingerprint: String::new(),
            physical: None,
            warnings: Vec::new(),
        },
        objects: vec![objects.remove("shop.customer").unwrap()],
    };
    let canonical = domain::canonicalize(snapshot);
    let Body::Table(table) = &canonical.objects[0].body else { panic!("no table") };
    assert_eq!(table.checks[1].expression, r"kind in ('person', 'it\'s a firm')");
    let settings = table.columns.iter().find(|column| column.name == "settings").unwrap();
    assert_eq!(settings.default.as_deref(), Some("json_object('mail', true)"));
}

#[test]
fn what_a_column_is_besides_its_type_is_told() {
    let table = table("shop.customer");
    let column = |name: &str| table.columns.iter().find(|column| column.name == name).unwrap();
    let generated = |name: &str| column(name).generated.clone().unwrap();
    assert_eq!(generated("domain").expression, "substring_index(`email`,_utf8mb4'@',-(1))");
    assert!(!generated("domain").stored && generated("shouted").stored);
    assert!(column("secret").hidden && !column("email").hidden);
    assert_eq!(column("place").data_type, "point srid 4326");
    assert_eq!(column("created_at").on_update.as_deref(), Some("CURRENT_TIMESTAMP(6)"));
    assert_eq!(column("email").comment.as_deref(), Some("where bills go"));
    assert_eq!(table.columns.iter().map(|column| column.position).max(), Some(14));
}

#[test]
fn conditions_are_told_with_their_table_and_whether_they_are_enforced() {
    let checks = table("shop.customer").checks;
    let told: Vec<_> = checks
        .iter()
        .map(|check| (check.name.as_str(), check.expression.as_str(), check.not_enforced))
        .collect();
    assert_eq!(
        told,
        [
            ("adult", "(`born` < _utf8mb4'2010-01-01')", true),
            ("known", r"(`kind` in (_utf8mb4'person',_utf8mb4'it\'s a firm'))", false),
        ]
    );
    assert_eq!(table("shop.bill").checks[0].name, "bill_chk_1");
}

#[test]
fn functional_descending_and_invisible_indexes_are_told_as_such() {
    let table = table("shop.customer");
    let index = |name: &str| table.indexes.iter().find(|index| index.name == name).unwrap();
    let parts: Vec<_> =
        index("by_lower_name").parts.iter().map(|part| (part.expression.as_str(), part.descending)).collect();
    assert_eq!(parts, [("(lower(`nickname`))", false), ("born", true)]);
    assert!(!index("hidden").valid && index("by_lower_name").valid);
    assert_eq!(index("words").method, "fulltext");
    assert_eq!(table.uniques[0].columns, ["email"]);
    assert_eq!(table.primary_key.unwrap().columns, ["id"]);
}

#[test]
fn references_partitions_views_routines_and_triggers_are_told() {
    let objects = objects(&catalog());
    let bill = table("shop.bill");
    assert_eq!(bill.foreign_keys[0].references, "shop.customer");
    assert_eq!(bill.foreign_keys[0].on_delete, "cascade");
    assert_eq!((bill.estimated_rows, bill.estimated_bytes), (Some(0), Some(32 * 1024)));
    assert!(bill.triggers[0].definition.starts_with("BEFORE INSERT ON bill"), "{:?}", bill.triggers);
    let partitions = table("shop.visit").partitions.unwrap();
    assert_eq!((partitions.key.as_str(), partitions.names.len()), ("RANGE COLUMNS (`at`)", 2));
    let Body::View(view) = &objects["shop.debtor"].body else { panic!("no view") };
    assert_eq!(view.depends_on, ["shop.bill", "shop.customer"]);
    assert!(objects.contains_key("shop.tax(decimal(12,2))"), "{:?}", objects.keys());
    assert!(objects.contains_key("shop.forget(int unsigned, int)"), "{:?}", objects.keys());
    let unsupported = routine::unsupported(&catalog());
    assert_eq!(unsupported.iter().map(|warning| warning.count).sum::<u32>(), 1, "{unsupported:?}");
}
