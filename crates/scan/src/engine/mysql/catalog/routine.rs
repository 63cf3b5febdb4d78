//! Functions, procedures, triggers, and what is only counted.

use std::collections::HashMap;

use mysql_async::Row;
use types::snapshot::{Body, Object, Routine, Trigger, Warning};

use super::{Catalog, object};
use crate::engine::mysql::connection::{number, text};

pub(super) fn routines(database: &str, catalog: &Catalog) -> Vec<Object> {
    // Functions and procedures may share a name: the kind is part of the key.
    let mut parameters: HashMap<(String, String), Vec<(i64, &Row)>> = HashMap::new();
    for row in &catalog.parameters {
        let key = (text(row, 0).unwrap_or_default(), text(row, 1).unwrap_or_default());
        parameters.entry(key).or_default().push((number(row, 2).unwrap_or(0), row));
    }
    let read = |row: &Row| {
        let (name, kind) = (text(row, 0)?, text(row, 1)?);
        if kind != "FUNCTION" && kind != "PROCEDURE" {
            return None;
        }
        let mut own = parameters.remove(&(name.clone(), kind.clone())).unwrap_or_default();
        own.sort_by_key(|(place, _)| *place);
        // The parameter at place 0 is what a function returns.
        let own: Vec<&Row> = own.into_iter().filter(|(place, _)| *place > 0).map(|(_, row)| row).collect();
        let types: Vec<String> = own.iter().filter_map(|row| text(row, 5)).collect();
        let arguments = own.iter().map(|row| {
            let mode = text(row, 3).filter(|_| kind == "PROCEDURE");
            let words = [mode, text(row, 4), text(row, 5)];
            words.into_iter().flatten().collect::<Vec<_>>().join(" ")
        });
        let body = text(row, 4).unwrap_or_default();
        let routine = Routine {
            arguments: arguments.collect::<Vec<_>>().join(", "),
            returns: text(row, 2).filter(|_| kind == "FUNCTION"),
            language: text(row, 3).unwrap_or_default(),
            volatility: if text(row, 5).as_deref() == Some("YES") { "immutable" } else { "volatile" }.into(),
            security_definer: text(row, 6).as_deref() == Some("DEFINER"),
            body_hash: blake3::hash(body.as_bytes()).to_hex().to_string(),
            owner: text(row, 8),
            comment: text(row, 7).filter(|comment| !comment.is_empty()),
            ..Routine::default()
        };
        let parts = [database.to_owned(), format!("{name}({})", types.join(", "))];
        let body = if kind == "PROCEDURE" { Body::Procedure(routine) } else { Body::Function(routine) };
        Some(object(&parts, body))
    };
    catalog.routines.iter().filter_map(read).collect()
}

/// By table, in the order in which they fire.
pub(super) fn triggers(rows: &[Row]) -> HashMap<String, Vec<Trigger>> {
    let mut ordered: Vec<&Row> = rows.iter().collect();
    ordered.sort_by_key(|row| number(row, 4));
    let mut triggers: HashMap<String, Vec<Trigger>> = HashMap::new();
    for row in ordered {
        let words = |index| text(row, index).unwrap_or_default();
        let table = words(0);
        let definition = format!("{} {} ON {table} FOR EACH ROW {}", words(2), words(3), words(5));
        triggers.entry(table).or_default().push(Trigger {
            name: words(1),
            definition,
            enabled: true,
            ..Trigger::default()
        });
    }
    triggers
}

/// What is there and is not modelled.
pub(super) fn unsupported(catalog: &Catalog) -> Vec<Warning> {
    let other = |row: &&Row| !matches!(text(row, 1).as_deref(), Some("FUNCTION" | "PROCEDURE"));
    let counts = [
        ("event", catalog.events.len()),
        ("privilege", catalog.privileges.len()),
        ("package", catalog.routines.iter().filter(other).count()),
    ];
    counts
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|(subject, count)| Warning {
            code: "unsupported".into(),
            subject: subject.into(),
            count: u32::try_from(count).unwrap_or(u32::MAX),
            message: format!("Objects of the kind {subject} are not part of the snapshot yet."),
        })
        .collect()
}
