//! Numbers, durations and times as people read them; pure, English, UTC.

use crate::letters::upper;

/// A whole number with thousands separators: `1,234,567`.
#[must_use]
pub fn integer(value: i64) -> String {
    let digits = value.unsigned_abs().to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if value < 0 {
        out.push('\u{2212}');
    }
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A count with thousands separators; what exceeds `i64` is cut to its maximum.
#[must_use]
pub fn count(value: u64) -> String {
    integer(i64::try_from(value).unwrap_or(i64::MAX))
}

/// A number with at most `decimals` places, trailing zeros dropped: `12.5`, `3`. Not a number: `–`.
#[must_use]
pub fn decimal(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    let text = format!("{:.*}", decimals, value.abs());
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let whole = whole.parse::<i64>().map_or_else(|_| whole.to_owned(), integer);
    let fraction = fraction.trim_end_matches('0');
    let zero = whole == "0" && fraction.is_empty();
    let sign = if value < 0.0 && !zero { "\u{2212}" } else { "" };
    if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

/// A number in three significant digits with a unit of a thousand: `950`, `1.2k`, `34M`, `5.6B`.
#[must_use]
pub fn compact(value: f64) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    // Each limit is where rounding to the smaller unit would print a thousand of it.
    let (divisor, unit) = match value.abs() {
        size if size < 999.5 => (1.0, ""),
        size if size < 999_500.0 => (1e3, "k"),
        size if size < 999_500_000.0 => (1e6, "M"),
        size if size < 999_500_000_000.0 => (1e9, "B"),
        _ => (1e12, "T"),
    };
    let scaled = value / divisor;
    let places = if unit.is_empty() && scaled.fract() == 0.0 || scaled.abs() >= 99.95 { 0 } else { 1 };
    format!("{}{unit}", decimal(scaled, places))
}

/// A share out of a hundred with one decimal. Never rounds to 0 % or 100 % what is not: `<0.1%`, `>99.9%`.
#[must_use]
pub fn percent(value: f64) -> String {
    if value > 0.0 && value < 0.1 {
        "<0.1%".to_owned()
    } else if value > 99.9 && value < 100.0 {
        ">99.9%".to_owned()
    } else {
        format!("{}%", decimal(value, 1))
    }
}

/// A size in bytes, in units of 1000: `12 kB`, `3.4 GB`.
#[must_use]
pub fn bytes(value: u64) -> String {
    const UNITS: [&str; 6] = ["B", "kB", "MB", "GB", "TB", "PB"];
    #[expect(clippy::cast_precision_loss, reason = "three significant digits are shown")]
    let mut scaled = value as f64;
    let mut unit = 0;
    while scaled >= 999.5 && unit + 1 < UNITS.len() {
        scaled /= 1000.0;
        unit += 1;
    }
    let places = usize::from(unit > 0 && scaled < 99.95);
    format!("{} {}", decimal(scaled, places), UNITS.get(unit).copied().unwrap_or("PB"))
}

/// A length of time in its two largest units: `45 s`, `12 min`, `3 h 20 min`, `2 d 4 h`. Negative counts as zero.
#[must_use]
pub fn duration(seconds: i64) -> String {
    let seconds = seconds.max(0);
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    let pair = |large: i64, large_unit: &str, small: i64, small_unit: &str| {
        if small == 0 {
            format!("{} {large_unit}", integer(large))
        } else {
            format!("{} {large_unit} {small} {small_unit}", integer(large))
        }
    };
    if seconds < 60 {
        format!("{seconds} s")
    } else if hours == 0 {
        pair(minutes, "min", if minutes < 10 { seconds % 60 } else { 0 }, "s")
    } else if days == 0 {
        pair(hours, "h", minutes % 60, "min")
    } else {
        pair(days, "d", if days < 14 { hours % 24 } else { 0 }, "h")
    }
}

/// A short length of time: `850 ms`, `1.2 s`, then as [`duration`].
#[must_use]
pub fn milliseconds(value: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "below a minute every value is exact")]
    match value {
        0..1000 => format!("{value} ms"),
        1000..59_950 => format!("{} s", decimal(value as f64 / 1000.0, 1)),
        _ => duration(i64::try_from(value / 1000).unwrap_or(i64::MAX)),
    }
}

/// `noun` with its count, in the plural when it is not one: `1 table`, `24 tables`.
#[must_use]
pub fn plural(value: u64, noun: &str) -> String {
    let ending = if value == 1 { "" } else { "s" };
    format!("{} {noun}{ending}", count(value))
}

/// A text that begins with a capital: `no drift` as `No drift`.
#[must_use]
pub fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(String::from).unwrap_or_default();
    upper(&first) + letters.as_str()
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Year, month (1–12) and day of a number of days since 1970-01-01 (Hinnant's algorithm for the Gregorian calendar).
fn civil(days: i64) -> (i64, usize, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_index = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_index + 2) / 5 + 1;
    let month = if month_index < 10 { month_index + 3 } else { month_index - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, usize::try_from(month).unwrap_or(1), day)
}

