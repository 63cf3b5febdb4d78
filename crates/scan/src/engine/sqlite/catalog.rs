//! The catalog of an SQLite file: a fixed number of statements over table-valued pragmas, and the text of each `CREATE`.

mod constraint;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};

use chrono::Utc;
use rusqlite::{Connection, Row};
use types::Timestamp;
use types::snapshot::{
    Body, Column, Engine, FORMAT_VERSION, Generated, Identity, Object, Schema, Snapshot, SnapshotHeader,
    Table, Trigger, View, Warning, path_of,
};

use super::connection::failed;
use super::definition::{self, Definition};
use crate::ScanError;
use crate::engine::Tell;
use crate::engine::part::Parts;

/// SQLite's name for the database that a file is.
pub(super) const SCHEMA: &str = "main";

const RELATIONS: &str = "SELECT name, type, wr, strict FROM pragma_table_list \
     WHERE schema = 'main' AND substr(name, 1, 7) <> 'sqlite_' ORDER BY name";

const TEXTS: &str = "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name";

/// The same of the relations that are meant.
const TEXTS_OF: &str = "SELECT l.type, l.name, l.tbl_name, l.sql FROM sqlite_schema l \
     WHERE l.sql IS NOT NULL AND l.tbl_name MEANT ORDER BY l.name";

const COLUMNS: &str = "SELECT l.name, x.name, x.type, x.\"notnull\", x.dflt_value, x.pk, x.hidden \
     FROM pragma_table_list l, pragma_table_xinfo(l.name, 'main') x \
     WHERE l.schema = 'main' AND l.type = 'table' AND l.name MEANT ORDER BY l.name, x.cid";

const VIEW_COLUMNS: &str = "SELECT l.name, x.name, x.type, x.\"notnull\", x.dflt_value, x.pk, x.hidden \
     FROM pragma_table_list l, pragma_table_xinfo(l.name, 'main') x \
     WHERE l.schema = 'main' AND l.type = 'view' AND l.name MEANT ORDER BY l.name, x.cid";

/// The same of views by their names, which looks at no other.
const COLUMNS_OF_VIEWS: &str = "SELECT l.column1, x.name, x.type, x.\"notnull\", x.dflt_value, x.pk, x.hidden \
     FROM (VALUES NAMES) l, pragma_table_xinfo(l.column1, 'main') x ORDER BY l.column1, x.cid";

/// More names than this are not sent; then what is not meant is left out of what comes.
const MOST_NAMES: usize = 500;

/// How many parts a catalog has.
const PARTS: u64 = 5;

/// Whether a relation with that path is meant.
pub(super) type Meant<'a> = &'a dyn Fn(&str) -> bool;

/// A column as a pragma tells it.
#[derive(Debug)]
struct Listed {
    name: String,
    data_type: String,
    not_null: bool,
    default: Option<String>,
    /// Its place in the primary key, from 1; 0 outside.
    key_place: i64,
    /// 2 and 3 are generated, virtual and stored.
    hidden: i64,
}

/// Columns, each with its relation.
type WithRelation = Vec<(String, Listed)>;

/// Changes with every change of the schema: SQLite counts them, and the texts say the same in another way.
pub(super) fn fingerprint(connection: &Connection) -> Result<String, ScanError> {
    let version: i64 = connection
        .query_row("SELECT schema_version FROM pragma_schema_version", [], |row| row.get(0))
        .map_err(|error| failed(&error))?;
    let mut hasher = blake3::Hasher::new();
    for text in rows(connection, TEXTS, text)? {
        hasher.update(text.2.as_bytes());
        hasher.update(b"\0");
    }
    Ok(format!("{version}-{}", hasher.finalize().to_hex()))
}

/// Reads the catalog, without what is not meant; all of it where nothing says what is. In one transaction, so that all
/// statements see the same schema.
pub(super) fn scan(
    connection: &Connection,
    database: String,
    meant: Option<Meant<'_>>,
    tell: Tell<'_>,
) -> Result<Snapshot, ScanError> {
    let transaction = connection.unchecked_transaction().map_err(|error| failed(&error))?;
    // Dropped, it is rolled back: nothing was written.
    read(&transaction, database, meant, &Parts::new(tell, PARTS))
}

