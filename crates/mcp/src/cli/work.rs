//! One piece of work, by hand.

use std::io::Write;
use std::sync::{Mutex, PoisonError};

use scan::{CancellationToken, Filter, Limits, ProfileEvent, ProfileRequest, Source};
use types::profile::{Level, TableProfile};

use super::Failure;

/// What a source is called that nobody named.
const NAME: &str = "database";

pub(super) async fn scan(
    url: &str,
    include: &[String],
    exclude: &[String],
    allow_unsafe_role: bool,
) -> Result<(), Failure> {
    let (source, limits) = open(url, allow_unsafe_role).await?;
    let filter = Filter::new(include, exclude)?;
    let cancel = CancellationToken::new();
    let mut snapshot = source.scan(&filter, limits, &cancel).await?;
    snapshot.header.fingerprint = source.fingerprint(limits, &cancel).await?;
    let snapshot = domain::canonicalize(snapshot);
    print(|out| {
        serde_json::to_writer_pretty(&mut *out, &snapshot)?;
        writeln!(out)
    })
}

pub(super) async fn profile(
    url: &str,
    level: Level,
    tables: Vec<String>,
    json: bool,
    allow_unsafe_role: bool,
) -> Result<(), Failure> {
    let (source, limits) = open(url, allow_unsafe_role).await?;
    let request = ProfileRequest { tables, level, ..ProfileRequest::default() };
    let tables: Mutex<Vec<TableProfile>> = Mutex::default();
    let tell = |event| {
        if let ProfileEvent::Table(table) = event {
            tables.lock().unwrap_or_else(PoisonError::into_inner).push(*table);
        }
    };
    source.profile(&request, limits, &CancellationToken::new(), &tell).await?;
    let tables = tables.into_inner().unwrap_or_else(PoisonError::into_inner);
    print(|out| {
        if json {
            serde_json::to_writer_pretty(&mut *out, &tables)?;
            return writeln!(out);
        }
        tables.iter().try_for_each(|table| row(out, table))
    })
}

fn row(out: &mut impl Write, table: &TableProfile) -> std::io::Result<()> {
    let latest = table.latest_value_at.map_or_else(String::new, |at| format!(", newest {at}"));
    writeln!(out, "{}: {} rows{latest}", table.table, table.row_count)?;
    if let Some(why) = &table.skipped {
        return writeln!(out, "  not read: {why}");
    }
    for column in &table.columns {
        let percent =
            |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.2}"));
        writeln!(
            out,
            "  {:<32} null {:>6} %  unique {:>6} %",
            column.column,
            percent(column.null_percent),
            percent(column.uniqueness_percent)
        )?;
    }
    Ok(())
}

pub(super) fn setup_sql(engine: &str) -> Result<(), Failure> {
    let sql = match engine {
        "postgres" | "postgresql" => scan::setup::POSTGRES,
        "sqlite" => scan::setup::SQLITE,
        "mysql" | "mariadb" => {
            return Err(Failure::Usage(
                "MySQL and MariaDB are not supported yet; PostgreSQL and SQLite are".into(),
            ));
        }
        _ => return Err(Failure::Usage("setup-sql takes postgres or sqlite".into())),
    };
    print(|out| out.write_all(sql.as_bytes()))
}

pub(super) async fn check(url: &str) -> Result<(), Failure> {
    let source = Source::parse(NAME, url)?;
    let info = source.info(Limits::default()).await;
    let bad = !info.reachable || info.findings.iter().any(|finding| finding.unsafe_);
    print(|out| {
        if info.reachable {
            let version = info.engine_version.as_deref().unwrap_or("of unknown version");
            writeln!(out, "reached {} {version}", info.engine.as_str())?;
        }
        for finding in &info.findings {
            let mark = if finding.unsafe_ { "unsafe" } else { "note" };
            writeln!(out, "{mark}: {} ({})", finding.message, finding.code)?;
        }
        if bad { Ok(()) } else { writeln!(out, "safe: the role can read and cannot write") }
    })?;
    if !info.reachable {
        let why = info
            .findings
            .first()
            .map_or("the database could not be reached", |finding| finding.message.as_str());
        return Err(Failure::Usage(why.to_owned()));
    }
    if bad { Err(Failure::Check) } else { Ok(()) }
}

async fn open(url: &str, allow_unsafe_role: bool) -> Result<(Source, Limits), Failure> {
    let (source, limits) = (Source::parse(NAME, url)?, Limits::default());
    if !allow_unsafe_role {
        source.require_safe_role(limits).await?;
    }
    Ok((source, limits))
}

/// Writes the answer to standard output. A reader that went away, as `head` does, is no failure.
fn print(
    write: impl FnOnce(&mut std::io::BufWriter<std::io::StdoutLock<'static>>) -> std::io::Result<()>,
) -> Result<(), Failure> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    match write(&mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}
