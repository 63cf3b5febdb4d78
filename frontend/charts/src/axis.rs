use leptos::prelude::*;

/// A tick in pixels.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tick {
    pub(crate) at: f64,
    pub(crate) label: String,
}

/// The edges of the plot inside the chart, in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Frame {
    pub(crate) width: f64,
    pub(crate) height: f64,
    pub(crate) left: f64,
    pub(crate) right: f64,
    pub(crate) top: f64,
    pub(crate) bottom: f64,
}

/// Pixels of a letter of an axis label, a little generous.
const LETTER: f64 = 6.8;

impl Frame {
    /// Leaves room for the widest label of the vertical axis.
    pub(crate) fn new(width: f64, height: f64, labels: impl Iterator<Item = usize>) -> Self {
        let widest = u32::try_from(labels.max().unwrap_or_default()).unwrap_or(u32::MAX);
        let left = (f64::from(widest) * LETTER + 12.0).min(width / 3.0);
        Self {
            width,
            height,
            left,
            right: (width - 12.0).max(left + 1.0),
            top: 10.0,
            bottom: (height - 26.0).max(11.0),
        }
    }

    /// How many labels of `letters` letters fit below the plot.
    pub(crate) fn fitting(&self, letters: usize) -> usize {
        let letters = u32::try_from(letters).unwrap_or(u32::MAX);
        let room = (self.right - self.left) / (f64::from(letters) * LETTER + 18.0);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "saturates, and never negative"
        )]
        let fitting = room.max(2.0) as usize;
        fitting
    }
}

/// Grid lines with their labels at the left, and labels below.
pub(crate) fn axes(frame: Frame, x_ticks: Vec<Tick>, y_ticks: Vec<Tick>) -> impl IntoView {
    let rows = y_ticks
        .into_iter()
        .map(|tick| {
            view! {
                <line class="chart-grid" x1=frame.left x2=frame.right y1=tick.at y2=tick.at></line>
                <text class="chart-label" x=frame.left - 8.0 y=tick.at + 4.0 text-anchor="end">
                    {tick.label}
                </text>
            }
        })
        .collect_view();
    let columns = x_ticks
        .into_iter()
        .map(|tick| {
            view! {
                <text class="chart-label" x=tick.at y=frame.bottom + 18.0 text-anchor="middle">
                    {tick.label}
                </text>
            }
        })
        .collect_view();
    view! { <g aria-hidden="true">{rows} {columns}</g> }
}