fn read(
    connection: &Connection,
    database: String,
    meant: Option<Meant<'_>>,
    parts: &Parts<'_>,
) -> Result<Snapshot, ScanError> {
    let fingerprint = fingerprint(connection)?;
    parts.next("tables and views");
    let relations = rows(connection, RELATIONS, |row| {
        Ok((
            row.get::<_, String>(0)?,
            row.get::<_, String>(1)?,
            row.get::<_, bool>(2)?,
            row.get::<_, bool>(3)?,
        ))
    })?;
    let is_meant = |name: &str| meant.is_none_or(|meant| meant(&path_of(&[SCHEMA, name])));
    let meant: Option<Vec<&str>> = meant.map(|_| {
        let names = relations.iter().map(|(name, ..)| name.as_str());
        names.filter(|name| is_meant(name)).collect()
    });
    let meant = meant.as_deref().filter(|names| names.len() <= MOST_NAMES);
    parts.next("definitions");
    let mut texts: HashMap<String, String> = HashMap::new();
    let mut triggers: HashMap<String, Vec<Trigger>> = HashMap::new();
    let mut index_texts: HashMap<String, String> = HashMap::new();
    for (kind, (name, table), sql) in rows_of(connection, TEXTS_OF, meant, text)? {
        match kind.as_str() {
            "trigger" => triggers.entry(table).or_default().push(Trigger {
                name,
                definition: sql,
                enabled: true,
                ..Trigger::default()
            }),
            "index" => drop(index_texts.insert(name, sql)),
            _ => drop(texts.insert(name, sql)),
        }
    }
    parts.next("columns");
    let mut columns = by_relation(rows_of(connection, COLUMNS, meant, listed)?);
    parts.next("columns of views");
    let (columns_of_views, broken) = match rows_of(connection, VIEW_COLUMNS, meant, listed) {
        Ok(columns) => (columns, HashSet::new()),
        // One view that does not work fails the statement for all of them.
        Err(_) => {
            let views = relations.iter().filter(|(name, kind, ..)| kind == "view" && is_meant(name));
            columns_of_views(connection, &views.map(|(name, ..)| name.as_str()).collect::<Vec<_>>())?
        }
    };
    let mut columns_of_views = by_relation(columns_of_views);
    parts.next("indexes and foreign keys");
    let mut constraints = constraint::read(connection, &index_texts, meant)?;

    let by_small_letters: HashMap<String, &str> =
        relations.iter().map(|(name, ..)| (name.to_ascii_lowercase(), name.as_str())).collect();
    let mut objects = vec![object(&[SCHEMA.to_owned()], Body::Schema(Schema::default()))];
    let mut warnings = Vec::new();
    let mut virtual_tables = 0;
    for (name, kind, without_rowid, strict) in relations.iter().filter(|(name, ..)| is_meant(name)) {
        let parts = [SCHEMA.to_owned(), name.clone()];
        let sql = texts.get(name).map(String::as_str).unwrap_or_default();
        match kind.as_str() {
            "table" => {
                let definition = definition::parse(sql);
                let listed = columns.remove(name).unwrap_or_default();
                let mut table = table(&listed, &definition, *without_rowid, *strict);
                constraints.add_to(&mut table, name, &listed_key(&listed), &definition);
                table.triggers = triggers.remove(name).unwrap_or_default();
                objects.push(object(&parts, Body::Table(table)));
            }
            "view" => {
                let mut depends_on: Vec<String> = definition::reads(sql, &by_small_letters)
                    .into_iter()
                    .filter(|other| other != name)
                    .map(|other| path_of(&[SCHEMA, other]))
                    .collect();
                depends_on.sort_unstable();
                if broken.contains(name.as_str()) {
                    warnings.push(Warning {
                        code: "partial".into(),
                        subject: path_of(&parts),
                        count: 1,
                        message:
                            "The view does not work: something it reads is gone. It is kept without columns."
                                .into(),
                    });
                }
                let listed = columns_of_views.remove(name).unwrap_or_default();
                objects.push(object(
                    &parts,
                    Body::View(View {
                        columns: plain_columns(&listed, &Definition::default()),
                        definition: sql.to_owned(),
                        depends_on,
                        triggers: triggers.remove(name).unwrap_or_default(),
                        ..View::default()
                    }),
                ));
            }
            "virtual" => virtual_tables += 1,
            // The tables in which a virtual table keeps its data.
            _ => {}
        }
    }
    if virtual_tables > 0 {
        warnings.push(Warning {
            code: "unsupported".into(),
            subject: "virtual_table".into(),
            count: virtual_tables,
            message: "Virtual tables are not part of the snapshot yet.".into(),
        });
    }
    Ok(Snapshot {
        header: SnapshotHeader {
            format_version: FORMAT_VERSION,
            canonical_version: 0,
            engine: Engine::Sqlite,
            engine_version: rusqlite::version().to_owned(),
            database,
            captured_at: Timestamp(Utc::now()),
            root_hash: String::new(),
            column_order: None,
            fingerprint,
            physical: None,
            warnings,
        },
        objects,
    })
}

fn table(listed: &[Listed], definition: &Definition, without_rowid: bool, strict: bool) -> Table {
    let mut columns = plain_columns(listed, definition);
    let key = listed_key(listed);
    for (column, listed) in columns.iter_mut().zip(listed) {
        // An INTEGER PRIMARY KEY is the row's number; without row numbers, no part of the key may be NULL.
        let is_row_number =
            key.len() == 1 && listed.key_place == 1 && listed.data_type.eq_ignore_ascii_case("integer");
        if listed.key_place > 0 && (is_row_number || without_rowid) {
            column.nullable = false;
        }
        if is_row_number && definition.autoincrement {
            column.identity = Some(Identity::AutoIncrement);
        }
    }
    let options = [(strict, "strict"), (without_rowid, "without_rowid")];
    Table {
        columns,
        options: options.into_iter().filter(|(is, _)| *is).map(|(_, option)| option.to_owned()).collect(),
        ..Table::default()
    }
}

