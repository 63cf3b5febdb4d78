//! What need not be read again: tables of a file that nobody has written to since.

use std::fs::File;
use std::io::Read;
use std::sync::Arc;
use std::time::SystemTime;

use rusqlite::Connection;
use types::Timestamp;
use types::profile::TableProfile;

use super::target::TargetTable;
use crate::expectation::Plan;
use crate::memory::Kept;
use crate::{Memory, ProfileRequest};

/// Equal for two looks at a file between which nobody wrote to it. The file counts its changes in its header, but for
/// those that only its log has: those are counted at the start of the log's index, which is in memory that others map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    file: Part,
    log: Option<Part>,
    index: Option<Vec<u8>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Part {
    header: Vec<u8>,
    bytes: u64,
    written: SystemTime,
}

impl Mark {
    /// `None` where the file cannot be looked at.
    pub(super) fn of(connection: &Connection) -> Option<Self> {
        /// The sizes of the headers of a file, of its log, and of the log's index.
        const HEADERS: [u64; 3] = [100, 32, 48];
        let path = connection.path()?;
        Some(Self {
            file: Part::of(path, HEADERS[0])?,
            log: Part::of(&format!("{path}-wal"), HEADERS[1]),
            index: header(&format!("{path}-shm"), HEADERS[2]),
        })
    }
}

impl Part {
    fn of(path: &str, most: u64) -> Option<Self> {
        let header = header(path, most)?;
        let said = std::fs::metadata(path).ok()?;
        Some(Self { header, bytes: said.len(), written: said.modified().ok()? })
    }
}

fn header(path: &str, most: u64) -> Option<Vec<u8>> {
    let mut header = Vec::new();
    File::open(path).ok()?.take(most).read_to_end(&mut header).ok()?;
    Some(header)
}

/// Where a table's figures are looked up: other questions have other answers.
pub(super) struct Carry<'a> {
    memory: Option<&'a Memory>,
    /// What the file was like before any table was read.
    mark: Mark,
    key: String,
    again: bool,
}

impl<'a> Carry<'a> {
    pub(super) fn new(
        mark: Option<&Mark>,
        source: &str,
        table: &TargetTable,
        request: &'a ProfileRequest,
        chosen: Option<&str>,
        plan: &Plan,
    ) -> Option<Self> {
        let columns: Vec<_> =
            table.columns.iter().map(|c| (&c.name, c.is_time, c.date_only, c.unique, c.domain)).collect();
        let expected: Vec<_> = plan.entries.iter().map(|entry| (entry.id, entry.rule_hash)).collect();
        let asked = (source, &table.path, request.level, request.values, chosen, columns, expected);
        let memory = request.memory.as_ref();
        Some(Self { memory, mark: mark?.clone(), key: format!("{asked:?}"), again: request.again })
    }

    /// The figures of an earlier pass, and what became of expectations then, if nobody has written since.
    pub(super) fn unchanged(&self, now: Timestamp) -> Option<TableProfile> {
        let kept = self.memory.filter(|_| !self.again)?.recall(&self.key)?;
        let before = kept.state.downcast::<Mark>().ok()?;
        if *before != self.mark {
            return None;
        }
        let rows_carried_over = kept.profile.row_count;
        let mut profile =
            TableProfile { carried_over: true, rows_carried_over, profiled_at: now, ..kept.profile };
        for judged in &mut profile.expectations {
            judged.outcome.checked_at = Some(now);
        }
        Some(profile)
    }

    pub(super) fn keep(&self, profile: &TableProfile) {
        let Some(memory) = self.memory.filter(|_| !profile.partial) else { return };
        let bytes = 1024 * (1 + profile.columns.len()) + 256 * profile.expectations.len();
        let state = Arc::new(self.mark.clone());
        memory.keep(self.key.clone(), Kept { profile: profile.clone(), state }, bytes);
    }
}
