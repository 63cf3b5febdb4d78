//! `/dashboard/drift`: what changed, when, and whom it breaks.

mod change_list;
mod change_values;
mod decide;
mod event_dialog;
mod event_list;
mod timeline;

use client::DriftFilter;
use leptos::prelude::*;
use types::change::Severity;
use types::drift::{DriftStatus, DriftSummary};
use types::page::MAXIMUM_LIMIT;
use ui::{Card, PageHeader, Select, SelectOption, Skeleton, SkeletonRows, format, now_millis};

use crate::address::{query_step, query_text};
use crate::fetch::{Fetched, Paged};
use crate::page::{Loaded, PageFrame};
use crate::workspace::use_workspace;
pub(crate) use change_list::ChangeList;
use event_dialog::EventDialog;
use event_list::EventList;
use timeline::Timeline;

const WEEK_MILLIS: i64 = 7 * 86_400_000;

/// Which events are listed, as it stands in the URL.
#[derive(Clone, Copy)]
struct Narrowed {
    /// `2026-11-14`.
    day: RwSignal<String>,
    severity: RwSignal<String>,
    status: RwSignal<String>,
}

impl Narrowed {
    /// Tracked.
    fn holds(self, drift: &DriftSummary) -> bool {
        let day = self.day.get();
        let severity = self.severity.get();
        let status = self.status.get();
        (day.is_empty() || timeline::day_of(drift.detected_at) == day)
            && match severity.as_str() {
                "" => true,
                "non_breaking" => !drift.breaking,
                other => drift.severity.as_str() == other,
            }
            && (status.is_empty() || drift.status.as_str() == status)
    }

    /// Tracked.
    fn is_narrow(self) -> bool {
        [self.day, self.severity, self.status].iter().any(|part| !part.get().is_empty())
    }

    fn clear(self) {
        for part in [self.day, self.severity, self.status] {
            part.set(String::new());
        }
    }
}

/// The page.
#[component]
pub fn DriftPage() -> impl IntoView {
    let workspace = use_workspace();
    let narrowed =
        Narrowed { day: query_text("day"), severity: query_text("severity"), status: query_text("status") };
    let opened = query_step("event");
    // As many at once as the API gives, so that the timeline is of more than a few days.
    let filter = move |cursor| DriftFilter {
        source: workspace.source.get(),
        limit: Some(MAXIMUM_LIMIT),
        cursor,
        ..DriftFilter::default()
    };
    let history =
        Fetched::new(move || filter(None), |api, filter| async move { api.drift_history(&filter).await });
    let answer = move || history.with(|page| page.map(|page| sentence(&page.items, now_millis())));
    view! {
        <PageFrame
            name="drift"
            title="Drift"
            ready=Signal::derive(move || history.is_there())
            refreshing=Signal::derive(move || history.is_busy() && history.is_there())
        >
            <PageHeader title="Drift" answer=Signal::derive(answer) />
            <Loaded from=history skeleton=waiting let:first>
                {
                    let Paged { all, more } = Paged::new(
                        first,
                        move || workspace.source.get(),
                        move |api, cursor| {
                            let filter = untrack(|| filter(Some(cursor)));
                            async move { api.drift_history(&filter).await }
                        },
                    );
                    view! {
                        <Card title="Drift timeline" description="Changes by day; click a day to see its events">
                            <Timeline page=all day=narrowed.day />
                        </Card>
                        <Filters narrowed=narrowed />
                        <EventList page=all narrowed=narrowed opened=opened more=more />
                    }
                }
            </Loaded>
            <EventDialog opened=opened on_decided=move || history.reload() />
        </PageFrame>
    }
}

/// The same geometry as the page.
pub(crate) fn waiting() -> impl IntoView {
    view! {
        <div class="h-72 rounded-xl border border-border bg-surface p-5">
            <Skeleton class="h-full w-full" />
        </div>
        <div class="mt-4 rounded-xl border border-border bg-surface">
            <SkeletonRows what="drift events" />
        </div>
    }
}

/// `3 breaking changes in the last 7 days; 2 events wait for a decision`.
fn sentence(events: &[DriftSummary], now: i64) -> String {
    if events.is_empty() {
        return "No schema change has been found".to_owned();
    }
    let breaking: u64 = events
        .iter()
        .filter(|event| now - event.detected_at.millis() <= WEEK_MILLIS)
        .map(|event| u64::from(event.summary.breaking))
        .sum();
    let open = events.iter().filter(|event| event.status == DriftStatus::New).count();
    let first = if breaking == 0 {
        "No breaking change in the last 7 days".to_owned()
    } else {
        format!("{} in the last 7 days", format::plural(breaking, "breaking change"))
    };
    match open {
        0 => format!("{first}; every event has been looked at"),
        1 => format!("{first}; 1 event waits for a decision"),
        many => format!("{first}; {many} events wait for a decision"),
    }
}

#[component]
fn Filters(narrowed: Narrowed) -> impl IntoView {
    let severities = vec![
        SelectOption::new("", "Any severity"),
        SelectOption::new(Severity::Breaking.as_str(), "Breaking"),
        SelectOption::new("non_breaking", "Non-breaking"),
        SelectOption::new(Severity::PotentiallyBreaking.as_str(), "Potentially breaking"),
    ];
    let statuses = vec![
        SelectOption::new("", "Any status"),
        SelectOption::new(DriftStatus::New.as_str(), "New"),
        SelectOption::new(DriftStatus::Acknowledged.as_str(), "Acknowledged"),
        SelectOption::new(DriftStatus::Accepted.as_str(), "Accepted"),
        SelectOption::new(DriftStatus::Ignored.as_str(), "Ignored"),
    ];
    let chip = move || {
        let day = narrowed.day.get();
        (!day.is_empty()).then(|| {
            view! {
                <ui::Button icon=ui::Glyph::Close size=ui::ControlSize::Small on_click=move || narrowed.day.set(String::new())>
                    {format!("Only {day}")}
                </ui::Button>
            }
        })
    };
    view! {
        <div class="my-4 flex flex-wrap items-center gap-3" role="group" aria-label="Filters">
            <div class="w-52">
                <Select value=narrowed.severity options=severities label="Severity" />
            </div>
            <div class="w-44">
                <Select value=narrowed.status options=statuses label="Status" />
            </div>
            {chip}
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use types::Timestamp;
    use types::change::ChangeSummary;

    fn event(breaking: u32, status: DriftStatus, at: i64) -> DriftSummary {
        let nil = "00000000-0000-0000-0000-000000000000";
        DriftSummary {
            id: nil.parse().unwrap(),
            source_id: nil.parse().unwrap(),
            source: "shop-db".to_owned(),
            old_version: 1,
            new_version: 2,
            detected_at: Timestamp::from_millis(at).unwrap(),
            severity: Severity::Safe,
            breaking: breaking > 0,
            status,
            summary: ChangeSummary { breaking, ..ChangeSummary::default() },
            sentence: String::new(),
            affected: Vec::new(),
        }
    }

    #[test]
    fn the_answer_counts_a_week_and_what_is_undecided() {
        let now = 20 * WEEK_MILLIS;
        let events =
            [event(2, DriftStatus::New, now - 1), event(5, DriftStatus::Accepted, now - 2 * WEEK_MILLIS)];
        assert_eq!(
            sentence(&events, now),
            "2 breaking changes in the last 7 days; 1 event waits for a decision"
        );
        assert_eq!(
            sentence(&events[1..], now),
            "No breaking change in the last 7 days; every event has been looked at"
        );
    }
}
