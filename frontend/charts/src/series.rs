use crate::colour::Colour;

/// What was expected at a time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BandPoint {
    /// Milliseconds since 1970.
    pub x: f64,
    pub lower: f64,
    pub upper: f64,
}

/// Values over time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    pub name: String,
    /// Milliseconds since 1970 and the value, ascending; `None` is a gap.
    pub points: Vec<(f64, Option<f64>)>,
    /// The range in which values were expected, ascending.
    pub band: Vec<BandPoint>,
    pub colour: Colour,
}

impl Series {
    /// A series in the colour of its place, without a band.
    #[must_use]
    pub fn new(name: impl Into<String>, points: Vec<(f64, Option<f64>)>) -> Self {
        Self { name: name.into(), points, ..Self::default() }
    }
}

/// Something that happened at a time: a line across the chart.
#[derive(Clone, Debug, PartialEq)]
pub struct Marker {
    /// Milliseconds since 1970.
    pub x: f64,
    pub label: String,
    pub colour: Colour,
}

/// One value for each category of a bar chart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BarSeries {
    pub name: String,
    /// In the order of the categories; missing ones count as zero.
    pub values: Vec<f64>,
    pub colour: Colour,
    /// A colour for each bar instead; what is missing has `colour`.
    pub colours: Vec<Colour>,
}
