use ui::format;

/// What the numbers of a chart are, and so how they are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unit {
    /// A number as it is.
    #[default]
    Number,
    /// Whole things; its axis has no fractions.
    Count,
    /// Out of a hundred.
    Percent,
    Seconds,
    Bytes,
}

impl Unit {
    /// On an axis: short.
    #[must_use]
    pub fn tick(self, value: f64) -> String {
        match self {
            Self::Number | Self::Count => format::compact(value),
            Self::Percent => format!("{}%", format::decimal(value, 2)),
            Self::Seconds => format::duration(whole(value)),
            Self::Bytes => format::bytes(whole(value).unsigned_abs()),
        }
    }

    /// In a tooltip or a sentence: exact.
    #[must_use]
    pub fn exact(self, value: f64) -> String {
        match self {
            Self::Number => format::decimal(value, 2),
            Self::Count => format::decimal(value, 0),
            Self::Percent => format::percent(value),
            Self::Seconds => format::duration(whole(value)),
            Self::Bytes => format::bytes(whole(value).unsigned_abs()),
        }
    }
}

fn whole(value: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "saturates, which is as much as can be shown")]
    let whole = value.round() as i64;
    whole
}
