//! How far the reading of a catalog is.

use std::sync::atomic::{AtomicU64, Ordering};

use types::protocol::Progress;

use super::Tell;
use crate::ScanError;

/// The parts of a catalog, of one statement each, as they are told of.
pub(super) struct Parts<'a> {
    tell: Tell<'a>,
    total: u64,
    done: AtomicU64,
}

impl<'a> Parts<'a> {
    pub(super) fn new(tell: Tell<'a>, total: u64) -> Self {
        Self { tell, total, done: AtomicU64::new(0) }
    }

    /// Where one part is read after the other: tells which comes now.
    pub(super) fn next(&self, part: &str) {
        let done = self.done.fetch_add(1, Ordering::Relaxed);
        (self.tell)(Progress { done, total: self.total, message: format!("reading {part}") });
    }

    /// Where several are on their way at once: waits for a part, and tells that it is there.
    pub(super) async fn of<T>(
        &self,
        part: &str,
        rows: impl Future<Output = Result<T, ScanError>>,
    ) -> Result<T, ScanError> {
        let rows = rows.await?;
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        (self.tell)(Progress { done, total: self.total, message: format!("read {part}") });
        Ok(rows)
    }
}
