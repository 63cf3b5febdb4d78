//! What a profile came to, in words: how far its tables were read, and what that was allowed to cost.

use serde::{Deserialize, Serialize};
use types::profile::{Level, TableProfile};
use types::protocol::AgentLimits;

/// How many tables were read how far; each counts once.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Outcome {
    whole: u32,
    sampled: u32,
    estimated: u32,
    in_part: u32,
    carried_over: u32,
    skipped: u32,
    rows: u64,
    /// Rows that the agent did not read again, of tables that it read as well.
    rows_carried_over: u64,
}

impl Outcome {
    pub(super) fn add(&mut self, profile: &TableProfile) {
        let tables = match profile.level {
            _ if profile.skipped.is_some() => &mut self.skipped,
            _ if profile.carried_over => &mut self.carried_over,
            _ if profile.partial => &mut self.in_part,
            Level::Full => &mut self.whole,
            Level::Sample => &mut self.sampled,
            Level::Estimate => &mut self.estimated,
        };
        *tables += 1;
        if profile.skipped.is_none() {
            self.rows = self.rows.saturating_add(profile.row_count);
            // Of no table more than all.
            let rows = profile.rows_carried_over.min(profile.row_count);
            self.rows_carried_over = self.rows_carried_over.saturating_add(rows);
        }
    }

    /// Such as `2 read whole, 1 as before; 140 of 300 rows carried over from before, as nobody wrote to them; limits: 25% of
    /// the time beside others, 600 s`.
    pub(super) fn in_words(&self, limits: Option<AgentLimits>) -> String {
        let tables = [
            (self.whole, "read whole"),
            (self.sampled, "by a sample of their rows"),
            (self.estimated, "by the database's own statistics"),
            (self.in_part, "not to the end"),
            (self.carried_over, "as before"),
            (self.skipped, "skipped"),
        ];
        let tables = tables.into_iter().filter(|(count, _)| *count > 0);
        let tables: Vec<String> = tables.map(|(count, how)| format!("{count} {how}")).collect();
        let rows = match self.rows_carried_over {
            0 => None,
            kept => Some(format!(
                "{kept} of {} rows carried over from before, as nobody wrote to them",
                self.rows
            )),
        };
        let tables = if tables.is_empty() { "none".to_owned() } else { tables.join(", ") };
        let parts: Vec<String> = [Some(tables), rows, limits.map(allowed)].into_iter().flatten().collect();
        parts.join("; ")
    }
}

fn allowed(limits: AgentLimits) -> String {
    let AgentLimits { duty_percent, bytes, seconds } = limits;
    let duty = (duty_percent < 100).then(|| format!("{duty_percent}% of the time beside others"));
    let seconds = seconds.map(|seconds| format!("{seconds} s"));
    let bytes = bytes.map(|bytes| format!("{bytes} bytes"));
    let all: Vec<String> = [duty, seconds, bytes].into_iter().flatten().collect();
    if all.is_empty() { "no limits".to_owned() } else { format!("limits: {}", all.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(rows_carried_over: u64, change: fn(&mut TableProfile)) -> TableProfile {
        let mut table = TableProfile { row_count: 100, rows_carried_over, ..TableProfile::default() };
        change(&mut table);
        table
    }

    #[test]
    fn each_table_is_told_once_by_how_far_it_was_read() {
        let mut outcome = Outcome::default();
        assert_eq!(outcome.in_words(None), "none");
        outcome.add(&table(0, |_| {}));
        assert_eq!(outcome.in_words(None), "1 read whole");
        for profile in [
            table(40, |_| {}),
            table(0, |table| table.level = Level::Sample),
            table(0, |table| table.level = Level::Estimate),
            table(0, |table| table.partial = true),
            // Of no table more than all.
            table(1_000, |table| table.carried_over = true),
            table(7, |table| table.skipped = Some("locked".into())),
        ] {
            outcome.add(&profile);
        }
        let told = "2 read whole, 1 by a sample of their rows, 1 by the database's own statistics, 1 not to the end, \
                    1 as before, 1 skipped; 140 of 600 rows carried over from before, as nobody wrote to them";
        assert_eq!(outcome.in_words(None), told);
    }

    #[test]
    fn what_a_profile_was_allowed_to_cost_is_told() {
        for (duty_percent, bytes, seconds, told) in [
            (25, None, None, "limits: 25% of the time beside others"),
            (50, Some(2_000), Some(600), "limits: 50% of the time beside others, 600 s, 2000 bytes"),
            (100, None, Some(60), "limits: 60 s"),
            (100, None, None, "no limits"),
        ] {
            let limits = AgentLimits { duty_percent, bytes, seconds };
            assert_eq!(Outcome::default().in_words(Some(limits)), format!("none; {told}"));
        }
    }
}
