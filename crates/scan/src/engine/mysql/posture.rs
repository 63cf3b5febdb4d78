//! What the account may do beyond reading, from its own grants.

use mysql_async::Params;
use types::Timestamp;
use types::protocol::{Finding, SourceInfo};
use types::snapshot::Engine;

use super::connection::{Connection, quote, text};
use crate::engine::posture::finding;
use crate::source::MysqlTarget;
use crate::{Limits, ScanError, Source};

pub(in crate::engine) const ADVICE: &str = "Make an account that can only read: run `bastion-mcp setup-sql mysql`, apply what it prints as \
                      an administrator, and use that account in the address";

/// What a reader may hold. Whatever is not here, known or not, counts as more than reading.
const HARMLESS: [&str; 11] = [
    "USAGE",
    "SELECT",
    "SHOW VIEW",
    "SHOW DATABASES",
    "PROCESS",
    "REPLICATION CLIENT",
    "BINLOG MONITOR",
    "SLAVE MONITOR",
    "REPLICA MONITOR",
    "SHOW_ROUTINE",
    "SHOW CREATE ROUTINE",
];

/// What one line of `SHOW GRANTS` says.
#[derive(Debug, PartialEq, Eq)]
enum Grant {
    Rights(Vec<String>),
    /// Roles that the account may take on, by name and host.
    Roles(Vec<(String, Option<String>)>),
}

pub(super) async fn info(
    source: &Source,
    target: &MysqlTarget,
    connection: &mut Connection,
    limits: Limits,
) -> Result<SourceInfo, ScanError> {
    let now: Timestamp = connection.begin(limits, limits.catalog_statement).await?;
    let rights = rights(connection).await?;
    connection.commit().await?;
    let mut findings = findings(&rights);
    if !rights.iter().any(|right| right == "SELECT" || right == "ALL PRIVILEGES") {
        findings.push(finding(
            "no_select",
            false,
            "The account may read no table: GRANT SELECT on the database, else the catalog stays empty.",
        ));
    }
    if !target.encrypted && !target.local {
        findings.push(finding(
            "plaintext",
            false,
            "Passwords and rows cross the network unencrypted, because the address says ssl-mode=disabled.",
        ));
    }
    Ok(SourceInfo {
        name: source.name().to_owned(),
        engine: if connection.mariadb { Engine::Mariadb } else { Engine::Mysql },
        engine_version: Some(super::catalog::version(&connection.version)),
        database: Some(connection.database.clone()),
        now: Some(now),
        reachable: true,
        limits: None,
        findings,
    })
}

/// Every right of the account and of each role that it could take on. A role shows its rights to those who have taken
/// it on: the session does, and is of no other use afterwards.
async fn rights(connection: &mut Connection) -> Result<Vec<String>, ScanError> {
    let mut rights = Vec::new();
    let mut roles: Vec<(String, Option<String>)> = Vec::new();
    let mut next = 0;
    // Bounded: roles hold roles, and it is somebody else's server.
    while next <= 64 {
        for line in
            connection.query("SHOW GRANTS", Params::Empty).await?.iter().filter_map(|row| text(row, 0))
        {
            match grant(&line) {
                Some(Grant::Rights(more)) => rights.extend(more),
                Some(Grant::Roles(more)) => {
                    for role in more {
                        if !roles.contains(&role) {
                            roles.push(role);
                        }
                    }
                }
                None => {}
            }
        }
        let Some((name, host)) = roles.get(next) else { break };
        let host = host.as_ref().map(|host| format!("@{}", quote(host))).unwrap_or_default();
        connection.set(&format!("SET ROLE {}{host}", quote(name))).await?;
        next += 1;
    }
    rights.sort_unstable();
    rights.dedup();
    Ok(rights)
}

/// `GRANT SELECT, INSERT (`a`) ON `d`.* TO … WITH GRANT OPTION`, or ``GRANT `role` TO …``.
fn grant(line: &str) -> Option<Grant> {
    let rest = line.strip_prefix("GRANT ")?;
    let (items, after) = items(rest);
    if after.trim_start().starts_with("TO ") {
        return Some(Grant::Roles(items.iter().map(|item| role(item)).collect()));
    }
    let mut rights: Vec<String> = items
        .iter()
        .map(|item| item.split('(').next().unwrap_or_default().trim().to_ascii_uppercase())
        .collect();
    if after.to_ascii_uppercase().contains("WITH GRANT OPTION") {
        rights.push("GRANT OPTION".into());
    }
    Some(Grant::Rights(rights))
}

