//! `bastion-mcp profile`.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Mutex;
use std::time::Duration;

use scan::{Budget, CancellationToken, Filter, Limits, ProfileEvent, ProfileRequest};
use serde::Serialize;
use serde_json::Value;
use types::profile::{ColumnProfile, PiiClass, Semantics, TableProfile};

use super::ProfileArguments;
use crate::failure::Failure;

/// Prints the figures of each table.
pub(super) async fn run(arguments: ProfileArguments) -> Result<(), Failure> {
    let request = ProfileRequest {
        filter: Filter::new(&arguments.filter.include, &arguments.filter.exclude)?,
        tables: arguments.tables,
        level: arguments.level.into(),
        timestamp_columns: timestamp_columns(&arguments.timestamp_columns)?,
        values: arguments.values,
        budget: Budget {
            bytes: arguments.max_bytes,
            time: arguments.max_seconds.map(Duration::from_secs),
            duty_percent: arguments.duty_cycle,
        },
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

fn timestamp_columns(given: &[String]) -> Result<BTreeMap<String, String>, Failure> {
    let pair = |text: &String| {
        let (table, column) = text.split_once('=')?;
        Some((table.to_owned(), column.to_owned()))
    };
    let pairs: Option<_> = given.iter().map(pair).collect();
    pairs.ok_or_else(|| {
        Failure::Usage("--timestamp-column takes TABLE=COLUMN, such as public.film=last_update".into())
    })
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
    write!(
        text,
        "{}: {} rows ({})",
        printable(&table.table),
        table.row_count,
        word(&table.row_count_method)
    )?;
    if let (Some(column), Some(at)) = (&table.timestamp_column, table.latest_value_at) {
        write!(text, ", newest {} {at} ({})", printable(column), word(&table.latest_value_method))?;
    }
    if let Some(at) = table.last_write_at {
        write!(text, ", written {at} ({})", word(&table.last_write_method))?;
    }
    if let Some(reason) = &table.partial_reason {
        write!(text, ", partial: {reason}")?;
    }
    writeln!(
        text,
        "\n  {:<32} {:>8} {:>6} {:>12} {:>8}  {:<26} min … median … max, or lengths and shape",
        "column", "null %", "±", "distinct", "unique %", "meaning"
    )?;
    table.columns.iter().try_for_each(|column| write_column(text, column))?;
    writeln!(text)
}

fn write_column(text: &mut String, column: &ColumnProfile) -> std::fmt::Result {
    let percent = |value: Option<f64>| value.map_or_else(|| "-".into(), |value| format!("{value:.2}"));
    let count = column.distinct_count.map_or_else(|| "-".into(), |count| count.to_string());
    write!(
        text,
        "  {:<32} {:>8} {:>6} {:>12} {:>8}  {:<26}",
        printable(&column.column),
        percent(column.null_percent),
        percent(column.error_bound),
        count,
        percent(column.uniqueness_percent),
        column.semantics.as_ref().map(meaning).unwrap_or_default()
    )?;
    let median = column.quantiles.iter().find(|quantile| quantile.rank == 0.5);
    match (&column.min, median, &column.max) {
        (Some(min), Some(median), Some(max)) => {
            write!(text, " {} … {} … {}", plain(min), plain(&median.value), plain(max))?;
        }
        (Some(min), None, Some(max)) => write!(text, " {} … {}", plain(min), plain(max))?,
        _ => {}
    }
    if let Some(lengths) = &column.lengths {
        write!(text, " {}–{} characters", lengths.min, lengths.max)?;
        if let Some(shape) = column.shapes.first() {
            write!(text, ", {:.0} % {}", shape.percent, printable(&shape.shape))?;
        }
    }
    let told: Vec<String> =
        column.top_values.iter().filter_map(|top| top.value.as_ref()).map(plain).collect();
    if !told.is_empty() {
        write!(text, "; often {}", printable(&told.join(", ")))?;
    }
    writeln!(text)
}

/// Such as `email (direct, high)`.
fn meaning(semantics: &Semantics) -> String {
    let class = match semantics.pii {
        PiiClass::None => String::new(),
        class => format!("{}, ", word(&class)),
    };
    format!("{} ({class}{})", word(&semantics.semantic_type), word(&semantics.confidence))
}

/// The word for it on the wire.
fn word(value: &impl Serialize) -> String {
    let value = serde_json::to_value(value).unwrap_or(Value::Null);
    value.as_str().unwrap_or_default().to_owned()
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned)
}

/// Names come from the database: they may hold what a terminal would obey.
fn printable(name: &str) -> String {
    name.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
