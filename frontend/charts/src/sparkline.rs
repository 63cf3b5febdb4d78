use leptos::prelude::*;

use crate::colour::Colour;
use crate::path;
use crate::scale::Linear;

/// The box that the points are drawn in; the view stretches it to its place.
const WIDTH: f64 = 120.0;
const HEIGHT: f64 = 28.0;

/// The line and the area below it, for values evenly apart; nothing for fewer than two, which show no course.
fn shapes(values: &[Option<f64>]) -> (String, String) {
    let known = values.iter().flatten().copied().filter(|value| value.is_finite());
    if known.clone().nth(1).is_none() {
        return (String::new(), String::new());
    }
    let (low, high) = known
        .fold((f64::INFINITY, f64::NEG_INFINITY), |range, value| (range.0.min(value), range.1.max(value)));
    #[expect(clippy::cast_precision_loss, reason = "a few dozen points")]
    let x = Linear::new((0.0, (values.len() - 1) as f64), (2.0, WIDTH - 2.0));
    let y = Linear::new((low, high), (HEIGHT - 2.0, 2.0));
    #[expect(clippy::cast_precision_loss, reason = "a few dozen points")]
    let points = values
        .iter()
        .enumerate()
        .map(|(index, value)| (x.pixel(index as f64), value.map(|value| y.pixel(value))));
    let runs = path::runs(points);
    let line = runs.iter().map(|run| path::line(run)).collect();
    let area = runs.iter().map(|run| path::area(run, HEIGHT)).collect();
    (line, area)
}

/// A small line without axes, for a card; what it says must be said in words beside it.
#[component]
pub fn Sparkline(
    /// Evenly apart, oldest first.
    #[prop(into)]
    values: Signal<Vec<Option<f64>>>,
    #[prop(optional)] colour: Colour,
) -> impl IntoView {
    let shapes = Memo::new(move |_| values.with(|values| shapes(values)));
    view! {
        <svg
            class=format!("chart-spark {}", colour.class(0))
            viewBox=format!("0 0 {WIDTH} {HEIGHT}")
            preserveAspectRatio="none"
            aria-hidden="true"
        >
            <path class="chart-area" d=move || shapes.get().1></path>
            <path class="chart-line" d=move || shapes.get().0></path>
        </svg>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fewer_than_two_values_draw_nothing() {
        assert_eq!(shapes(&[]).0, "");
        assert_eq!(shapes(&[None, None]).0, "");
        assert_eq!(shapes(&[None, Some(3.0), Some(f64::NAN)]).0, "");
        assert_eq!(shapes(&[Some(1.0), None, Some(2.0)]).0.matches('M').count(), 2);
    }
}
