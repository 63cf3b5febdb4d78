//! What the role may do beyond reading.

mod statement;

use chrono::{DateTime, Utc};
use tokio_postgres::Row;
use tokio_postgres::types::FromSql;
use types::Timestamp;
use types::protocol::{Finding, SourceInfo};
use types::snapshot::Engine;

use super::connection::{Connection, failed};
use crate::engine::posture::finding;
use crate::source::{PostgresTarget, is_local};
use crate::{Limits, ScanError, Source};
use statement::{ATTRIBUTES, hindrances, posture};

pub(in crate::engine) const ADVICE: &str = "Make a role that can only read: run `bastion-mcp setup-sql postgres`, apply what it prints as \
                      the database's owner, and use that role in the address";

pub(super) async fn info(
    source: &Source,
    target: &PostgresTarget,
    connection: &Connection,
) -> Result<SourceInfo, ScanError> {
    let statement = posture(connection.major());
    let (_, rows) = connection.begin_and_query(Limits::default().catalog_statement, &statement, &[]).await?;
    connection.commit().await?;
    let Some(role) = rows.first() else {
        return Err(ScanError::Database("the server does not know the role that signed in".into()));
    };
    let version: String = get(role, "version")?;
    let mut findings = role_findings(role)?;
    if !get::<bool>(role, "is_superuser")? {
        findings.extend(change_findings(role, connection.major())?);
        findings.extend(creation_findings(role)?);
        findings.extend(reading_findings(role)?);
    }
    if get(role, "is_standby")? {
        findings.push(standby(get(role, "replayed")?, get(role, "now")?));
    }
    if target.config.get_ssl_mode() == tokio_postgres::config::SslMode::Disable && !is_local(&target.config) {
        findings.push(finding(
            "plaintext",
            false,
            "Passwords and rows cross the network unencrypted, because the address says sslmode=disable.",
        ));
    }
    Ok(SourceInfo {
        name: source.name().to_owned(),
        engine: Engine::Postgres,
        engine_version: version.split_whitespace().next().map(ToOwned::to_owned),
        database: Some(get(role, "database")?),
        now: Some(Timestamp(get(role, "now")?)),
        reachable: true,
        limits: None,
        findings,
    })
}

