//! How far out the values of a series have to be before they are odd: what each choice would have said, and the choice.

use charts::{LineChart, Marker, Series, Unit};
use client::SeriesFilter;
use leptos::prelude::*;
use types::incident::{LevelShift, Measure};
use types::permission::Permission;
use types::sensitivity::{
    Sensitivity, SensitivityPlace, SensitivityPreview, SensitivityReplay, SetSensitivity,
};
use ui::{Button, ButtonVariant, Field, Select, SelectOption, Skeleton, format, use_toasts};

use crate::fetch::Fetched;
use crate::page::Loaded;
use crate::pages::trend::{judged_line, odd_mark, shift_mark, shift_note};
use crate::submit::{FormFailure, Submit};
use crate::workspace::use_workspace;

/// What each sensitivity would have said of a series, and for those who may, the choice of one.
#[component]
pub fn SensitivityPanel(series: SeriesFilter) -> impl IntoView {
    let asked = series.clone();
    let preview = Fetched::new(
        move || asked.clone(),
        |api, filter| async move { api.sensitivity_preview(&filter).await },
    );
    view! {
        <section class="mt-6" aria-label="Sensitivity" data-sensitivity>
            <h3 class="text-label font-medium text-text-2">"Sensitivity"</h3>
            <Loaded from=preview skeleton=|| view! { <Skeleton class="mt-2 h-48 w-full" /> } let:shown>
                <Choice series=series.clone() preview=shown on_changed=move || preview.reload() />
            </Loaded>
        </section>
    }
}

#[component]
fn Choice(
    series: SeriesFilter,
    preview: Signal<SensitivityPreview>,
    #[prop(into)] on_changed: Callback<()>,
) -> impl IntoView {
    let workspace = use_workspace();
    let chosen = RwSignal::new(None);
    let current = Memo::new(move |_| preview.with(|preview| preview.current.sensitivity));
    let shown = Memo::new(move |_| chosen.get().unwrap_or_else(|| current.get()));
    let replay = Memo::new(move |_| {
        let wanted = shown.get();
        preview.with(|preview| preview.replays.iter().find(|one| one.sensitivity == wanted).cloned())
    });
    let name = preview.with_untracked(|preview| preview.name.clone());
    let lines = Memo::new(move |_| {
        let name = preview.with(|preview| preview.name.clone());
        replay.with(|replay| replay.as_ref().map(|replay| line(name, replay)).into_iter().collect::<Vec<_>>())
    });
    let markers = Memo::new(move |_| {
        let shift = preview.with(|preview| (preview.shift, preview.measure));
        replay.with(|replay| replay.as_ref().map(|replay| marks(replay, shift)).unwrap_or_default())
    });
    let unit = if series.measure == Measure::RowCount { Unit::Count } else { Unit::Percent };
    let choices = move || {
        let replays = preview.with(|preview| preview.replays.clone());
        replays.into_iter().map(|replay| choice(&replay, shown, chosen)).collect_view()
    };
    view! {
        <p class="mt-1 text-table text-text-2" data-current=move || current.get().as_str()>
            {move || preview.with(said)}
        </p>
        <div class="mt-2 grid gap-2 sm:grid-cols-3" role="group" aria-label="What each sensitivity would have said">
            {choices}
        </div>
        <p class="mt-1 mb-2 text-label text-text-3">{move || preview.with(reach)}</p>
        {move || preview.with(shifted)}
        <LineChart
            series=lines
            markers=markers
            label=format!("{name}, with what would have been expected")
            unit=unit
            height=150.0
        />
        {move || {
            workspace
                .may(Permission::QualityManage)
                .then(|| {
                    view! {
                        <Keep series=series.clone() preview=preview shown=shown chosen=chosen on_changed=on_changed />
                    }
                })
        }}
    }
}

