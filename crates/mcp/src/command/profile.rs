//! `bastion-mcp profile`.

use std::fmt::Write;
use std::sync::Mutex;

use scan::{CancellationToken, Filter, Limits, ProfileEvent, ProfileRequest};
use serde_json::Value;
use types::profile::TableProfile;

use super::ProfileArguments;
use crate::failure::Failure;

/// Prints the figures of each table.
pub(super) async fn run(arguments: ProfileArguments) -> Result<(), Failure> {
    let request = ProfileRequest {
        filter: Filter::new(&arguments.filter.include, &arguments.filter.exclude)?,
        tables: arguments.tables,
        level: arguments.level.into(),
        ..ProfileRequest::default()
    };
    let source = arguments.address.source()?;
    super::warn_of_unsafe_role(&source).await;
    let tables = Mutex::new(Vec::new());
    let tell = |event| {
        if let (ProfileEvent::Table(table), Ok(mut tables)) = (event, tables.lock()) {
            tables.push(*table);
        }
    };
    source.profile(&request, Limits::default(), &CancellationToken::new(), &tell).await?;
    let tables = tables.into_inner().unwrap_or_default();
    if arguments.json { super::print_json(&tables) } else { super::print(&text(&tables)) }
}

fn text(tables: &[TableProfile]) -> String {
    let mut text = String::new();
    for table in tables {
        // Writing to a String cannot fail.
        let _ = write_table(&mut text, table);
    }
    text
}

fn write_table(text: &mut String, table: &TableProfile) -> std::fmt::Result {
    if let Some(reason) = &table.skipped {
        return writeln!(text, "{}\n  skipped: {reason}\n", printable(&table.table));
    }
    let method = serde_json::to_value(table.row_count_method).unwrap_or(Value::Null);
    write!(
        text,
        "{}: {} rows ({})",
        printable(&table.table),
        table.row_count,
        method.as_str().unwrap_or("")
    )?;
    if let (Some(column), Some(at)) = (&table.timestamp_column, table.latest_value_at) {
        write!(text, ", newest {} {at}", printable(column))?;
    }
    writeln!(text, "\n  {:<32} {:>8} {:>12} {:>8}  min … max", "column", "null %", "distinct", "unique %")?;
    for column in &table.columns {
        let percent = |value: Option<f64>| value.map_or_else(|| "-".into(), |value| format!("{value:.2}"));
        let count = column.distinct_count.map_or_else(|| "-".into(), |count| count.to_string());
        write!(
            text,
            "  {:<32} {:>8} {:>12} {:>8}",
            printable(&column.column),
            percent(column.null_percent),
            count,
            percent(column.uniqueness_percent)
        )?;
        match (&column.min, &column.max) {
            (Some(min), Some(max)) => writeln!(text, "  {} … {}", plain(min), plain(max))?,
            _ => writeln!(text)?,
        }
    }
    writeln!(text)
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned)
}

/// Names come from the database: they may hold what a terminal would obey.
fn printable(name: &str) -> String {
    name.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
