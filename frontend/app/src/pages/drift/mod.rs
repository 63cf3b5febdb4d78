//! `/dashboard/drift`: what changed, when, and whom it breaks.

mod change_list;
mod change_ruling;
mod change_values;
mod decide;
mod event_dialog;
mod event_incidents;
mod event_list;
mod events;
mod narrowed;
mod policy;
mod timeline;

use client::DriftFilter;
use leptos::prelude::*;
use types::drift::{DriftStatus, DriftSummary};
use types::page::{MAXIMUM_LIMIT, Page};
use ui::{PageHeader, Skeleton, SkeletonRows, TabPanel, Tabs, format, now_millis};

use crate::address::query_choice;
use crate::fetch::Fetched;
use crate::page::{Loaded, PageFrame};
use crate::workspace::use_workspace;
pub(crate) use change_list::ChangeList;
use events::Events;
use policy::PolicyView;

const WEEK_MILLIS: i64 = 7 * 86_400_000;

/// The page.
#[component]
pub fn DriftPage() -> impl IntoView {
    let workspace = use_workspace();
    let shown = query_choice("view", "events");
    // As many at once as the API gives, so that the timeline is of more than a few days.
    let history = Fetched::new(
        move || workspace.source.get(),
        |api, source| async move {
            let filter = DriftFilter { source, limit: Some(MAXIMUM_LIMIT), ..DriftFilter::default() };
            api.drift_history(&filter).await
        },
    );
    let (events_ready, policy_ready) = (RwSignal::new(false), RwSignal::new(false));
    let ready = move || {
        if shown.get() == "policy" { policy_ready.get() } else { history.is_there() && events_ready.get() }
    };
    let answer = move || history.with(|page| page.map(|page| sentence(page, now_millis())));
    let tabs =
        ["events", "policy"].map(str::to_owned).into_iter().zip(["Events", "Policy"].map(str::to_owned));
    let tabs: Vec<(String, String)> = tabs.collect();
    view! {
        <PageFrame
            name="drift"
            title="Drift"
            ready=Signal::derive(ready)
            refreshing=Signal::derive(move || history.is_busy() && history.is_there())
        >
            <PageHeader title="Drift" answer=Signal::derive(answer) />
            <Tabs group="drift" label="Events or policy" tabs=tabs selected=shown />
            <TabPanel group="drift" key_name="events" selected=shown>
                <Loaded from=history skeleton=waiting let:page>
                    <Events history=page ready=events_ready on_decided=move || history.reload() />
                </Loaded>
            </TabPanel>
            <TabPanel group="drift" key_name="policy" selected=shown>
                <PolicyView ready=policy_ready />
            </TabPanel>
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

/// `3 breaking changes in the last 7 days; 2 events wait for a decision`; where older events are not loaded, what they
/// may add to is at least so.
fn sentence(page: &Page<DriftSummary>, now: i64) -> String {
    let Some(oldest) = page.items.last() else {
        return "No schema change has been found".to_owned();
    };
    let in_week = |event: &DriftSummary| now - event.detected_at.millis() <= WEEK_MILLIS;
    let breaking: u64 =
        page.items.iter().filter(|event| in_week(event)).map(|event| u64::from(event.summary.breaking)).sum();
    let partial = page.next_cursor.is_some();
    let first = match (breaking, partial && in_week(oldest)) {
        (0, false) => "No breaking change in the last 7 days".to_owned(),
        (0, true) => "No breaking change in the newest events".to_owned(),
        (some, false) => format!("{} in the last 7 days", format::plural(some, "breaking change")),
        (some, true) => format!("At least {} in the last 7 days", format::plural(some, "breaking change")),
    };
    let open = page.items.iter().filter(|event| event.status == DriftStatus::New).count();
    let second = match (open, partial) {
        (0, false) => "every event has been looked at".to_owned(),
        (0, true) => "no event loaded so far waits for a decision".to_owned(),
        (1, false) => "1 event waits for a decision".to_owned(),
        (many, false) => format!("{many} events wait for a decision"),
        (1, true) => "at least 1 event waits for a decision".to_owned(),
        (many, true) => format!("at least {many} events wait for a decision"),
    };
    format!("{first}; {second}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use types::Timestamp;
    use types::change::{ChangeSummary, Severity};

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
            found_severity: Severity::Safe,
            breaking: breaking > 0,
            status,
            summary: ChangeSummary { breaking, ..ChangeSummary::default() },
            sentence: String::new(),
            affected: Vec::new(),
        }
    }

    #[test]
    fn the_answer_counts_a_week_and_what_is_undecided_and_claims_nothing_of_events_not_loaded() {
        let now = 20 * WEEK_MILLIS;
        let new = || event(2, DriftStatus::New, now - 1);
        let old = || event(5, DriftStatus::Accepted, now - 2 * WEEK_MILLIS);
        let safe = || event(0, DriftStatus::Accepted, now - 1);
        for (items, partial, expected) in [
            (vec![], false, "No schema change has been found"),
            (
                vec![new(), old()],
                false,
                "2 breaking changes in the last 7 days; 1 event waits for a decision",
            ),
            (
                vec![new(), old()],
                true,
                "2 breaking changes in the last 7 days; at least 1 event waits for a decision",
            ),
            (vec![old()], false, "No breaking change in the last 7 days; every event has been looked at"),
            (
                vec![new(), new()],
                true,
                "At least 4 breaking changes in the last 7 days; at least 2 events wait for a decision",
            ),
            (
                vec![safe()],
                true,
                "No breaking change in the newest events; no event loaded so far waits for a decision",
            ),
        ] {
            let next_cursor = partial.then(|| "older".to_owned());
            assert_eq!(sentence(&Page { items, next_cursor }, now), expected);
        }
    }
}
