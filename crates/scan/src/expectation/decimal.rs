//! Decimal numbers, compared without rounding.

use std::cmp::Ordering;

/// The number `mantissa / 10^scale`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Decimal {
    mantissa: i128,
    scale: i32,
}

impl Decimal {
    pub(crate) fn new(mantissa: i128, scale: i32) -> Self {
        Self { mantissa, scale }
    }

    /// Digits with a sign, a point and an exponent, the last three as one likes. `None` for anything else, and for more
    /// digits than are compared exactly (about 38).
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (digits, exponent) = match text.split_once(['e', 'E']) {
            Some((digits, exponent)) => (digits, exponent.parse::<i16>().ok()?),
            None => (text, 0),
        };
        let (negative, digits) = match digits.as_bytes().first()? {
            b'-' => (true, digits.get(1..)?),
            b'+' => (false, digits.get(1..)?),
            _ => (false, digits),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let fraction = fraction.trim_end_matches('0');
        let mut mantissa: i128 = 0;
        for letter in whole.bytes().chain(fraction.bytes()) {
            let digit = letter.is_ascii_digit().then(|| i128::from(letter - b'0'))?;
            mantissa = mantissa.checked_mul(10)?.checked_add(digit)?;
        }
        let scale = i32::try_from(fraction.len()).ok()? - i32::from(exponent);
        Some(Self { mantissa: if negative { -mantissa } else { mantissa }, scale })
    }

    pub(crate) fn compare(self, other: Self) -> Ordering {
        let (sign, others) = (self.mantissa.signum(), other.mantissa.signum());
        if sign != others || sign == 0 {
            return sign.cmp(&others);
        }
        let by_size = self.magnitude().cmp(&other.magnitude()).then_with(|| {
            let (one, another) = (self.mantissa.unsigned_abs(), other.mantissa.unsigned_abs());
            let apart = other.scale.abs_diff(self.scale);
            // Numbers of as many digits before the point: one that outgrows 128 bits when both are written with the
            // same scale is the larger one.
            let widened = |mantissa: u128| mantissa.checked_mul(10_u128.checked_pow(apart)?);
            if self.scale < other.scale {
                widened(one).map_or(Ordering::Greater, |one| one.cmp(&another))
            } else {
                widened(another).map_or(Ordering::Less, |another| one.cmp(&another))
            }
        });
        if sign < 0 { by_size.reverse() } else { by_size }
    }

    /// How many digits stand before the point; negative for zeros behind it.
    fn magnitude(self) -> i64 {
        let digits = self.mantissa.unsigned_abs().checked_ilog10().map_or(0, |log| i64::from(log) + 1);
        digits - i64::from(self.scale)
    }
}

impl From<i64> for Decimal {
    fn from(whole: i64) -> Self {
        Self::new(whole.into(), 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_compared_by_value_however_they_are_written() {
        let cases = [
            ("1", "1.00", Ordering::Equal),
            ("100", "1e2", Ordering::Equal),
            ("0", "-0.0", Ordering::Equal),
            ("0.1", "0.10000000000000000001", Ordering::Less),
            ("9007199254740993", "9007199254740992", Ordering::Greater),
            ("-2", "-10", Ordering::Greater),
            ("-0.5", "0.4", Ordering::Less),
            (".5", "+0.49", Ordering::Greater),
            ("99999999999999999999999999999999999999", "1e37", Ordering::Greater),
            ("170141183460469231731687303715884105727", "5e38", Ordering::Less),
            ("9e-300", "1e300", Ordering::Less),
        ];
        for (one, another, expected) in cases {
            let (first, second) = (Decimal::parse(one).unwrap(), Decimal::parse(another).unwrap());
            assert_eq!(first.compare(second), expected, "{one} and {another}");
            assert_eq!(second.compare(first), expected.reverse(), "{another} and {one}");
        }
    }

    #[test]
    fn what_is_no_number_is_none() {
        for text in ["", "-", ".", "1,5", "abc", "NaN", "1e", "0x10", "1e99999", " 1", &"9".repeat(40)] {
            assert!(Decimal::parse(text).is_none(), "{text}");
        }
    }
}
