//! A small shop: its catalog and what is in it.

use serde_json::json;
use types::Timestamp;
use types::profile::{ColumnProfile, Method, TableProfile};
use types::snapshot::{Body, Column, ForeignKey, Key, Object, PhysicalObject, Schema, Table, View};

/// The shop as it opens: five objects, so that a scan takes three pages.
pub(crate) fn catalog() -> Vec<Object> {
    let mut orders = table(&[
        ("id", "bigint", false),
        ("customer_id", "bigint", false),
        ("note", "text", true),
        ("created_at", "timestamp with time zone", false),
    ]);
    orders.foreign_keys.push(ForeignKey {
        name: "orders_customer_id_fkey".into(),
        columns: vec!["customer_id".into()],
        references: "public.customer".into(),
        referenced_columns: vec!["id".into()],
        on_delete: "no action".into(),
        on_update: "no action".into(),
        validated: true,
        ..ForeignKey::default()
    });
    let list = View {
        columns: vec![column(1, "email", "text", true)],
        definition: "SELECT customer.email FROM customer".into(),
        depends_on: vec!["public.customer".into()],
        ..View::default()
    };
    vec![
        object(&["public"], Body::Schema(Schema::default())),
        object(&["public", "customer"], Body::Table(customer(&[]))),
        object(&["public", "customer_list"], Body::View(list)),
        object(&["public", "orders"], Body::Table(orders)),
        object(
            &["public", "product"],
            Body::Table(table(&[("id", "bigint", false), ("name", "text", false)])),
        ),
    ]
}

/// The table of customers without some of its columns.
fn customer(without: &[&str]) -> Table {
    let columns = [("id", "bigint", false), ("email", "text", true), ("city", "text", true)];
    let kept: Vec<_> = columns.into_iter().filter(|(name, ..)| !without.contains(name)).collect();
    table(&kept)
}

/// The shop after somebody dropped `customer.city`.
pub(crate) fn without_city() -> Vec<Object> {
    let mut objects = catalog();
    objects[1] = object(&["public", "customer"], Body::Table(customer(&["city"])));
    objects
}

/// The shop after somebody dropped `customer.email`.
pub(crate) fn without_email() -> Vec<Object> {
    let mut objects = catalog();
    objects[1] = object(&["public", "customer"], Body::Table(customer(&["email"])));
    objects
}

/// The shop after somebody dropped `customer.city` and `product.name`.
pub(crate) fn without_city_and_name() -> Vec<Object> {
    let mut objects = without_city();
    objects[4] = object(&["public", "product"], Body::Table(table(&[("id", "bigint", false)])));
    objects
}

/// The shop after somebody made its tables anew as they were.
pub(crate) fn recreated() -> Vec<Object> {
    let mut objects = catalog();
    for (oid, object) in (1..).zip(&mut objects) {
        object.physical = Some(PhysicalObject { oid, attnum: None });
    }
    objects
}

fn table(columns: &[(&str, &str, bool)]) -> Table {
    Table {
        columns: (1..)
            .zip(columns)
            .map(|(position, (name, data_type, nullable))| column(position, name, data_type, *nullable))
            .collect(),
        primary_key: Some(Key { name: "pkey".into(), columns: vec!["id".into()], ..Key::default() }),
        ..Table::default()
    }
}

fn column(position: u32, name: &str, data_type: &str, nullable: bool) -> Column {
    Column { name: name.into(), position, data_type: data_type.into(), nullable, ..Column::default() }
}

fn object(parts: &[&str], body: Body) -> Object {
    let parts: Vec<String> = parts.iter().map(|part| (*part).to_owned()).collect();
    Object { path: parts.join("."), parts, hash: String::new(), physical: None, body }
}

/// What is in the shop's tables: 100 rows each, `orders.note` empty in `nulls` of them, the newest order an hour old.
pub(crate) fn contents(catalog: &[Object], nulls: u64, now: Timestamp) -> Vec<TableProfile> {
    let tables = catalog.iter().filter(|object| matches!(object.body, Body::Table(_)));
    tables
        .map(|object| TableProfile {
            table: object.path.clone(),
            row_count: 100,
            row_count_method: Method::Exact,
            bytes: Some(8192),
            latest_value_at: (object.path == "public.orders").then(|| hour_before(now)),
            timestamp_column: (object.path == "public.orders").then(|| "created_at".into()),
            last_write_at: None,
            columns: object.body.columns().iter().map(|column| measured(column, nulls)).collect(),
            partial: false,
            profiled_at: now,
            skipped: None,
            ..TableProfile::default()
        })
        .collect()
}

fn hour_before(now: Timestamp) -> Timestamp {
    Timestamp::from_millis(now.millis() - 3_600_000).unwrap()
}

fn measured(column: &Column, nulls: u64) -> ColumnProfile {
    let nulls = if column.name == "note" { nulls } else { 0 };
    let number = column.data_type == "bigint";
    ColumnProfile {
        column: column.name.clone(),
        null_count: nulls,
        null_percent: Some(nulls as f64),
        distinct_count: Some(100 - nulls),
        uniqueness_percent: Some(100.0),
        method: Method::Exact,
        error_bound: None,
        min: number.then(|| json!(1)),
        max: number.then(|| json!(100)),
        latest_value_at: None,
        ..ColumnProfile::default()
    }
}