/// A month from 1 to 12: `Nov`.
#[must_use]
pub fn month(number: usize) -> &'static str {
    number.checked_sub(1).and_then(|index| MONTHS.get(index)).copied().unwrap_or("Jan")
}

/// The day in UTC: `14 Nov 2026`.
#[must_use]
pub fn date(millis: i64) -> String {
    let (year, number, day) = civil(millis.div_euclid(86_400_000));
    format!("{day} {} {year}", month(number))
}

/// The day and the minute, with the zone: `14 Nov 2026, 08:30 UTC`.
#[must_use]
pub fn date_time(millis: i64) -> String {
    let minutes = millis.rem_euclid(86_400_000) / 60_000;
    format!("{}, {:02}:{:02} UTC", date(millis), minutes / 60, minutes % 60)
}

/// The time of day in UTC with seconds: `08:30:05`.
#[must_use]
pub fn time_of_day(millis: i64) -> String {
    let seconds = millis.rem_euclid(86_400_000) / 1000;
    format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// How long ago, up to seven days either way; beyond that the date.
#[must_use]
pub fn relative(at_millis: i64, now_millis: i64) -> String {
    let seconds = (now_millis - at_millis).div_euclid(1000);
    let size = seconds.abs();
    let (value, unit) = match size {
        0..45 => return "just now".to_owned(),
        45..3570 => ((size + 30) / 60, "minute"),
        3570..84_600 => ((size + 1800) / 3600, "hour"),
        84_600..604_801 => ((size + 43_200) / 86_400, "day"),
        _ => return date(at_millis),
    };
    let amount = plural(value.unsigned_abs(), unit);
    if seconds >= 0 { format!("{amount} ago") } else { format!("in {amount}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_thousands() {
        let cases =
            [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567"), (-4200, "\u{2212}4,200")];
        for (value, expected) in cases {
            assert_eq!(integer(value), expected);
        }
        assert_eq!(decimal(1234.50, 2), "1,234.5");
        assert_eq!(decimal(-0.001, 1), "0");
        assert_eq!(decimal(f64::NAN, 1), "–");
    }

    #[test]
    fn compact_numbers_step_up_before_they_print_a_thousand_of_a_unit() {
        let cases = [
            (950.0, "950"),
            (999.6, "1k"),
            (1234.0, "1.2k"),
            (999_499.0, "999k"),
            (999_999.0, "1M"),
            (3.4e9, "3.4B"),
        ];
        for (value, expected) in cases {
            assert_eq!(compact(value), expected, "{value}");
        }
    }

    #[test]
    fn a_percentage_never_rounds_to_none_or_all() {
        let cases = [(0.0, "0%"), (0.04, "<0.1%"), (12.34, "12.3%"), (99.95, ">99.9%"), (100.0, "100%")];
        for (value, expected) in cases {
            assert_eq!(percent(value), expected);
        }
    }

    #[test]
    fn durations_name_their_two_largest_units() {
        let cases = [
            (-5, "0 s"),
            (45, "45 s"),
            (90, "1 min 30 s"),
            (725, "12 min"),
            (12_000, "3 h 20 min"),
            (187_200, "2 d 4 h"),
            (1_728_000, "20 d"),
        ];
        for (seconds, expected) in cases {
            assert_eq!(duration(seconds), expected);
        }
        assert_eq!(milliseconds(850), "850 ms");
        assert_eq!(milliseconds(1260), "1.3 s");
        assert_eq!(bytes(1_500_000), "1.5 MB");
        assert_eq!(bytes(999), "999 B");
    }

    #[test]
    fn dates_follow_the_gregorian_calendar() {
        let cases = [
            (0, "1 Jan 1970, 00:00 UTC"),
            (951_782_400_000, "29 Feb 2000, 00:00 UTC"),
            (1_795_249_800_000, "21 Nov 2026, 08:30 UTC"),
            (-1, "31 Dec 1969, 23:59 UTC"),
        ];
        for (millis, expected) in cases {
            assert_eq!(date_time(millis), expected);
        }
    }

    #[test]
    fn a_time_is_relative_up_to_seven_days() {
        let now = 1_795_249_800_000;
        let cases = [
            (0, "just now"),
            (60, "1 minute ago"),
            (3600, "1 hour ago"),
            (86_400, "1 day ago"),
            (7 * 86_400, "7 days ago"),
            (8 * 86_400, "13 Nov 2026"),
            (-7200, "in 2 hours"),
        ];
        for (seconds, expected) in cases {
            assert_eq!(relative(now - seconds * 1000, now), expected);
        }
    }
}
