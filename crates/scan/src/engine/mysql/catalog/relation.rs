//! Tables, views and their columns.

use std::collections::{BTreeSet, HashMap};

use mysql_async::Row;
use types::snapshot::{Body, Column, Generated, Identity, Object, Partitions, Table, View, Warning, path_of};

use super::constraint::{self, Constraints};
use super::{Catalog, object, routine, sequence};
use crate::engine::mysql::connection::{expression, number, text};

pub(super) fn relations(database: &str, catalog: &Catalog, warnings: &mut Vec<Warning>) -> Vec<Object> {
    let mut columns = columns(&catalog.columns, catalog.mariadb);
    let mut constraints = constraint::constraints(catalog);
    let mut triggers = routine::triggers(&catalog.triggers);
    let mut partitions = partitions(&catalog.partitions);
    let mut sequences: HashMap<_, _> =
        sequence::sequences(&catalog.tables, &catalog.sequences).into_iter().collect();
    let views: HashMap<String, &Row> =
        catalog.views.iter().filter_map(|row| Some((text(row, 0)?, row))).collect();
    let known: BTreeSet<String> = catalog.tables.iter().filter_map(|row| text(row, 0)).collect();

    let mut objects = Vec::with_capacity(catalog.tables.len());
    for row in &catalog.tables {
        let Some(name) = text(row, 0) else { continue };
        let parts = [database.to_owned(), name.clone()];
        let body = match text(row, 1).as_deref() {
            Some("VIEW") => {
                let view = view(database, &known, columns.remove(&name), views.get(&name).copied());
                if view.columns.is_empty() || view.definition.is_empty() {
                    warnings.push(incomplete(&path_of(&parts), view.columns.is_empty()));
                }
                Body::View(view)
            }
            Some("SEQUENCE") => match sequences.remove(&name) {
                Some(sequence) => Body::Sequence(sequence),
                None => continue,
            },
            _ => {
                let Constraints { primary_key, uniques, foreign_keys, checks, indexes } =
                    constraints.remove(&name).unwrap_or_default();
                Body::Table(Table {
                    columns: columns.remove(&name).unwrap_or_default(),
                    primary_key,
                    uniques,
                    foreign_keys,
                    checks,
                    indexes,
                    triggers: triggers.remove(&name).unwrap_or_default(),
                    partitions: partitions.remove(&name),
                    comment: text(row, 4).filter(|comment| !comment.is_empty()),
                    options: options(row),
                    estimated_rows: number(row, 6).and_then(|rows| u64::try_from(rows).ok()),
                    estimated_bytes: number(row, 7).and_then(|bytes| u64::try_from(bytes).ok()),
                    ..Table::default()
                })
            }
        };
        objects.push(object(&parts, body));
    }
    objects
}

/// What a table is kept in and how, as far as it matters to those who use it.
fn options(row: &Row) -> Vec<String> {
    let mut options = Vec::new();
    if text(row, 1).as_deref() == Some("SYSTEM VERSIONED") {
        options.push("system_versioned".to_owned());
    }
    options.extend(text(row, 2).map(|engine| format!("engine {engine}")));
    options.extend(text(row, 3).map(|collation| format!("collation {collation}")));
    let settings = text(row, 5).unwrap_or_default();
    options.extend(settings.split_whitespace().filter(|word| *word != "partitioned").map(ToOwned::to_owned));
    options.sort_unstable();
    options
}

fn columns(rows: &[Row], mariadb: bool) -> HashMap<String, Vec<Column>> {
    let mut ordered: Vec<(i64, &Row)> = rows.iter().map(|row| (number(row, 2).unwrap_or(0), row)).collect();
    ordered.sort_by_key(|(position, _)| *position);
    let mut columns: HashMap<String, Vec<Column>> = HashMap::new();
    for (_, row) in ordered {
        let of_table = columns.entry(text(row, 0).unwrap_or_default()).or_default();
        let position = u32::try_from(of_table.len()).unwrap_or(u32::MAX).saturating_add(1);
        of_table.push(column(row, position, mariadb));
    }
    columns
}

