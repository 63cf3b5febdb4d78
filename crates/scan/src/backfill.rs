//! Counting back: how many rows of a table came in each day, by its own times.
//!
//! A table is read by one statement, which brings days and counts and nothing else. What that statement must not cost is
//! decided before it is sent: it cannot rest on its way, as a profile's stretches do.

use std::collections::BTreeMap;
use std::time::Instant;

use types::Timestamp;
use types::protocol::{DayCount, Progress, TableBackfill};

use crate::budget::Spent;
use crate::{Budget, Filter, Limits, ScanError};

const DAY_MILLIS: i64 = 24 * 60 * 60 * 1000;

/// What is counted, and how far back.
#[derive(Clone, Debug, Default)]
pub struct BackfillRequest {
    /// Paths of tables; all when empty.
    pub tables: Vec<String>,
    /// What may be read at all: a table outside of it is as if it were not there.
    pub allowed: Filter,
    /// Table path → the column that says when a row came in; overrides the choice made here.
    pub timestamp_columns: BTreeMap<String, String>,
    pub days: u32,
    /// The end of the last day; the end of the present day in UTC when missing.
    pub until: Option<Timestamp>,
    pub budget: Budget,
}

/// What counting back tells while it runs.
#[derive(Clone, Debug)]
pub enum BackfillEvent {
    /// How far it is.
    Progress(Progress),
    /// A table is done, or was skipped with a reason.
    Table(TableBackfill),
}

/// One run over some tables.
pub(crate) struct Backfill<'a> {
    request: &'a BackfillRequest,
    limits: Limits,
    tell: &'a (dyn Fn(BackfillEvent) + Send + Sync),
    pub(crate) window: Window,
    spent: Spent,
}

/// The days that are counted: each has 24 hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) since: Timestamp,
    pub(crate) until: Timestamp,
}

/// How large a table is, as far as the catalog says.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Size {
    pub(crate) rows: Option<u64>,
    pub(crate) bytes: Option<u64>,
}

impl<'a> Backfill<'a> {
    /// Begins at `now`, by the database's clock.
    pub(crate) fn new(
        request: &'a BackfillRequest,
        limits: Limits,
        now: Timestamp,
        tell: &'a (dyn Fn(BackfillEvent) + Send + Sync),
    ) -> Result<Self, ScanError> {
        let window = Window::of(request, now)?;
        Ok(Self { request, limits, tell, window, spent: Spent::start(request.budget) })
    }

