//! What is told of a column by a server's statistics of its indexes, and by its declaration.

use types::profile::{ColumnProfile, Method};

use crate::measure::to_real;

/// `None` when nothing is known of it.
pub(super) fn estimated_column(
    column: &str,
    nullable: bool,
    rows: u64,
    distinct_count: Option<u64>,
) -> Option<ColumnProfile> {
    // How many NULLs a column has is only known where it may have none.
    let filled = (!nullable && rows > 0).then_some(rows);
    (filled.is_some() || distinct_count.is_some()).then(|| ColumnProfile {
        column: column.to_owned(),
        null_percent: filled.map(|_| 0.0),
        distinct_count,
        uniqueness_percent: distinct_count
            .zip(filled)
            .map(|(count, filled)| to_real(count) / to_real(filled) * 100.0),
        method: Method::Estimated,
        ..ColumnProfile::default()
    })
}