fn column(row: &Row, position: u32, mariadb: bool) -> Column {
    let base = text(row, 5).unwrap_or_default();
    let reference = number(row, 10).map(|system| format!(" srid {system}"));
    let data_type = base + &reference.unwrap_or_default();
    let extra = text(row, 7).unwrap_or_default();
    let lower = extra.to_ascii_lowercase();
    // MariaDB tells no expression as NULL, MySQL as an empty text.
    let generated = expression(row, 9, mariadb).filter(|expression| !expression.is_empty());
    let on_update = lower.find("on update ").and_then(|at| extra.get(at + "on update ".len()..));
    Column {
        name: text(row, 1).unwrap_or_default(),
        position,
        nullable: text(row, 4).as_deref() == Some("YES"),
        default: match generated {
            Some(_) => None,
            None if mariadb => text(row, 3),
            None if lower.contains("default_generated") => expression(row, 3, mariadb),
            None => text(row, 3).map(|default| literal(default, &data_type)),
        },
        generated: generated.map(|expression| Generated {
            expression,
            stored: lower.contains("stored") || lower.contains("persistent"),
        }),
        identity: lower.contains("auto_increment").then_some(Identity::AutoIncrement),
        on_update: on_update.map(|text| text.trim_end_matches(" INVISIBLE").to_owned()),
        hidden: lower.split([' ', ',']).any(|word| word == "invisible"),
        collation: text(row, 6),
        comment: text(row, 8).filter(|comment| !comment.is_empty()),
        data_type,
        ..Column::default()
    }
}

/// MySQL tells a constant bare, without its quotes, and marks what is an expression. MariaDB tells SQL.
fn literal(default: String, data_type: &str) -> String {
    let base: String = data_type.chars().take_while(char::is_ascii_alphabetic).collect();
    const TEXTUAL: [&str; 14] = [
        "char",
        "varchar",
        "tinytext",
        "text",
        "mediumtext",
        "longtext",
        "enum",
        "set",
        "date",
        "datetime",
        "timestamp",
        "time",
        "binary",
        "varbinary",
    ];
    if !TEXTUAL.contains(&base.to_ascii_lowercase().as_str()) {
        return default;
    }
    format!("'{}'", default.replace('\'', "''"))
}

/// One row for each partition, and for each subpartition where there are some.
fn partitions(rows: &[Row]) -> HashMap<String, Partitions> {
    let mut partitions: HashMap<String, Partitions> = HashMap::new();
    for row in rows {
        let words = |index| text(row, index);
        let Some(table) = words(0) else { continue };
        let of_table = partitions.entry(table).or_default();
        if of_table.key.is_empty() {
            let key = |method: Option<String>, expression: Option<String>| {
                Some(format!("{} ({})", method?, expression.unwrap_or_default()))
            };
            let sub = key(words(4), words(5)).map(|sub| format!(" SUBPARTITION BY {sub}"));
            of_table.key = key(words(2), words(3)).unwrap_or_default() + &sub.unwrap_or_default();
        }
        of_table.names.extend(words(1));
    }
    for of_table in partitions.values_mut() {
        of_table.names.sort_unstable();
        of_table.names.dedup();
    }
    partitions
}

fn view(database: &str, known: &BTreeSet<String>, columns: Option<Vec<Column>>, row: Option<&Row>) -> View {
    let words = |index| row.and_then(|row| text(row, index));
    let definition = words(1).unwrap_or_default();
    let mut options = Vec::new();
    options.extend(
        words(2)
            .filter(|check| check != "NONE")
            .map(|check| format!("check_option {}", check.to_ascii_lowercase())),
    );
    if words(4).as_deref() == Some("INVOKER") {
        options.push("security_invoker".into());
    }
    options.extend(
        words(5)
            .filter(|algorithm| algorithm != "UNDEFINED")
            .map(|algorithm| format!("algorithm {}", algorithm.to_ascii_lowercase())),
    );
    View {
        columns: columns.unwrap_or_default(),
        depends_on: reads(&definition, database, known),
        definition,
        owner: words(3),
        options,
        ..View::default()
    }
}

/// The tables and views that a definition names: the server writes each as `` `database`.`table` ``.
fn reads(definition: &str, database: &str, known: &BTreeSet<String>) -> Vec<String> {
    let mut found = BTreeSet::new();
    let prefix = format!("{}.`", crate::engine::mysql::connection::quote(database));
    let mut rest = definition;
    while let Some(at) = rest.find(&prefix) {
        rest = rest.get(at + prefix.len()..).unwrap_or_default();
        let mut name = String::new();
        let mut letters = rest.chars().peekable();
        while let Some(letter) = letters.next() {
            if letter != '`' {
                name.push(letter);
            } else if letters.next_if_eq(&'`').is_some() {
                name.push('`');
            } else {
                break;
            }
        }
        if known.contains(&name) {
            found.insert(path_of(&[database, name.as_str()]));
        }
    }
    found.into_iter().collect()
}

fn incomplete(path: &str, broken: bool) -> Warning {
    let (code, message) = if broken {
        ("partial", "The view does not work: something it reads is gone. It is kept without columns.")
    } else {
        ("no_permission", "The view's text is hidden from this account: GRANT SHOW VIEW on the database.")
    };
    Warning { code: code.into(), subject: path.to_owned(), count: 1, message: message.into() }
}