    /// The tables that are asked for, by path. One that is not there is told of as skipped.
    pub(crate) fn wanted<'t, T>(&self, all: &'t [T], path: impl Fn(&T) -> &str) -> Vec<&'t T> {
        let asked = &self.request.tables;
        let all = || all.iter().filter(|table| self.request.allowed.admits(path(table)));
        for name in asked.iter().filter(|name| !all().any(|table| path(table) == name.as_str())) {
            self.skip(name, None, ScanError::table_unknown(name).to_string());
        }
        let mut wanted: Vec<&T> =
            all().filter(|table| asked.is_empty() || asked.iter().any(|name| name == path(table))).collect();
        wanted.sort_by(|a, b| path(a).cmp(path(b)));
        wanted
    }

    /// The column asked for, of a table.
    pub(crate) fn asked_column(&self, path: &str) -> Option<&'a str> {
        self.request.timestamp_columns.get(path).map(String::as_str)
    }

    /// The column by which a table is counted; `None` where it is not, which is told with the reason. `unreadable` is the
    /// engine's own.
    pub(crate) fn countable<'c>(
        &self,
        path: &str,
        column: Option<&'c str>,
        size: Size,
        unreadable: Option<&str>,
    ) -> Option<&'c str> {
        let obstacle = unreadable.map(ToOwned::to_owned).or_else(|| self.obstacle(column, size));
        match obstacle {
            None => column,
            Some(reason) => {
                self.skip(path, column, reason);
                None
            }
        }
    }

    fn obstacle(&self, column: Option<&str>, size: Size) -> Option<String> {
        if column.is_none() {
            return Some("no column says when its rows came in".into());
        }
        self.too_large(size).or_else(|| self.spent.over().map(ToOwned::to_owned))
    }

    fn too_large(&self, size: Size) -> Option<String> {
        let exceeds = |found: Option<u64>, most: u64, what: &str| {
            found
                .filter(|found| *found > most)
                .map(|_| format!("it has more than {most} {what}: too many to count in one statement"))
        };
        exceeds(size.rows, self.limits.backfill_rows, "rows")
            .or_else(|| exceeds(size.bytes, self.limits.backfill_bytes, "bytes"))
    }

    /// Why counting that began then must not go on, after so many rows. For an engine that does not stop it by itself.
    pub(crate) fn exhausted(&self, began: Instant, rows: u64) -> Option<String> {
        let late = began.elapsed() >= self.limits.table_statement;
        self.too_large(Size { rows: Some(rows), bytes: None })
            .or_else(|| late.then(|| ScanError::Timeout("counting was given up".into()).to_string()))
            .or_else(|| self.spent.over().map(ToOwned::to_owned))
    }

    pub(crate) fn progress(&self, done: usize, total: usize, path: &str) {
        let message = if path.is_empty() { String::new() } else { format!("counting {path}") };
        let progress = Progress { done: done as u64, total: total as u64, message };
        (self.tell)(BackfillEvent::Progress(progress));
    }

    pub(crate) fn skip(&self, path: &str, column: Option<&str>, reason: impl Into<String>) {
        self.table(path, column, Vec::new(), Some(reason.into()));
    }

    /// Tells the counts of days, by their number from the first.
    pub(crate) fn counted(&self, path: &str, column: &str, counts: impl IntoIterator<Item = (i64, u64)>) {
        let day = |(number, rows)| Some(DayCount { from: self.window.day(number)?, rows });
        self.table(path, Some(column), counts.into_iter().filter_map(day).collect(), None);
    }

    fn table(&self, path: &str, column: Option<&str>, days: Vec<DayCount>, skipped: Option<String>) {
        (self.tell)(BackfillEvent::Table(TableBackfill {
            table: path.to_owned(),
            timestamp_column: column.map(ToOwned::to_owned),
            since: self.window.since,
            until: self.window.until,
            days,
            skipped,
        }));
    }
}

impl Window {
    fn of(request: &BackfillRequest, now: Timestamp) -> Result<Self, ScanError> {
        let midnight = || (now.millis().div_euclid(DAY_MILLIS) + 1) * DAY_MILLIS;
        let until = request.until.map_or_else(midnight, Timestamp::millis);
        let since = until.saturating_sub(i64::from(request.days) * DAY_MILLIS);
        match (Timestamp::from_millis(since), Timestamp::from_millis(until)) {
            (Some(since), Some(until)) => Ok(Self { since, until }),
            _ => Err(ScanError::Internal("days outside of the calendar".into())),
        }
    }

    /// When a day begins; `None` for one that is not counted.
    fn day(self, number: i64) -> Option<Timestamp> {
        let from = self.since.millis().checked_add(number.checked_mul(DAY_MILLIS)?)?;
        Timestamp::from_millis(from).filter(|from| *from >= self.since && *from < self.until)
    }

