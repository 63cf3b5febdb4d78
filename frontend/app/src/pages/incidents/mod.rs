//! `/dashboard/incidents`: what is wrong, who handles it, and how that went.

mod actions;
mod assign;
mod chart;
mod desk;
pub(crate) mod detail;
mod list;
mod marks;
mod merge;
mod narrowed;

use std::collections::BTreeSet;

use leptos::ev;
use leptos::prelude::*;
use types::IncidentId;
use types::incident::{IncidentPage, IncidentSeverity, IncidentState, IncidentSummary};
use types::page::Page;
use ui::{PageHeader, SkeletonRows, format};
use wasm_bindgen::JsCast as _;

use self::list::IncidentList;
pub(crate) use self::marks::StateBadge;
use self::narrowed::{Filters, Narrowed};
use crate::address::query_step;
use crate::fetch::{Fetched, Paged};
use crate::page::{Loaded, PageFrame};
use crate::part::Incident;
use crate::shell::is_typing;
use crate::workspace::use_workspace;

/// The page: a list, and beside it the incident that the URL names.
#[component]
pub fn IncidentsPage() -> impl IntoView {
    let workspace = use_workspace();
    let narrowed = Narrowed::of_url();
    let opened = query_step("incident");
    let filter = Memo::new(move |_| narrowed.filter(workspace.source.get()));
    let incidents =
        Fetched::new(move || filter.get(), |api, filter| async move { api.incidents(&filter).await });
    let answer = move || incidents.with(|page| page.map(sentence));
    let id = Memo::new(move |_| opened.with(|opened| opened.parse::<IncidentId>().ok()));
    let chosen = RwSignal::new(BTreeSet::new());
    let changed = move || incidents.reload();
    let list_class = move || if id.get().is_some() { "hidden min-w-0 lg:block" } else { "min-w-0" };
    let grid_class = move || {
        if id.get().is_some() {
            "grid items-start gap-4 lg:grid-cols-[minmax(0,5fr)_minmax(0,7fr)]"
        } else {
            "grid items-start gap-4"
        }
    };
    view! {
        <PageFrame
            name="incidents"
            title="Incidents"
            ready=Signal::derive(move || incidents.is_there())
            refreshing=Signal::derive(move || incidents.is_busy() && incidents.is_there())
        >
            <PageHeader title="Incidents" answer=Signal::derive(answer) />
            <div class=list_class>
                <Filters narrowed=narrowed />
            </div>
            <div class=grid_class>
                <div class=list_class>
                    <Loaded from=incidents skeleton=list_waiting let:first>
                        {
                            let Paged { all, more } = Paged::new(
                                Signal::derive(move || first.with(as_page)),
                                move || filter.get(),
                                move |api, cursor| {
                                    let mut filter = untrack(|| filter.get());
                                    filter.cursor = Some(cursor);
                                    async move { api.incidents(&filter).await.map(|page| as_page(&page)) }
                                },
                            );
                            move_by_keys(all, opened);
                            view! {
                                <IncidentList
                                    page=all
                                    narrowed=narrowed
                                    opened=opened
                                    chosen=chosen
                                    more=more
                                    on_changed=changed
                                />
                            }
                        }
                    </Loaded>
                </div>
                {move || {
                    let on_changed = Callback::new(move |()| changed());
                    id.get().map(|id| view! { <Incident id=id opened=opened on_changed=on_changed /> })
                }}
            </div>
            <p class="mt-4 hidden text-label text-text-3 lg:block">
                "Keys: j and k go through the list, a acknowledges, w starts work, r resolves, e is expected, f is a false positive, o opens again, x closes."
            </p>
        </PageFrame>
    }
}

/// The same geometry as the page.
pub(crate) fn waiting() -> impl IntoView {
    view! {
        <div class="mb-4 h-9"></div>
        {list_waiting()}
    }
}

fn list_waiting() -> impl IntoView {
    view! {
        <div class="rounded-xl border border-border bg-surface">
            <SkeletonRows what="incidents" />
        </div>
    }
}

fn as_page(page: &IncidentPage) -> Page<IncidentSummary> {
    Page { items: page.items.clone(), next_cursor: page.next_cursor.clone(), total: page.total }
}