/// One sensitivity with what it would have done: pressed while it is the one that the chart shows.
fn choice(
    replay: &SensitivityReplay,
    shown: Memo<Sensitivity>,
    chosen: RwSignal<Option<Sensitivity>>,
) -> impl IntoView + use<> {
    let own = replay.sensitivity;
    let told = match replay.alarms {
        0 => "would not have fired".to_owned(),
        1 => "would have fired once".to_owned(),
        many => format!("would have fired {} times", format::count(u64::from(many))),
    };
    view! {
        <button
            type="button"
            class="min-h-6 rounded-control border border-border px-3 py-2 text-left text-table hover:border-control aria-pressed:border-transparent aria-pressed:bg-accent-tint aria-pressed:text-accent-text"
            aria-pressed=move || if shown.get() == own { "true" } else { "false" }
            data-choice=own.as_str()
            on:click=move |_| chosen.set(Some(own))
        >
            <span class="block font-medium">{format::capitalized(own.as_str())}</span>
            <span class="block text-label">{told}</span>
        </button>
    }
}

/// Keeping what was chosen, of the series or of more.
#[component]
fn Keep(
    series: SeriesFilter,
    preview: Signal<SensitivityPreview>,
    shown: Memo<Sensitivity>,
    chosen: RwSignal<Option<Sensitivity>>,
    on_changed: Callback<()>,
) -> impl IntoView {
    let (workspace, toasts, submit) = (use_workspace(), use_toasts(), Submit::new());
    let scope = RwSignal::new("series".to_owned());
    let scopes = vec![
        SelectOption::new("series", format::capitalized(&measured(series.measure, &name_of(&series)))),
        SelectOption::new("table", format!("All of {}", series.table)),
        SelectOption::new("source", format!("All of {}", series.source)),
    ];
    let own = Memo::new({
        let place = place("series", &series);
        move |_| preview.with(|preview| preview.current.from.as_ref() == Some(&place))
    });
    let source = series.source.clone();
    let send = move |place: SensitivityPlace, sensitivity: Option<Sensitivity>, done: String| {
        let SensitivityPlace { table, column, measure } = place;
        let body = SetSensitivity { table, column, measure, sensitivity };
        let (api, source) = (workspace.api(), source.clone());
        submit.send(async move { api.set_sensitivity(&source, &body).await }, move |_| {
            toasts.success(done);
            // It may have been closed meanwhile.
            let _ = chosen.try_set(None);
            let _ = on_changed.try_run(());
        });
    };
    let (keep, of_series) = (send.clone(), series.clone());
    let save = move || {
        let wanted = shown.get_untracked();
        let done = format!("Sensitivity set to {}: the next scan judges by it.", wanted.as_str());
        keep(place(&scope.get_untracked(), &of_series), Some(wanted), done);
    };
    let inherit = move || {
        let done = "It inherits its sensitivity again: the next scan judges by it.".to_owned();
        send(place("series", &series), None, done);
    };
    view! {
        <div class="mt-3 flex flex-wrap items-end gap-3">
            <Field label="Keep it for">
                <Select value=scope options=scopes />
            </Field>
            <Button variant=ButtonVariant::Primary loading=submit.busy on_click=save>
                {move || format!("Set to {}", shown.get().as_str())}
            </Button>
            {move || {
                let inherit = inherit.clone();
                own.get().then(|| view! { <Button loading=submit.busy on_click=inherit>"Inherit again"</Button> })
            }}
        </div>
        <div class="mt-2">
            <FormFailure submit=submit pointers=&[] />
        </div>
    }
}

/// What a choice is kept for.
fn place(scope: &str, series: &SeriesFilter) -> SensitivityPlace {
    match scope {
        "source" => SensitivityPlace::default(),
        "table" => SensitivityPlace { table: Some(series.table.clone()), ..SensitivityPlace::default() },
        _ => SensitivityPlace {
            table: Some(series.table.clone()),
            column: series.column.clone(),
            measure: Some(series.measure),
        },
    }
}

fn name_of(series: &SeriesFilter) -> String {
    series.column.as_ref().map_or_else(|| series.table.clone(), |column| format!("{}.{column}", series.table))
}

fn measured(measure: Measure, name: &str) -> String {
    match measure {
        Measure::RowCount => format!("rows of {name}"),
        Measure::NullPercent => format!("NULL % of {name}"),
        Measure::UniquenessPercent => format!("uniqueness % of {name}"),
    }
}