    /// The number of the day in which a time lies, in microseconds since 1970; `None` for one that is not counted.
    pub(crate) fn number(self, micros: i64) -> Option<i64> {
        let since = self.since.0.timestamp_micros();
        let counted = (since..self.until.0.timestamp_micros()).contains(&micros);
        counted.then(|| (micros - since) / (DAY_MILLIS * 1000))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn days_are_those_of_utc_or_end_when_they_are_asked_to() {
        let now = at("2026-11-22T15:30:00Z");
        let request = BackfillRequest { days: 2, ..BackfillRequest::default() };
        let window = Window::of(&request, now).unwrap();
        let expected = Window { since: at("2026-11-21T00:00:00Z"), until: at("2026-11-23T00:00:00Z") };
        assert_eq!(window, expected);
        let cases = [
            ("2026-11-20T23:59:59.999Z", None),
            ("2026-11-21T00:00:00Z", Some(0)),
            ("2026-11-21T23:59:59.999Z", Some(0)),
            ("2026-11-22T00:00:00Z", Some(1)),
            ("2026-11-22T23:59:59.999Z", Some(1)),
            ("2026-11-23T00:00:00Z", None),
        ];
        for (text, number) in cases {
            assert_eq!(window.number(at(text).0.timestamp_micros()), number, "{text}");
        }
        assert_eq!(window.day(1), Some(at("2026-11-22T00:00:00Z")));
        assert_eq!((window.day(2), window.day(-1), window.day(i64::MAX)), (None, None, None));

        let until = Some(at("2026-11-22T15:00:00Z"));
        let window = Window::of(&BackfillRequest { until, ..request }, now).unwrap();
        assert_eq!(window.since, at("2026-11-20T15:00:00Z"));
        assert_eq!(window.number(at("2026-11-22T14:59:00Z").0.timestamp_micros()), Some(1));
    }

    #[test]
    fn what_is_too_large_or_too_late_is_not_counted() {
        let told = |_| {};
        let request = BackfillRequest { days: 1, ..BackfillRequest::default() };
        let limits = Limits { backfill_rows: 10, backfill_bytes: 1000, ..Limits::default() };
        let backfill = Backfill::new(&request, limits, at("2026-11-22T00:00:00Z"), &told).unwrap();
        let obstacle = |column, rows, bytes| backfill.obstacle(column, Size { rows, bytes });
        assert_eq!(obstacle(Some("at"), Some(10), Some(1000)), None);
        assert_eq!(obstacle(Some("at"), None, None), None);
        assert!(obstacle(None, None, None).unwrap().contains("no column"));
        assert!(obstacle(Some("at"), Some(11), None).unwrap().contains("more than 10 rows"));
        assert!(obstacle(Some("at"), None, Some(1001)).unwrap().contains("more than 1000 bytes"));
        assert!(backfill.exhausted(Instant::now(), 11).unwrap().contains("more than 10 rows"));
        assert_eq!(backfill.exhausted(Instant::now(), 10), None);
        let budget = Budget { time: Some(std::time::Duration::ZERO), ..Budget::default() };
        let request = BackfillRequest { budget, ..request };
        let backfill = Backfill::new(&request, limits, at("2026-11-22T00:00:00Z"), &told).unwrap();
        assert!(backfill.obstacle(Some("at"), Size::default()).unwrap().contains("seconds"));
    }

    #[test]
    fn a_table_that_is_not_counted_is_told_with_the_first_reason() {
        let told = std::sync::Mutex::new(Vec::new());
        let tell = |event| {
            if let BackfillEvent::Table(table) = event {
                told.lock().unwrap().push((table.timestamp_column, table.skipped.unwrap()));
            }
        };
        let request = BackfillRequest { days: 1, ..BackfillRequest::default() };
        let backfill = Backfill::new(&request, Limits::default(), at("2026-11-22T00:00:00Z"), &tell).unwrap();
        let size = Size::default();
        assert_eq!(backfill.countable("a", Some("at"), size, None), Some("at"));
        assert_eq!(backfill.countable("b", None, size, None), None);
        assert_eq!(backfill.countable("c", Some("at"), size, Some("it may not be read")), None);
        let told = told.into_inner().unwrap();
        let without = (None, "no column says when its rows came in".to_owned());
        assert_eq!(told, [without, (Some("at".to_owned()), "it may not be read".to_owned())]);
    }
}
