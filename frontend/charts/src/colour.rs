/// A colour of the tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Colour {
    /// The series' own, by its place among the others.
    #[default]
    Auto,
    /// One of the eight series colours, from 1.
    Series(usize),
    Ok,
    Warn,
    /// Breaking, or failing; for nothing else.
    Bad,
    Info,
    Neutral,
}

impl Colour {
    /// The class that sets the colour; `index` is the series' place, from 0.
    pub(crate) fn class(self, index: usize) -> &'static str {
        const SERIES: [&str; 8] =
            ["chart-1", "chart-2", "chart-3", "chart-4", "chart-5", "chart-6", "chart-7", "chart-8"];
        match self {
            Self::Auto => SERIES[index % SERIES.len()],
            Self::Series(number) => SERIES[number.saturating_sub(1) % SERIES.len()],
            Self::Ok => "chart-ok",
            Self::Warn => "chart-warn",
            Self::Bad => "chart-bad",
            Self::Info => "chart-info",
            Self::Neutral => "chart-neutral",
        }
    }
}
