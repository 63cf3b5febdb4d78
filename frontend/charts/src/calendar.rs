use chrono::{DateTime, Datelike, Months, NaiveDate, TimeDelta, Timelike, Utc};
use ui::format;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Steps below a month, in seconds.
const STEPS: [i64; 14] = [
    MINUTE,
    5 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    5 * DAY,
    7 * DAY,
    14 * DAY,
];

/// Steps of a month and more, in months.
const MONTHS: [u32; 8] = [1, 2, 3, 6, 12, 24, 60, 120];

/// A tick of a time axis.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TimeTick {
    /// Milliseconds since 1970.
    pub(crate) at: f64,
    pub(crate) label: String,
}

fn time(millis: f64) -> Option<DateTime<Utc>> {
    #[expect(clippy::cast_possible_truncation, reason = "saturates; chrono then refuses it")]
    DateTime::from_timestamp_millis(millis as i64)
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds of a date are below 2^52")]
fn millis(at: DateTime<Utc>) -> f64 {
    at.timestamp_millis() as f64
}

/// In letters: chrono's own formatting would be more of the browser's download than all the rest of a chart.
fn month(number: u32) -> &'static str {
    usize::try_from(number).map_or("", format::month)
}

/// Times of the calendar within `from..=to` (milliseconds, UTC), at most `count` of them.
pub(crate) fn ticks(from: f64, to: f64, count: usize) -> Vec<TimeTick> {
    let (Some(start), Some(end)) = (time(from), time(to)) else {
        return Vec::new();
    };
    if end < start || count == 0 {
        return Vec::new();
    }
    let span = (end - start).num_seconds();
    let limit = i64::try_from(count).unwrap_or(i64::MAX);
    match STEPS.iter().find(|step| span / **step < limit) {
        Some(step) => even(start, end, *step),
        None => {
            let months = span / (30 * DAY);
            let step = MONTHS.iter().find(|step| months / i64::from(**step) < limit);
            monthly(start, end, step.copied().unwrap_or(240))
        }
    }
}

fn even(start: DateTime<Utc>, end: DateTime<Utc>, step: i64) -> Vec<TimeTick> {
    let first = (start.timestamp() + step - 1).div_euclid(step) * step;
    let Some(mut at) = DateTime::from_timestamp(first, 0) else {
        return Vec::new();
    };
    let mut out = Vec::new();
    while at <= end {
        if at >= start {
            let label = if step >= DAY || at.hour() == 0 && at.minute() == 0 {
                format!("{} {}", at.day(), month(at.month()))
            } else {
                format!("{:02}:{:02}", at.hour(), at.minute())
            };
            out.push(TimeTick { at: millis(at), label });
        }
        at += TimeDelta::seconds(step);
    }
    out
}

fn monthly(start: DateTime<Utc>, end: DateTime<Utc>, step: u32) -> Vec<TimeTick> {
    let first = if step >= 12 { 1 } else { start.month0() / step * step + 1 };
    let years = i32::try_from(step / 12).unwrap_or(1).max(1);
    let Some(mut day) = NaiveDate::from_ymd_opt(start.year().div_euclid(years) * years, first, 1) else {
        return Vec::new();
    };
    let mut out = Vec::new();
    while let Some(at) = day.and_hms_opt(0, 0, 0).map(|at| at.and_utc()).filter(|at| *at <= end) {
        if at >= start {
            let label = if day.month() == 1 || step >= 12 {
                day.year().to_string()
            } else {
                month(day.month()).to_owned()
            };
            out.push(TimeTick { at: millis(at), label });
        }
        match day.checked_add_months(Months::new(step)) {
            Some(next) => day = next,
            None => break,
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> f64 {
        millis(DateTime::parse_from_rfc3339(text).unwrap().to_utc())
    }

    fn labels(from: &str, to: &str, count: usize) -> Vec<String> {
        ticks(at(from), at(to), count).into_iter().map(|tick| tick.label).collect()
    }

    #[test]
    fn ticks_fall_on_the_calendar() {
        assert_eq!(labels("2026-11-20T22:10:00Z", "2026-11-21T04:00:00Z", 4), ["21 Nov", "02:00", "04:00"]);
        assert_eq!(
            labels("2026-11-01T00:00:00Z", "2026-11-06T00:00:00Z", 6),
            ["1 Nov", "2 Nov", "3 Nov", "4 Nov", "5 Nov", "6 Nov"]
        );
        assert_eq!(labels("2026-10-15T00:00:00Z", "2027-02-10T00:00:00Z", 5), ["Nov", "Dec", "2027", "Feb"]);
        assert_eq!(
            labels("2019-05-01T00:00:00Z", "2026-05-01T00:00:00Z", 4),
            ["2020", "2022", "2024", "2026"]
        );
    }

    proptest! {
        #[test]
        fn ticks_stay_inside_and_do_not_crowd(from in 0.0..4e12, span in 6e4..4e11, count in 2_usize..12) {
            let to = from + span;
            let ticks = ticks(from, to, count);
            prop_assert!(ticks.len() <= count + 1, "{} ticks", ticks.len());
            prop_assert!(ticks.iter().all(|tick| tick.at >= from - 1.0 && tick.at <= to));
            prop_assert!(ticks.windows(2).all(|pair| pair[0].at < pair[1].at));
        }
    }
}