/// `Medium: nothing was said`, `High, said of public.orders`.
fn said(preview: &SensitivityPreview) -> String {
    let word = format::capitalized(preview.current.sensitivity.as_str());
    let Some(from) = &preview.current.from else { return format!("Now {word}: nothing else was said.") };
    let of = match (&from.table, &from.column) {
        (Some(table), Some(column)) => format!("{table}.{column}"),
        (Some(table), None) => table.clone(),
        (None, _) => format!("all of {}", preview.source),
    };
    let of = from.measure.map_or_else(|| of.clone(), |measure| measured(measure, &of));
    format!("Now {word}, as said of {of}.")
}

/// The new level, if there is one.
fn shifted(preview: &SensitivityPreview) -> Option<impl IntoView + use<>> {
    let note = shift_note(&preview.shift?, preview.measure);
    Some(view! { <p class="mb-2 text-label">{note}</p> })
}

/// What was judged again.
fn reach(preview: &SensitivityPreview) -> String {
    let points = format::plural(u64::from(preview.points), "point");
    match preview.learning {
        0 => format!(
            "Of the last {points}, each judged by those before it; the chart shows what was expected."
        ),
        needed => {
            format!("Learning: {} more before it is judged", format::plural(u64::from(needed), "point"))
        }
    }
}

fn line(name: String, replay: &SensitivityReplay) -> Series {
    judged_line(name, replay.points.iter().map(|point| (point.at, point.value, point.lower.zip(point.upper))))
}

fn marks(replay: &SensitivityReplay, (shift, measure): (Option<LevelShift>, Measure)) -> Vec<Marker> {
    let first = replay.points.first().map(|point| point.at);
    let alarms = replay.points.iter().filter(|point| point.alarm);
    let alarms = alarms.map(|point| odd_mark(point.at, "would have fired"));
    alarms.chain(shift_mark(shift.as_ref(), measure, first)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use types::Timestamp;
    use types::sensitivity::{ReplayedPoint, ResolvedSensitivity};

    fn preview(from: Option<SensitivityPlace>, learning: u32) -> SensitivityPreview {
        SensitivityPreview {
            source: "shop".to_owned(),
            name: "public.orders.note".to_owned(),
            measure: Measure::NullPercent,
            current: ResolvedSensitivity { sensitivity: Sensitivity::High, from },
            points: 12,
            learning,
            shift: None,
            replays: Vec::new(),
        }
    }

    #[test]
    fn the_panel_says_what_holds_and_where_it_was_said() {
        let series = SeriesFilter {
            source: "shop".to_owned(),
            table: "public.orders".to_owned(),
            column: Some("note".to_owned()),
            measure: Measure::NullPercent,
        };
        for (scope, expected) in [
            (None, "Now High: nothing else was said."),
            (Some("source"), "Now High, as said of all of shop."),
            (Some("table"), "Now High, as said of public.orders."),
            (Some("series"), "Now High, as said of NULL % of public.orders.note."),
        ] {
            let from = scope.map(|scope| place(scope, &series));
            assert_eq!(said(&preview(from, 0)), expected);
        }
        assert!(reach(&preview(None, 0)).starts_with("Of the last 12 points, "));
        assert_eq!(reach(&preview(None, 3)), "Learning: 3 points more before it is judged");
    }

    #[test]
    fn only_what_would_have_been_told_is_marked() {
        let point = |at, lower: Option<f64>, alarm| ReplayedPoint {
            at: Timestamp::from_millis(at).unwrap(),
            value: 5.0,
            lower,
            upper: lower.map(|lower| lower + 1.0),
            odd: alarm,
            alarm,
        };
        let points = vec![point(1, None, false), point(2, Some(1.0), true), point(3, Some(4.5), false)];
        let replay = SensitivityReplay { sensitivity: Sensitivity::Low, alarms: 1, points };
        let shift =
            LevelShift { at: Timestamp::from_millis(3).unwrap(), before: 1.0, after: 5.0, per_day: false };
        for (shift, expected) in [(None, vec![2.0]), (Some(shift), vec![2.0, 3.0])] {
            let marks = marks(&replay, (shift, Measure::NullPercent));
            assert_eq!(marks.iter().map(|mark| mark.x).collect::<Vec<_>>(), expected);
        }
        let line = line("a".to_owned(), &replay);
        assert_eq!((line.points.len(), line.band.len()), (3, 2));
    }
}
