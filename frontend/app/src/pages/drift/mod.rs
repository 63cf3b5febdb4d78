//! `/dashboard/drift`: what changed, when, and whom it breaks.

mod change_list;
mod change_ruling;
mod change_values;
mod decide;
pub(crate) mod event_dialog;
mod event_incidents;
mod event_list;
mod events;
mod narrowed;
pub(crate) mod policy;
mod timeline;

use client::{Api, DriftFilter, Failure};
use leptos::prelude::*;
use types::drift::{DriftStatus, DriftSummary};
use types::page::{MAXIMUM_LIMIT, Page};
use ui::{PageHeader, Skeleton, SkeletonRows, TabPanel, Tabs, format, now_millis};

use crate::address::query_choice;
use crate::fetch::Fetched;
use crate::page::{Loaded, PageFrame};
use crate::part::Policy;
use crate::workspace::use_workspace;
pub(crate) use change_list::ChangeList;
use events::Events;

const WEEK_MILLIS: i64 = 7 * 86_400_000;

/// The page.
#[component]
pub fn DriftPage() -> impl IntoView {
    let workspace = use_workspace();
    let shown = query_choice("view", "events");
    // As many at once as the API gives, so that the timeline is of more than a few days.
    let history = Fetched::new(
        move || workspace.source.get(),
        |api, source| async move { History::fetch(&api, source).await },
    );
    let (events_ready, policy_ready) = (RwSignal::new(false), RwSignal::new(false));
    let ready = move || {
        if shown.get() == "policy" { policy_ready.get() } else { history.is_there() && events_ready.get() }
    };
    let answer = move || history.with(|history| history.map(|history| sentence(history, now_millis())));
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
                <Loaded from=history skeleton=waiting let:loaded>
                    <Events history=Signal::derive(move || loaded.with(|history| history.newest.clone())) ready=events_ready on_decided=move || history.reload() />
                </Loaded>
            </TabPanel>
            <TabPanel group="drift" key_name="policy" selected=shown>
                <Policy ready=policy_ready />
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

/// The newest events, and how many of all wait for a decision.
#[derive(Clone, Debug, PartialEq)]
struct History {
    newest: Page<DriftSummary>,
    undecided: usize,
    /// Whether there are more of those than were counted.
    more: bool,
}

impl History {
    /// Where not every event is among the newest, those that wait are asked for by themselves.
    async fn fetch(api: &Api, source: Option<String>) -> Result<Self, Failure> {
        let filter = DriftFilter { source, limit: Some(MAXIMUM_LIMIT), ..DriftFilter::default() };
        let newest = api.drift_history(&filter).await?;
        if newest.next_cursor.is_none() {
            let undecided = newest.items.iter().filter(|event| event.status == DriftStatus::New).count();
            return Ok(Self { newest, undecided, more: false });
        }
        let filter = DriftFilter { status: Some(DriftStatus::New.as_str().to_owned()), ..filter };
        let waiting = api.drift(&filter).await?;
        Ok(Self { newest, undecided: waiting.items.len(), more: waiting.next_cursor.is_some() })
    }
}

/// `3 breaking changes in the last 7 days; 2 events wait for a decision`; where more than was counted may add to it, it
/// is at least so.
fn sentence(history: &History, now: i64) -> String {
    let page = &history.newest;
    let Some(oldest) = page.items.last() else {
        return "No schema change has been found".to_owned();
    };
    let in_week = |event: &DriftSummary| now - event.detected_at.millis() <= WEEK_MILLIS;
    let breaking: u64 =
        page.items.iter().filter(|event| in_week(event)).map(|event| u64::from(event.summary.breaking)).sum();
    let first = match (breaking, page.next_cursor.is_some() && in_week(oldest)) {
        (0, false) => "No breaking change in the last 7 days".to_owned(),
        (0, true) => "No breaking change in the newest events".to_owned(),
        (some, false) => format!("{} in the last 7 days", format::plural(some, "breaking change")),
        (some, true) => format!("At least {} in the last 7 days", format::plural(some, "breaking change")),
    };
    let second = match (history.undecided, history.more) {
        (0, _) => "every event has been looked at".to_owned(),
        (1, _) => "1 event waits for a decision".to_owned(),
        (many, false) => format!("{many} events wait for a decision"),
        (many, true) => format!("more than {many} events wait for a decision"),
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
    fn the_answer_counts_a_week_and_all_that_waits_and_claims_nothing_of_events_not_counted() {
        let now = 20 * WEEK_MILLIS;
        let new = || event(2, DriftStatus::New, now - 1);
        let old = || event(5, DriftStatus::Accepted, now - 2 * WEEK_MILLIS);
        let safe = || event(0, DriftStatus::Accepted, now - 1);
        for (items, partial, (undecided, more), expected) in [
            (vec![], false, (0, false), "No schema change has been found"),
            (
                vec![new(), old()],
                false,
                (1, false),
                "2 breaking changes in the last 7 days; 1 event waits for a decision",
            ),
            (
                vec![new(), old()],
                true,
                (7, false),
                "2 breaking changes in the last 7 days; 7 events wait for a decision",
            ),
            (
                vec![old()],
                false,
                (0, false),
                "No breaking change in the last 7 days; every event has been looked at",
            ),
            (
                vec![new(), new()],
                true,
                (200, true),
                "At least 4 breaking changes in the last 7 days; more than 200 events wait for a decision",
            ),
            (
                vec![safe()],
                true,
                (0, false),
                "No breaking change in the newest events; every event has been looked at",
            ),
        ] {
            let newest = Page { items, next_cursor: partial.then(|| "older".to_owned()), total: None };
            assert_eq!(sentence(&History { newest, undecided, more }, now), expected);
        }
    }
}