/// `j` and `k` open the next and the previous incident, `x` closes what is open.
fn move_by_keys(page: Signal<Page<IncidentSummary>>, opened: RwSignal<String>) {
    let handle = window_event_listener(ev::keydown, move |event| {
        if event.default_prevented() || event.ctrl_key() || event.meta_key() || event.alt_key() || is_typing()
        {
            return;
        }
        let now = opened.get_untracked();
        let ids: Vec<String> =
            page.with_untracked(|page| page.items.iter().map(|incident| incident.id.to_string()).collect());
        let next = match event.key().as_str() {
            "j" => neighbour(&ids, &now, 1),
            "k" => neighbour(&ids, &now, -1),
            "x" if !now.is_empty() => Some(String::new()),
            _ => return,
        };
        if let Some(next) = next {
            event.prevent_default();
            focus_row(&next);
            opened.set(next);
        }
    });
    on_cleanup(move || handle.remove());
}

/// Where one is in the list is where the focus is, so that it is in view and read out.
fn focus_row(id: &str) {
    let button = document().query_selector(&format!("[data-incident='{id}'] button")).ok().flatten();
    if let Some(button) = button.and_then(|button| button.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _ = button.focus();
    }
}

/// The id that lies so many places further on; from none, the first.
fn neighbour(ids: &[String], now: &str, by: isize) -> Option<String> {
    let place = match ids.iter().position(|id| id == now) {
        Some(place) => place.checked_add_signed(by)?,
        None => 0,
    };
    ids.get(place).cloned()
}

/// `4 incidents are active: 1 critical, 3 warnings; 2 wait for somebody`, as far as they are listed.
fn sentence(page: &IncidentPage) -> String {
    let active = match page.active {
        0 => return "No incident is active".to_owned(),
        1 => "1 incident is active".to_owned(),
        many => format!("{} incidents are active", format::count(u64::from(many))),
    };
    let listed: Vec<_> = page.items.iter().filter(|incident| incident.state.is_active()).collect();
    if listed.len() as u64 != u64::from(page.active) {
        return active;
    }
    let critical =
        listed.iter().filter(|incident| incident.severity == IncidentSeverity::Critical).count() as u64;
    let open = listed.iter().filter(|incident| incident.state == IncidentState::Open).count() as u64;
    let wait = match open {
        0 => "somebody has seen each".to_owned(),
        1 => "1 waits for somebody to look".to_owned(),
        many => format!("{many} wait for somebody to look"),
    };
    match critical {
        0 => format!("{active}; {wait}"),
        critical => format!("{active}, {critical} critical; {wait}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use types::Timestamp;
    use types::incident::IncidentCause;

    fn incident(severity: IncidentSeverity, state: IncidentState) -> IncidentSummary {
        let nil = "00000000-0000-0000-0000-000000000000";
        IncidentSummary {
            id: nil.parse().unwrap(),
            source_id: nil.parse().unwrap(),
            source: "shop-db".to_owned(),
            object: String::new(),
            cause: IncidentCause::Nulls,
            severity,
            state,
            title: String::new(),
            assignee: None,
            snoozed_until: None,
            snoozed_until_changed: false,
            opened_at: Timestamp::from_millis(0).unwrap(),
            updated_at: Timestamp::from_millis(0).unwrap(),
            ended_at: None,
            reopened: 0,
            ownership: types::ownership::Ownership::default(),
        }
    }

    #[test]
    fn the_answer_counts_what_is_active_and_claims_nothing_of_what_is_not_listed() {
        use IncidentSeverity::{Critical, Warning};
        use IncidentState::{Acknowledged, Open, Resolved};
        for (items, active, expected) in [
            (vec![], 0, "No incident is active"),
            (vec![incident(Warning, Open)], 1, "1 incident is active; 1 waits for somebody to look"),
            (
                vec![incident(Critical, Acknowledged), incident(Warning, Open), incident(Critical, Resolved)],
                2,
                "2 incidents are active, 1 critical; 1 waits for somebody to look",
            ),
            (
                vec![incident(Critical, Acknowledged)],
                1,
                "1 incident is active, 1 critical; somebody has seen each",
            ),
            (vec![incident(Critical, Open)], 7, "7 incidents are active"),
        ] {
            assert_eq!(sentence(&IncidentPage { items, next_cursor: None, total: None, active }), expected);
        }
    }

    #[test]
    fn keys_go_through_the_list_and_stop_at_its_ends() {
        let ids = ["a", "b"].map(str::to_owned);
        let next = |now: &str, by| neighbour(&ids, now, by);
        assert_eq!(next("", 1).as_deref(), Some("a"));
        assert_eq!(next("a", 1).as_deref(), Some("b"));
        assert_eq!(next("b", 1), None);
        assert_eq!(next("a", -1), None);
        assert_eq!(next("gone", -1).as_deref(), Some("a"));
    }
}