/// What is different where a server only follows another. Whoever reads there should know how old it is.
fn standby(replayed: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Finding {
    let behind = replayed.map_or_else(
        || "It does not say how far it has come.".to_owned(),
        |replayed| {
            format!(
                "The last change that has reached it is of {}, {} seconds ago: either nothing was changed since, or it \
                 lags behind.",
                replayed.format("%Y-%m-%d %H:%M:%S UTC"),
                (now - replayed).num_seconds().max(0)
            )
        },
    );
    let message = format!(
        "This server is a standby. {behind} It counts no writes, so that each profile reads every table, and gives up a \
         statement that stands in the way of what it replays."
    );
    finding("replica", false, &message)
}

/// What the role is, and what roles are that it may become.
fn role_findings(row: &Row) -> Result<Vec<Finding>, ScanError> {
    let name: String = get(row, "name")?;
    let mut findings = Vec::new();
    if get(row, "is_superuser")? {
        let message = format!("The role {name} is a superuser: it may do anything. {ADVICE}.");
        findings.push(finding("superuser", true, &message));
        return Ok(findings);
    }
    let attributes = [
        ("superuser", "SUPERUSER, and so may do anything"),
        ("bypasses_row_security", "BYPASSRLS, and so reads what policies hide"),
        ("creates_roles", "CREATEROLE, and so could make itself another role"),
        ("replication", "REPLICATION, and so could copy the whole cluster"),
        ("creates_databases", "CREATEDB, and so could fill the server"),
    ];
    for (attribute, (code, what)) in ATTRIBUTES.into_iter().zip(attributes) {
        let holders: Vec<String> = get(row, attribute)?;
        let word = what.split(',').next().unwrap_or_default();
        let message = match holders.first() {
            None => continue,
            Some(first) if *first == name => {
                format!(
                    "The role {name} has {what}. ALTER ROLE {name} NO{word} takes that away, or: {ADVICE}."
                )
            }
            Some(_) => {
                let holders = holders.join(", ");
                format!(
                    "The role {name} may become {holders} with {what}. REVOKE {holders} FROM {name} takes that away, \
                     or: {ADVICE}."
                )
            }
        };
        findings.push(finding(code, true, &message));
    }
    let memberships: Vec<String> = get(row, "memberships")?;
    if !memberships.is_empty() {
        let message =
            format!("The role {name} is a member of {}. Revoke it, or: {ADVICE}.", memberships.join(", "));
        findings.push(finding("dangerous_membership", true, &message));
    }
    Ok(findings)
}

/// What it may change of what there is.
fn change_findings(row: &Row, major: u32) -> Result<Vec<Finding>, ScanError> {
    let name: String = get(row, "name")?;
    let mut findings = Vec::new();
    let rights = hindrances(major);
    let counted = [
        ("can_write", "writable", "may change the rows of", "tables"),
        ("can_move_sequences", "sequences", "may change what is given out next by", "sequences"),
        ("can_write_large_objects", "large_objects", "may change", "large objects"),
    ];
    for (code, column, what, of) in counted {
        let number: i64 = get(row, column)?;
        if number > 0 {
            findings.push(finding(code, true, &format!("The role {name} {what} {number} {of}. {ADVICE}.")));
        }
    }
    let hindered: i64 = get(row, "hindered")?;
    if hindered > 0 {
        let message = format!(
            "The role {name} may stand in the way of those who write to {hindered} tables, by a trigger, a foreign key or \
             maintenance. REVOKE {rights} ON … FROM {name} takes that away, or: {ADVICE}."
        );
        findings.push(finding("can_hinder_writes", true, &message));
    }
    let owned: Vec<String> = get(row, "owned")?;
    if !owned.is_empty() {
        let owned = owned.join(", ");
        let message = format!("The role {name} owns {owned}, and so may drop them. {ADVICE}.");
        findings.push(finding("owns_objects", true, &message));
    }
    if get(row, "owns_database")? {
        let message = format!("The role {name} owns the database, and so may drop it. {ADVICE}.");
        findings.push(finding("owns_database", true, &message));
    }
    Ok(findings)
}

/// What it may make. Up to version 14 everybody may create tables in the schema `public`: `setup-sql` takes that back.
fn creation_findings(row: &Row) -> Result<Vec<Finding>, ScanError> {
    let name: String = get(row, "name")?;
    let mut findings = Vec::new();
    let open: i64 = get(row, "open_schemas")?;
    if open > 0 {
        let message = format!(
            "The role {name} may create objects in {open} schemas. REVOKE CREATE ON SCHEMA … FROM PUBLIC, {name} takes \
             that away, or: {ADVICE}."
        );
        findings.push(finding("can_create", true, &message));
    }
    if get(row, "can_create_schemas")? {
        let message = format!(
            "The role {name} may create schemas in the database. REVOKE CREATE ON DATABASE … FROM PUBLIC, {name} takes \
             that away, or: {ADVICE}."
        );
        findings.push(finding("can_create_schemas", true, &message));
    }
    let wrappers: i64 = get(row, "wrappers")?;
    if wrappers > 0 {
        let message = format!(
            "The role {name} may make foreign servers with {wrappers} foreign-data wrappers. REVOKE USAGE ON FOREIGN DATA \
             WRAPPER … takes that away."
        );
        findings.push(finding("can_make_servers", false, &message));
    }
    Ok(findings)
}

/// What it may not read.
fn reading_findings(row: &Row) -> Result<Vec<Finding>, ScanError> {
    let name: String = get(row, "name")?;
    let mut findings = Vec::new();
    let (unreadable, tables): (i64, i64) = (get(row, "unreadable")?, get(row, "tables")?);
    if unreadable > 0 {
        let message = format!(
            "The role {name} may not read {unreadable} of {tables} tables: their schema is seen, their data is not \
             profiled. GRANT SELECT on them."
        );
        findings.push(finding("cannot_read", false, &message));
    }
    let hidden: i64 = get(row, "hidden")?;
    if hidden > 0 {
        let message =
            format!("Row-level security hides rows of {hidden} tables from {name}: they are not profiled.");
        findings.push(finding("row_security", false, &message));
    }
    Ok(findings)
}

fn get<'a, T: FromSql<'a>>(row: &'a Row, column: &str) -> Result<T, ScanError> {
    row.try_get(column).map_err(|error| failed(&error))
}
