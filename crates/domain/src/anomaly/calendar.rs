//! Where a moment lies in the week and in the month, in UTC.

use chrono::{Datelike as _, Days, Timelike as _};
use types::Timestamp;

/// 0 is Monday.
pub(super) fn weekday(at: Timestamp) -> usize {
    at.0.weekday().num_days_from_monday() as usize
}

pub(super) fn is_weekend(at: Timestamp) -> bool {
    weekday(at) >= 5
}

/// 0 to 167, from Monday midnight.
pub(super) fn hour_of_week(at: Timestamp) -> usize {
    weekday(at) * 24 + at.0.hour() as usize
}

/// Slot of the last day of a month, which is another number every month.
pub(super) const LAST_DAY: usize = 0;

/// The day of the month, or [`LAST_DAY`].
pub(super) fn day_of_month(at: Timestamp) -> usize {
    let last = at.0.checked_add_days(Days::new(1)).is_some_and(|next| next.day() == 1);
    if last { LAST_DAY } else { at.0.day() as usize }
}

pub(super) const DAY_MILLIS: f64 = 86_400_000.0;

/// Days from `earlier` to `later`.
pub(super) fn days_between(earlier: Timestamp, later: Timestamp) -> f64 {
    (later.millis() - earlier.millis()) as f64 / DAY_MILLIS
}

/// So many days earlier, in milliseconds since 1970.
pub(super) fn before(at: Timestamp, days: f64) -> i64 {
    at.millis().saturating_sub((days * DAY_MILLIS) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_day_of_a_month_is_known_whatever_its_number() {
        let cases = [
            ("2026-02-28T10:00:00Z", LAST_DAY),
            ("2028-02-28T10:00:00Z", 28),
            ("2028-02-29T10:00:00Z", LAST_DAY),
            ("2026-04-30T00:00:00Z", LAST_DAY),
            ("2026-05-30T23:59:59Z", 30),
            ("2026-05-01T00:00:00Z", 1),
        ];
        for (text, expected) in cases {
            assert_eq!(day_of_month(Timestamp::parse(text).unwrap()), expected, "{text}");
        }
    }

    #[test]
    fn a_week_starts_on_monday() {
        let monday = Timestamp::parse("2026-11-16T05:00:00Z").unwrap();
        assert_eq!((weekday(monday), is_weekend(monday), hour_of_week(monday)), (0, false, 5));
        let sunday = Timestamp::parse("2026-11-22T23:00:00Z").unwrap();
        assert_eq!((weekday(sunday), is_weekend(sunday), hour_of_week(sunday)), (6, true, 167));
    }
}
