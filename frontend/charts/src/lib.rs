//! Charts of the interface: scales, ticks, paths and hit tests without a browser, and their views in SVG.
//!
//! Rules: one path per series; hovering moves one overlay and one tooltip and draws no series anew; colours are the
//! tokens' classes; a value that was not measured is a gap, never a zero; every chart says in words what it shows.

#![expect(unreachable_pub, reason = "the component macro moves each function into a private module")]

mod axis;
mod bar_chart;
mod bars;
mod calendar;
mod colour;
mod downsample;
mod hover;
mod legend;
mod line_chart;
mod lines;
mod nearest;
mod path;
mod plot;
mod scale;
mod series;
mod sparkline;
mod ticks;
mod unit;

pub use bar_chart::BarChart;
pub use colour::Colour;
pub use line_chart::{AreaChart, LineChart};
pub use series::{BandPoint, BarSeries, Marker, Series};
pub use sparkline::Sparkline;
pub use unit::Unit;
