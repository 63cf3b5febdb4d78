//! Whether the data can be trusted, with reasons.

use types::overview::{Trust, TrustReason, Verdict};
use types::quality::Health;
use types::run::RunState;

use super::Facts;
use crate::letter_case::capitalized;

/// A scan that is older than this says little about today.
const OLD_SCAN_SECONDS: i64 = 48 * 60 * 60;

/// The verdict, its sentence and its reasons, blockers first.
pub(super) fn judge(facts: &Facts) -> Trust {
    if facts.sources.iter().all(|source| source.schema_version.is_none()) {
        return Trust {
            verdict: Verdict::Unknown,
            sentence: "Nothing has been scanned yet".to_owned(),
            reasons: Vec::new(),
        };
    }
    let mut blockers = Vec::new();
    let mut cautions = Vec::new();
    let breaking: u32 = facts.open_events().map(|drift| drift.summary.breaking).sum();
    if breaking > 0 {
        blockers.push((
            counted(breaking, "breaking schema change", "breaking schema changes"),
            "/dashboard/drift?severity=breaking".to_owned(),
        ));
    }
    let columns = || facts.boards.iter().flat_map(|board| &board.columns);
    let wearing = |health| count(columns().filter(|column| column.health == health).count());
    let critical = wearing(Health::Critical);
    if critical > 0 {
        blockers.push((
            counted(critical, "critical column", "critical columns"),
            "/dashboard/quality?health=critical".to_owned(),
        ));
    }
    let warning = wearing(Health::Warning);
    if warning > 0 {
        cautions.push((
            counted(warning, "column needs a look", "columns need a look"),
            "/dashboard/quality?health=warning".to_owned(),
        ));
    }
    let tables = || facts.boards.iter().flat_map(|board| &board.tables);
    let stale = count(tables().filter(|table| table.stale.is_some()).count());
    if stale > 0 {
        cautions.push((
            counted(
                stale,
                "table is later than its rhythm allows",
                "tables are later than their rhythm allows",
            ),
            "/dashboard/quality?sort=freshness".to_owned(),
        ));
    }
    for run in facts.runs.iter().filter(|run| run.state == RunState::Failed) {
        cautions.push((
            format!("the last scan of {} failed", facts.name(run.source_id)),
            format!("/dashboard/agents?run={}", run.id),
        ));
    }
    for source in &facts.sources {
        match source.last_scan_at {
            Some(at) if facts.now.seconds_since(at) > OLD_SCAN_SECONDS => cautions.push((
                format!("{} was last scanned {} days ago", source.name, facts.now.seconds_since(at) / 86_400),
                "/dashboard/agents".to_owned(),
            )),
            Some(_) => {}
            None => cautions
                .push((format!("{} has not been scanned yet", source.name), "/dashboard/agents".to_owned())),
        }
    }
    verdict(blockers, cautions, unmeasured(facts))
}

/// Why nothing can be said of the data, when no column has a score.
fn unmeasured(facts: &Facts) -> Option<&'static str> {
    if facts.boards.iter().flat_map(|board| &board.columns).any(|column| column.scored) {
        return None;
    }
    let mut tables = facts.boards.iter().flat_map(|board| &board.tables).peekable();
    let empty = tables.peek().is_some() && tables.all(|table| table.row_count == 0);
    Some(if empty { "the tables are empty" } else { "nothing is profiled" })
}

/// A reason's words and the page that shows it.
type Reason = (String, String);

/// A blocker decides; without one, data of which nothing is measured is not called trustworthy.
fn verdict(blockers: Vec<Reason>, cautions: Vec<Reason>, unmeasured: Option<&str>) -> Trust {
    let (verdict, sentence) = match (blockers.as_slice(), unmeasured, cautions.len()) {
        ([], Some(why), _) => (Verdict::Unknown, format!("Not known yet: {why}")),
        ([], None, 0) => (Verdict::Trustworthy, "Data is trustworthy".to_owned()),
        ([], None, 1) => (Verdict::Cautions, "Data is trustworthy with 1 caution".to_owned()),
        ([], None, cautions) => (Verdict::Cautions, format!("Data is trustworthy with {cautions} cautions")),
        (blockers, _, _) => {
            let all: Vec<_> = blockers.iter().map(|(message, _)| message.as_str()).collect();
            (Verdict::NotTrustworthy, format!("Not trustworthy: {}", all.join(" and ")))
        }
    };
    let reasons = |severity: &'static str, list: Vec<Reason>| {
        list.into_iter().map(move |(message, link)| TrustReason {
            severity: severity.to_owned(),
            message: capitalized(&message),
            link,
        })
    };
    Trust {
        verdict,
        sentence,
        reasons: reasons("blocker", blockers).chain(reasons("caution", cautions)).collect(),
    }
}

fn counted(count: u32, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reasons(number: usize) -> Vec<Reason> {
        (0..number).map(|number| (format!("reason {number}"), String::new())).collect()
    }

    #[test]
    fn the_sentence_says_the_verdict() {
        let empty = Some("the tables are empty");
        for (blockers, cautions, unmeasured, sentence) in [
            (0, 0, None, "Data is trustworthy"),
            (0, 1, None, "Data is trustworthy with 1 caution"),
            (0, 2, None, "Data is trustworthy with 2 cautions"),
            (2, 1, None, "Not trustworthy: reason 0 and reason 1"),
            (0, 0, empty, "Not known yet: the tables are empty"),
            (0, 2, empty, "Not known yet: the tables are empty"),
            (2, 0, empty, "Not trustworthy: reason 0 and reason 1"),
        ] {
            let trust = verdict(reasons(blockers), reasons(cautions), unmeasured);
            assert_eq!(trust.sentence, sentence);
            assert_eq!(trust.reasons.len(), blockers + cautions);
        }
    }
}