fn plain_columns(listed: &[Listed], definition: &Definition) -> Vec<Column> {
    let column = |(position, listed): (u32, &Listed)| {
        let key = listed.name.to_ascii_lowercase();
        Column {
            name: listed.name.clone(),
            position,
            data_type: listed.data_type.clone(),
            nullable: !listed.not_null,
            default: listed.default.clone(),
            generated: match listed.hidden {
                2 | 3 => Some(Generated {
                    expression: definition
                        .generated
                        .get(&key)
                        .map(|(text, _)| text.clone())
                        .unwrap_or_default(),
                    stored: listed.hidden == 3,
                }),
                _ => None,
            },
            identity: None,
            collation: definition.collations.get(&key).cloned(),
            ..Column::default()
        }
    };
    (1..).zip(listed).map(column).collect()
}

/// The columns of the primary key, in its order.
fn listed_key(listed: &[Listed]) -> Vec<String> {
    let mut key: Vec<&Listed> = listed.iter().filter(|column| column.key_place > 0).collect();
    key.sort_by_key(|column| column.key_place);
    key.into_iter().map(|column| column.name.clone()).collect()
}

fn by_relation(listed: WithRelation) -> HashMap<String, Vec<Listed>> {
    let mut columns: HashMap<String, Vec<Listed>> = HashMap::new();
    for (relation, column) in listed {
        columns.entry(relation).or_default().push(column);
    }
    columns
}

/// The columns of views, and those views that do not work. Each half is asked for alone, and so on: few that are broken take
/// few statements, however many there are.
fn columns_of_views<'a>(
    connection: &Connection,
    views: &[&'a str],
) -> Result<(WithRelation, HashSet<&'a str>), ScanError> {
    let (mut columns, mut broken) = (Vec::new(), HashSet::new());
    let mut open: Vec<&[&str]> = views.chunks(MOST_NAMES).collect();
    while let Some(some) = open.pop() {
        let statement = COLUMNS_OF_VIEWS.replace("NAMES", &vec!["(?)"; some.len()].join(", "));
        match (rows_of(connection, &statement, Some(some), listed), some) {
            (Ok(listed), _) => columns.extend(listed),
            (Err(ScanError::Cancelled), _) => return Err(ScanError::Cancelled),
            (Err(_), [one]) => drop(broken.insert(*one)),
            (Err(_), some) => open.extend(<[_; 2]>::from(some.split_at(some.len() / 2))),
        }
    }
    Ok((columns, broken))
}

fn listed(row: &Row<'_>) -> rusqlite::Result<(String, Listed)> {
    let column = Listed {
        name: row.get(1)?,
        data_type: row.get::<_, Option<String>>(2)?.unwrap_or_default(),
        not_null: row.get(3)?,
        default: row.get(4)?,
        key_place: row.get(5)?,
        hidden: row.get(6)?,
    };
    Ok((row.get(0)?, column))
}

/// Kind, (name, table), text.
fn text(row: &Row<'_>) -> rusqlite::Result<(String, (String, String), String)> {
    Ok((row.get(0)?, (row.get(1)?, row.get(2)?), row.get(3)?))
}

/// All rows of a statement without parameters.
pub(super) fn rows<T>(
    connection: &Connection,
    sql: &str,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>, ScanError> {
    let mut statement = connection.prepare(sql).map_err(|error| failed(&error))?;
    let rows = statement.query_map([], read).map_err(|error| failed(&error))?;
    rows.collect::<rusqlite::Result<_>>().map_err(|error| failed(&error))
}

/// The same of a statement over relations, of those with these names; of all where there is no list.
pub(super) fn rows_of<T>(
    connection: &Connection,
    sql: &str,
    names: Option<&[&str]>,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>, ScanError> {
    let condition = match names {
        None => "IS NOT NULL".to_owned(),
        Some(names) => format!("IN ({})", vec!["?"; names.len()].join(", ")),
    };
    let mut statement =
        connection.prepare(&sql.replace("MEANT", &condition)).map_err(|error| failed(&error))?;
    let names = rusqlite::params_from_iter(names.unwrap_or_default());
    let rows = statement.query_map(names, read).map_err(|error| failed(&error))?;
    rows.collect::<rusqlite::Result<_>>().map_err(|error| failed(&error))
}

fn object(parts: &[String], body: Body) -> Object {
    Object { path: path_of(parts), parts: parts.to_vec(), hash: String::new(), physical: None, body }
}
