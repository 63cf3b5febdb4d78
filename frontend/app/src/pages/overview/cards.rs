use charts::{Colour, Sparkline};
use leptos::prelude::*;
use types::overview::Overview;
use types::quality::Point;
use ui::{Change, StatCard, Tone, format, use_now};

use crate::pages::trend::values;
use crate::workspace::use_workspace;

/// A length of time in one unit, for a card: `27 min`, `3 h`, `9 d`.
fn brief(seconds: i64) -> String {
    match seconds.max(0) {
        0..60 => "<1 min".to_owned(),
        seconds @ 60..3_600 => format!("{} min", seconds / 60),
        seconds @ 3_600..172_800 => format!("{} h", seconds / 3_600),
        seconds => format!("{} d", seconds / 86_400),
    }
}

/// Says in words that nothing moved.
fn told(mut change: Change) -> Change {
    if change.direction == 0.0 {
        change.text = "same as last week".to_owned();
    }
    change
}

fn whole(value: f64) -> String {
    format::decimal(value, 0)
}

/// The change of a count against last week's, without judgement.
fn grown(now: u32, before: Option<u32>) -> Option<Change> {
    before.map(|before| told(Change::against_last_week(f64::from(now), f64::from(before), None, whole)))
}

/// What every figure of this page says when it is hovered over.
fn from_scans(overview: &Overview) -> String {
    let when =
        overview.last_scan_at.map_or_else(|| "no scan yet".to_owned(), |at| format::date_time(at.millis()));
    format!(
        "From the newest scan of each of {}; last scan {when}",
        format::plural(overview.sources_scanned.into(), "source")
    )
}

/// The six figures.
#[component]
pub fn StatCards(overview: Signal<Overview>) -> impl IntoView {
    let workspace = use_workspace();
    let now = use_now();
    move || {
        let overview = overview.get();
        let origin = from_scans(&overview);
        let spark = |points: &[Point], colour: Colour| {
            let values = values(points);
            move || view! { <Sparkline values=values colour=colour /> }
        };
        let last_scan = overview.last_scan_at;
        let scanned = Signal::derive(move || {
            last_scan.map_or_else(|| "Never".to_owned(), |at| brief((now.get() - at.millis()) / 1000))
        });
        // When it was, in the place where the other cards say how they moved: an age has no week to compare with.
        let scan_note = last_scan.map(|at| format!("on {}", format::date(at.millis()))).unwrap_or_default();
        let healthy = overview.drift.status == "healthy";
        let breaking = overview.drift.breaking;
        let since = overview
            .drift
            .since
            .map_or_else(String::new, |at| format!(" since {}", format::date(at.millis())));
        let drift_origin = format!(
            "{} in events of the last seven days that nobody has accepted or ignored{since}",
            format::plural(breaking.into(), "breaking change")
        );
        let drift_change = overview.previous.breaking.map(|before| {
            told(Change::against_last_week(f64::from(breaking), f64::from(before), Some(false), whole))
        });
        let score_change =
            overview.quality_score.zip(overview.previous.quality_score).map(|(now, before)| {
                told(Change::against_last_week(now, before, Some(true), |value| {
                    format!("{} points", format::decimal(value, 1))
                }))
            });
        let score = overview.quality_score.map_or_else(|| "–".to_owned(), |score| format::decimal(score, 1));
        let version = overview.schema_version.map_or_else(|| "–".to_owned(), |version| version.to_string());
        let version_change =
            overview.schema_version.and_then(|version| grown(version, overview.previous.schema_version));
        let sparks = &overview.sparklines;
        view! {
            <div class="grid gap-4 sm:grid-cols-2 lg:grid-cols-3 min-[87.5rem]:grid-cols-6" data-cards>
                <StatCard
                    label="Total tables"
                    value=format::count(overview.tables.into())
                    change=grown(overview.tables, overview.previous.tables)
                    provenance=origin.clone()
                    href=workspace.href("/dashboard/schema")
                    sparkline=spark(&sparks.tables, Colour::Series(1))
                />
                <StatCard
                    label="Total columns"
                    value=format::count(overview.columns.into())
                    change=grown(overview.columns, overview.previous.columns)
                    provenance=origin.clone()
                    href=workspace.href("/dashboard/schema")
                    sparkline=spark(&sparks.columns, Colour::Series(2))
                />
                <StatCard
                    label="Last scan"
                    value=scanned
                    unit=if last_scan.is_some() { "ago" } else { "" }
                    change=None
                    note=scan_note
                    provenance=origin.clone()
                    href=workspace.href("/dashboard/agents")
                />
                <StatCard
                    label="Schema version"
                    value=version
                    change=version_change
                    provenance=origin.clone()
                    href=workspace.href("/dashboard/schema?tab=history")
                />
                <StatCard
                    label="Drift status"
                    value=if healthy { "Healthy".to_owned() } else { format::count(breaking.into()) }
                    unit=match (healthy, breaking) {
                        (true, _) => "",
                        (false, 1) => "breaking change",
                        (false, _) => "breaking changes",
                    }
                    change=drift_change
                    provenance=drift_origin
                    tone=if healthy { Tone::Ok } else { Tone::Bad }
                    href=workspace.href("/dashboard/drift")
                    sparkline=spark(&sparks.breaking, if healthy { Colour::Ok } else { Colour::Bad })
                />
                <StatCard
                    label="Quality score"
                    value=score
                    unit="%"
                    change=score_change
                    provenance="Mean of the columns' scores; each starts at 100 and loses points for what is wrong, see Quality"
                    href=workspace.href("/dashboard/quality")
                    sparkline=spark(&sparks.quality_score, Colour::Ok)
                />
            </div>
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_names_a_time_in_one_unit() {
        let cases = [
            (-3, "<1 min"),
            (59, "<1 min"),
            (60, "1 min"),
            (3_599, "59 min"),
            (3_600, "1 h"),
            (172_799, "47 h"),
            (172_800, "2 d"),
        ];
        for (seconds, expected) in cases {
            assert_eq!(brief(seconds), expected);
        }
    }
}