/// Splits at the commas outside quotes and parentheses, up to the word `ON` or `TO`; answers what follows as well.
fn items(text: &str) -> (Vec<String>, &str) {
    let (mut items, mut item) = (Vec::new(), String::new());
    let (mut depth, mut quote) = (0_u32, None);
    for (index, letter) in text.char_indices() {
        match (quote, letter) {
            (Some(open), letter) if letter == open => quote = None,
            (Some(_), _) => {}
            (None, '`' | '\'' | '"') => quote = Some(letter),
            (None, '(') => depth += 1,
            (None, ')') => depth = depth.saturating_sub(1),
            (None, ',') if depth == 0 => {
                items.push(std::mem::take(&mut item).trim().to_owned());
                continue;
            }
            (None, ' ') if depth == 0 => {
                let rest = text.get(index..).unwrap_or_default();
                if rest.starts_with(" ON ") || rest.starts_with(" TO ") {
                    items.push(item.trim().to_owned());
                    return (items, rest);
                }
            }
            _ => {}
        }
        item.push(letter);
    }
    items.push(item.trim().to_owned());
    (items, "")
}

/// `` `app`@`%` `` or `reader`: the name and the host.
fn role(text: &str) -> (String, Option<String>) {
    let plain = |part: &str| {
        let inner = part.strip_prefix('`').and_then(|rest| rest.strip_suffix('`'));
        inner.map_or_else(|| part.to_owned(), |inner| inner.replace("``", "`"))
    };
    match text.split_once("`@`") {
        Some((name, host)) => (plain(&format!("{name}`")), Some(plain(&format!("`{host}")))),
        None => (plain(text), None),
    }
}

fn findings(rights: &[String]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let has = |wanted: &[&str]| rights.iter().any(|right| wanted.contains(&right.as_str()));
    let mut when = |condition: bool, code: &str, what: &str| {
        if condition {
            findings.push(finding(code, true, &format!("The account {what}. {ADVICE}.")));
        }
    };
    if has(&["ALL PRIVILEGES", "SUPER", "PROXY"]) {
        when(true, "superuser", "may do anything");
        return findings;
    }
    const WRITES: [&str; 5] = ["INSERT", "UPDATE", "DELETE", "DELETE HISTORY", "LOCK TABLES"];
    const FILES: [&str; 1] = ["FILE"];
    const RUNS: [&str; 1] = ["EXECUTE"];
    const PASSES_ON: [&str; 1] = ["GRANT OPTION"];
    when(has(&WRITES), "can_write", "may write or lock rows");
    when(has(&FILES), "reads_files", "may read and write files of the server");
    when(has(&RUNS), "runs_routines", "may run routines, which do what their owner may");
    when(has(&PASSES_ON), "grants", "may pass its rights on");
    let known = [&HARMLESS[..], &WRITES, &FILES, &RUNS, &PASSES_ON].concat();
    let other: Vec<&str> = rights.iter().map(String::as_str).filter(|right| !known.contains(right)).collect();
    when(
        !other.is_empty(),
        "other_rights",
        &format!("may do more than read ({})", crate::error::quoted(&other.join(", "))),
    );
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rights(list: &[&str]) -> Option<Grant> {
        Some(Grant::Rights(list.iter().map(ToString::to_string).collect()))
    }

    #[test]
    fn the_lines_of_show_grants_are_understood() {
        let cases = [
            ("GRANT USAGE ON *.* TO `r`@`%` IDENTIFIED BY PASSWORD '*1'", rights(&["USAGE"])),
            ("GRANT SELECT, SHOW VIEW ON `shop`.* TO `r`@`%`", rights(&["SELECT", "SHOW VIEW"])),
            ("GRANT SELECT (`a`, `x ON y`), INSERT ON `d`.`t` TO `r`@`%`", rights(&["SELECT", "INSERT"])),
            ("GRANT SELECT ON `d`.* TO `r`@`%` WITH GRANT OPTION", rights(&["SELECT", "GRANT OPTION"])),
            ("GRANT ALL PRIVILEGES ON *.* TO `root`@`localhost`", rights(&["ALL PRIVILEGES"])),
            ("GRANT PROXY ON ''@'%' TO 'root'@'localhost'", rights(&["PROXY"])),
            ("GRANT `writers` TO `r`@`%`", Some(Grant::Roles(vec![("writers".into(), None)]))),
            (
                "GRANT `a`@`%`,`b``c`@`h` TO `r`@`%`",
                Some(Grant::Roles(vec![("a".into(), Some("%".into())), ("b`c".into(), Some("h".into()))])),
            ),
            ("SET DEFAULT ROLE `writers` FOR `r`@`%`", None),
        ];
        for (line, expected) in cases {
            assert_eq!(grant(line), expected, "{line}");
        }
    }

    #[test]
    fn rights_that_nobody_has_heard_of_are_too_many() {
        let codes = |rights: &[&str]| {
            let rights: Vec<String> = rights.iter().map(ToString::to_string).collect();
            findings(&rights).into_iter().map(|finding| finding.code).collect::<Vec<_>>()
        };
        assert!(codes(&["USAGE", "SELECT", "SHOW VIEW"]).is_empty());
        assert_eq!(codes(&["SELECT", "TRIGGER"]), ["other_rights"]);
        assert_eq!(codes(&["BREW COFFEE"]), ["other_rights"]);
        assert_eq!(codes(&["INSERT", "FILE", "EXECUTE"]), ["can_write", "reads_files", "runs_routines"]);
        assert_eq!(codes(&["ALL PRIVILEGES", "INSERT"]), ["superuser"]);
    }
}
