//! How far the reading of a catalog is.

use std::sync::atomic::{AtomicU64, Ordering};

use types::protocol::Progress;

use crate::ScanError;
use crate::engine::Tell;

/// How many parts there are, each of one statement.
const TOTAL: u64 = 11;

/// The parts of a catalog, of which several are on their way at once.
pub(super) struct Parts<'a> {
    tell: Tell<'a>,
    read: AtomicU64,
}

impl<'a> Parts<'a> {
    pub(super) fn new(tell: Tell<'a>) -> Self {
        Self { tell, read: AtomicU64::new(0) }
    }

    /// Waits for a part, and tells that it is there.
    pub(super) async fn of<T>(
        &self,
        part: &str,
        rows: impl Future<Output = Result<T, ScanError>>,
    ) -> Result<T, ScanError> {
        let rows = rows.await?;
        let done = self.read.fetch_add(1, Ordering::Relaxed) + 1;
        (self.tell)(Progress { done, total: TOTAL, message: format!("read {part}") });
        Ok(rows)
    }
}
