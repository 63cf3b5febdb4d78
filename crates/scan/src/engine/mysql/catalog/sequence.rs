//! MariaDB's sequences: each is a table of one row that holds its settings.

use mysql_async::{Params, Row};
use types::snapshot::{Sequence, Warning};

use crate::ScanError;
use crate::engine::mysql::connection::{Connection, number, quote, text};

/// Names of the tables that are sequences.
fn names(tables: &[Row]) -> Vec<String> {
    tables
        .iter()
        .filter(|row| text(row, 1).as_deref() == Some("SEQUENCE"))
        .filter_map(|row| text(row, 0))
        .collect()
}

/// The settings of all sequences, in one statement; a warning in their place when the role may not read one.
///
/// # Errors
/// When one of them is locked or has vanished meanwhile, and nothing is told of the others.
pub(super) async fn read(
    connection: &mut Connection,
    tables: &[Row],
) -> Result<(Vec<Row>, Option<Warning>), ScanError> {
    let names = names(tables);
    if names.is_empty() {
        return Ok((Vec::new(), None));
    }
    let database = quote(&connection.database);
    let each = names.iter().enumerate().map(|(place, name)| {
        format!(
            "SELECT {place}, start_value, increment, minimum_value, maximum_value, cycle_option, cache_size \
             FROM {database}.{}",
            quote(name)
        )
    });
    let statement = each.collect::<Vec<_>>().join(" UNION ALL ");
    match connection.query(&statement, Params::Empty).await {
        Ok(rows) => Ok((rows, None)),
        Err(ScanError::NoPermission(_)) => {
            let message = "The settings of sequences could not be read: GRANT SELECT on them.";
            Ok((Vec::new(), Some(unread("no_permission", tables, message))))
        }
        Err(error) => Err(error),
    }
}

/// That there are no settings of the sequences.
pub(super) fn unread(code: &str, tables: &[Row], message: &str) -> Warning {
    Warning {
        code: code.into(),
        subject: "sequence".into(),
        count: u32::try_from(names(tables).len()).unwrap_or(u32::MAX),
        message: message.into(),
    }
}

/// By name.
pub(super) fn sequences(tables: &[Row], rows: &[Row]) -> Vec<(String, Sequence)> {
    let names = names(tables);
    let settings = |place: usize| {
        let row = rows.iter().find(|row| number(row, 0) == i64::try_from(place).ok())?;
        Some(Sequence {
            data_type: "bigint".into(),
            start: number(row, 1)?,
            increment: number(row, 2)?,
            minimum: number(row, 3)?,
            maximum: number(row, 4)?,
            cycle: number(row, 5)? != 0,
            cache: number(row, 6),
            ..Sequence::default()
        })
    };
    names
        .into_iter()
        .enumerate()
        .map(|(place, name)| {
            let unread = || Sequence { data_type: "bigint".into(), ..Sequence::default() };
            (name, settings(place).unwrap_or_else(unread))
        })
        .collect()
}
