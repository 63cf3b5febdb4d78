//! The audit log as a file, for those who keep it elsewhere.

use store::audit::Filter;
use types::audit::{AuditFormat, AuditLink};

use super::Wanted;
use crate::permission::AuditRead;
use crate::{Context, Error, Scope};

/// How many rows are in memory at once.
const BATCH: u64 = 500;
/// What a formula begins with; of the signs in full width some spreadsheets make the narrow ones.
const FORMULA: [char; 11] =
    ['=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];
const COLUMNS: &str = "seq,at,actor,action,subject,detail,request_id,previous_hash,hash\r\n";

fn line(format: AuditFormat, link: &AuditLink) -> Result<String, Error> {
    let broken = |error: serde_json::Error| Error::Internal(format!("an audit row has no JSON: {error}"));
    if format == AuditFormat::Jsonl {
        return Ok(serde_json::to_string(link).map_err(broken)? + "\n");
    }
    let AuditLink { entry, previous_hash, hash } = link;
    let cells = [
        entry.seq.to_string(),
        entry.at.to_string(),
        entry.actor.clone(),
        entry.action.clone(),
        entry.subject.clone(),
        entry.detail.to_string(),
        entry.request_id.clone().unwrap_or_default(),
        previous_hash.clone(),
        hash.clone(),
    ];
    Ok(cells.map(|cell| quoted(&cell)).join(",") + "\r\n")
}

/// A cell of CSV. A spreadsheet would run what begins like a formula, whoever wrote it: an apostrophe makes it text.
/// <https://owasp.org/www-community/attacks/CSV_Injection>
fn quoted(cell: &str) -> String {
    let formula = cell.trim_start_matches(' ').starts_with(FORMULA);
    let mark = if formula { "'" } else { "" };
    format!("\"{mark}{}\"", cell.replace('"', "\"\""))
}

/// The audit log, oldest first, piece by piece: a long one is never in memory as a whole.
pub struct Export {
    context: Context,
    scope: Scope<AuditRead>,
    filter: Filter,
    format: AuditFormat,
    /// The number of the last row that was given out; missing before the first piece.
    after: Option<i64>,
}

impl Export {
    /// An export of the rows that are wanted.
    #[must_use]
    pub fn new(context: Context, scope: Scope<AuditRead>, wanted: Wanted, format: AuditFormat) -> Self {
        Self { context, scope, filter: wanted.into(), format, after: None }
    }

    /// The next piece of the file; `None` after the last.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn next(&mut self) -> Result<Option<String>, Error> {
        let tx = self.context.store.read(self.scope.tenant()).await?;
        let links = store::audit::links(&tx, &self.filter, self.after.unwrap_or(0), BATCH).await?;
        drop(tx);
        let heading = match (self.after, self.format) {
            (None, AuditFormat::Csv) => COLUMNS,
            _ => "",
        };
        self.after = Some(links.last().map_or(self.after.unwrap_or(0), |link| link.entry.seq));
        let mut piece = heading.to_owned();
        for link in &links {
            piece.push_str(&line(self.format, link)?);
        }
        Ok(Some(piece).filter(|piece| !piece.is_empty()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula_or_ends_early() {
        for (cell, expected) in [
            ("ada@example.org", r#""ada@example.org""#),
            ("=HYPERLINK(\"http://evil.example\")", r#""'=HYPERLINK(""http://evil.example"")""#),
            ("+1", r#""'+1""#),
            ("-1", r#""'-1""#),
            ("@SUM(A1)", r#""'@SUM(A1)""#),
            ("\t=1", "\"'\t=1\""),
            ("  =1", r#""'  =1""#),
            ("\u{ff1d}1", "\"'\u{ff1d}1\""),
            ("a,\"b\"\r\nc", "\"a,\"\"b\"\"\r\nc\""),
            ("", r#""""#),
        ] {
            assert_eq!(quoted(cell), expected, "{cell}");
        }
    }
}
