//! Which tables a profile goes through, and what is told of those that it does not read.

use std::collections::HashSet;

use types::Timestamp;
use types::profile::{Method, TableProfile};

use crate::{ProfileEvent, ProfileRequest, ScanError};

/// The tables that are asked for, by path, of `all` that may be read. One asked for by name or in an expectation that is
/// not among them is told of as skipped.
pub(super) fn selected<'a, T>(
    all: &'a [T],
    path: impl Fn(&T) -> &str,
    request: &ProfileRequest,
    at: Timestamp,
    tell: &dyn Fn(ProfileEvent),
) -> Vec<&'a T> {
    let mut selected: Vec<&T> = all.iter().filter(|table| is_asked(request, path(table))).collect();
    selected.sort_by(|a, b| path(a).cmp(path(b)));
    let expected = request.expectations.tables();
    let expected = expected.filter(|path| request.tables.is_empty() && request.filter.admits(path));
    let named: Vec<&str> = request.tables.iter().map(String::as_str).chain(expected).collect();
    let known: HashSet<&str> =
        if named.is_empty() { HashSet::new() } else { all.iter().map(&path).collect() };
    for asked in named.into_iter().filter(|asked| !known.contains(asked)) {
        let reason = ScanError::table_unknown(asked).to_string();
        let mut profile = skipped(asked, at, reason);
        let reason = "There is no such table in the database, or the role cannot see it.";
        profile.expectations = request.expectations.unread(asked, reason);
        tell(ProfileEvent::Table(Box::new(profile)));
    }
    selected
}

/// Whether a table with that path is asked for.
pub(super) fn is_asked(request: &ProfileRequest, path: &str) -> bool {
    let named = request.tables.is_empty() || request.tables.iter().any(|asked| asked == path);
    named && request.filter.admits(path)
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
