//! Which tables a profile goes through, and what is told of those that it does not read.

use types::Timestamp;
use types::profile::{Method, TableProfile};

use crate::{ProfileEvent, ProfileRequest, ScanError};

/// The tables that are asked for, by path. One asked for by name that is not there is told of as skipped.
pub(super) fn selected<'a, T>(
    all: &'a [T],
    path: impl Fn(&T) -> &str,
    request: &ProfileRequest,
    at: Timestamp,
    tell: &dyn Fn(ProfileEvent),
) -> Vec<&'a T> {
    let mut selected: Vec<&T> = all
        .iter()
        .filter(|table| request.tables.is_empty() || request.tables.iter().any(|asked| asked == path(table)))
        .filter(|table| request.filter.admits(path(table)))
        .collect();
    selected.sort_by(|a, b| path(a).cmp(path(b)));
    for asked in &request.tables {
        if !all.iter().any(|table| path(table) == asked) {
            let reason = ScanError::TableUnknown(crate::error::quoted(asked)).to_string();
            tell(ProfileEvent::Table(Box::new(skipped(asked, at, reason))));
        }
    }
    selected
}

/// What is told of a table that was not read.
pub(super) fn skipped(path: &str, at: Timestamp, reason: impl Into<String>) -> TableProfile {
    TableProfile {
        table: path.to_owned(),
        row_count_method: Method::Estimated,
        profiled_at: at,
        skipped: Some(reason.into()),
        ..TableProfile::default()
    }
}
