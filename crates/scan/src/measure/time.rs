//! Times that are written as text.

use chrono::NaiveDate;

use super::Point;

/// The forms that SQLite's own functions read and write, and RFC 3339: a day, then maybe a time, then maybe a zone.
/// Without a zone, UTC. Read by hand, for it is done for every value of a column.
pub(crate) fn time_of(text: &[u8]) -> Option<Point> {
    let (day, rest) = text.trim_ascii().split_at_checked(10)?;
    let [year @ .., b'-', m1, m2, b'-', d1, d2] = day else { return None };
    let (month, day) = (number(&[*m1, *m2])?, number(&[*d1, *d2])?);
    let day = NaiveDate::from_ymd_opt(number(year)?.cast_signed(), month, day)?;
    let [b' ' | b'T' | b't', clock @ ..] = rest else {
        let midnight = day.and_hms_opt(0, 0, 0)?;
        return rest.is_empty().then(|| Point::Day(midnight.and_utc().timestamp_micros()));
    };
    let ([h1, h2, b':', m1, m2], rest) = clock.split_at_checked(5)? else { return None };
    let (seconds, rest) = match rest {
        [b':', s1, s2, rest @ ..] => (number(&[*s1, *s2])?, rest),
        rest => (0, rest),
    };
    let (micros, rest) = match rest {
        [b'.', rest @ ..] => fraction(rest)?,
        rest => (0, rest),
    };
    let at = day.and_hms_micro_opt(number(&[*h1, *h2])?, number(&[*m1, *m2])?, seconds, micros)?;
    Some(Point::Instant(at.and_utc().timestamp_micros() - offset(rest)?))
}

/// Millionths of a second, from at least one digit; what is finer is cut off.
fn fraction(text: &[u8]) -> Option<(u32, &[u8])> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = text.split_at(digits);
    let micros = number(digits.get(..6).unwrap_or(digits))?;
    Some((micros * 10_u32.pow(6_u32.saturating_sub(u32::try_from(digits.len()).ok()?)), rest))
}

/// Microseconds east of UTC: nothing, `Z`, or `+01:00`.
fn offset(zone: &[u8]) -> Option<i64> {
    match zone {
        [] | [b'Z' | b'z'] => Some(0),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let (hours, minutes) = (number(&[*h1, *h2])?, number(&[*m1, *m2])?);
            let micros = i64::from(hours * 60 + minutes) * 60_000_000;
            (hours < 24 && minutes < 60).then_some(if *sign == b'-' { -micros } else { micros })
        }
        _ => None,
    }
}

/// Up to nine decimal digits, and at least one.
fn number(digits: &[u8]) -> Option<u32> {
    let valid = (1..=9).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit);
    valid.then(|| digits.iter().fold(0, |number, digit| number * 10 + u32::from(digit - b'0')))
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, SubsecRound};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn times_are_read_in_the_forms_people_store_them() {
        let noon = Some(Point::Instant(1_704_110_400_000_000));
        let half = Some(Point::Instant(1_704_110_400_500_000));
        for (text, expected) in [
            ("2024-01-01 12:00:00", noon),
            ("2024-01-01T12:00:00Z", noon),
            ("2024-01-01t12:00:00z", noon),
            (" 2024-01-01 13:00:00+01:00\n", noon),
            ("2024-01-01 06:30:00-05:30", noon),
            ("2024-01-01 12:00", noon),
            ("2024-01-01T13:00+01:00", noon),
            ("2024-01-01 12:00:00.5", half),
            ("2024-01-01 12:00:00.500000999Z", half),
            ("2024-01-01", Some(Point::Day(1_704_067_200_000_000))),
            ("2024-02-30", None),
            ("2024-01-01 24:00:00", None),
            ("2024-01-01 12:60:00", None),
            ("2024-01-01 12:00:00.", None),
            ("2024-01-01 12:00:00+25:00", None),
            ("2024-01-01 12:00:00 UTC", None),
            ("2024-01-01x", None),
            ("2024-01-01 ", Some(Point::Day(1_704_067_200_000_000))),
            ("20240101", None),
            ("+024-01-01", None),
            ("2024-01-0é", None),
            ("soon, I hope", None),
            ("", None),
        ] {
            assert_eq!(time_of(text.as_bytes()), expected, "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_time_comes_back_from_every_way_to_write_it(
            seconds in -62_135_596_800_i64..253_402_300_799,
            nanos in 0_u32..1_000_000_000,
            zone in -1439_i32..1440,
        ) {
            let at = DateTime::from_timestamp(seconds, nanos).unwrap();
            let micros = at.trunc_subsecs(6).timestamp_micros();
            let whole = Some(Point::Instant(seconds * 1_000_000));
            prop_assert_eq!(time_of(at.format("%Y-%m-%d %H:%M:%S").to_string().as_bytes()), whole);
            prop_assert_eq!(time_of(at.to_rfc3339().as_bytes()), Some(Point::Instant(micros)));
            let there = at.with_timezone(&chrono::FixedOffset::east_opt(zone * 60).unwrap());
            if (1..=9999).contains(&chrono::Datelike::year(&there)) {
                prop_assert_eq!(time_of(there.to_rfc3339().as_bytes()), Some(Point::Instant(micros)));
            }
        }

        #[test]
        fn no_text_is_too_odd_to_be_looked_at(text in any::<Vec<u8>>()) {
            let _ = time_of(&text);
        }
    }
}
