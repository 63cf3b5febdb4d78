use client::IncidentFilter;
use leptos::prelude::*;
use types::incident::{IncidentCause, IncidentSeverity, IncidentState};
use ui::{SearchInput, Select, SelectOption};

use super::marks::{cause_word, state_word};
use crate::address::{query_choice, query_text};
use crate::owners::{Narrowing, OwnerSelect, TagSelect};
use crate::workspace::use_workspace;

/// How many incidents are fetched at once.
const PAGE: u32 = 50;

/// Which incidents are listed, as it stands in the URL.
#[derive(Clone, Copy)]
pub(super) struct Narrowed {
    text: RwSignal<String>,
    state: RwSignal<String>,
    severity: RwSignal<String>,
    cause: RwSignal<String>,
    assignee: RwSignal<String>,
    drift: RwSignal<String>,
    ownership: Narrowing,
}

impl Narrowed {
    /// What the URL says.
    pub(super) fn of_url() -> Self {
        let workspace = use_workspace();
        Self {
            text: query_text("q"),
            state: query_choice("state", "active"),
            severity: query_text("severity"),
            cause: query_text("cause"),
            assignee: query_text("assignee"),
            drift: query_text("drift"),
            ownership: Narrowing::of_address(move || workspace.shown_sources()),
        }
    }

    /// All but the state.
    fn parts(self) -> [RwSignal<String>; 7] {
        let Narrowing { owner, tag, .. } = self.ownership;
        [self.text, self.severity, self.cause, self.assignee, self.drift, owner, tag]
    }

    /// What the API is asked; tracked.
    pub(super) fn filter(self, source: Option<String>) -> IncidentFilter {
        let filled = |part: RwSignal<String>| Some(part.get()).filter(|part| !part.is_empty());
        IncidentFilter {
            source,
            state: filled(self.state).filter(|state| state != "any"),
            severity: filled(self.severity),
            cause: filled(self.cause),
            assignee: filled(self.assignee),
            drift: filled(self.drift),
            text: filled(self.text),
            owner: filled(self.ownership.owner),
            tag: filled(self.ownership.tag),
            limit: Some(PAGE),
            cursor: None,
        }
    }

    /// Whether something other than the state narrows the list; tracked.
    pub(super) fn is_narrow(self) -> bool {
        self.parts().iter().any(|part| part.with(|part| !part.is_empty()))
    }

    /// Tracked.
    pub(super) fn is_active_only(self) -> bool {
        self.state.with(|state| state == "active")
    }

    /// Shows those that have ended as well.
    pub(super) fn widen(self) {
        self.state.set("any".to_owned());
    }

    pub(super) fn clear(self) {
        for part in self.parts() {
            part.set(String::new());
        }
    }
}

/// Text, state, severity, cause, assignee, owner and tag: all in the URL.
#[component]
pub fn Filters(narrowed: Narrowed) -> impl IntoView {
    let mut states = vec![
        SelectOption::new("active", "Active"),
        SelectOption::new("ended", "Ended"),
        SelectOption::new("any", "Any state"),
    ];
    states.extend(
        IncidentState::ALL
            .iter()
            .map(|state| SelectOption::new(state.as_str(), ui::format::capitalized(state_word(*state)))),
    );
    let mut severities = vec![SelectOption::new("", "Any severity")];
    severities.extend(
        IncidentSeverity::ALL
            .iter()
            .rev()
            .map(|one| SelectOption::new(one.as_str(), ui::format::capitalized(one.as_str()))),
    );
    let mut causes = vec![SelectOption::new("", "Any cause")];
    causes.extend(
        IncidentCause::ALL
            .iter()
            .map(|one| SelectOption::new(one.as_str(), ui::format::capitalized(cause_word(*one)))),
    );
    let assignees = vec![
        SelectOption::new("", "Anybody's"),
        SelectOption::new("me", "Mine"),
        SelectOption::new("none", "Nobody's"),
    ];
    let of_event = move || {
        narrowed.drift.with(|drift| !drift.is_empty()).then(|| {
            view! {
                <ui::Button icon=ui::Glyph::Close on_click=move || narrowed.drift.set(String::new())>
                    "Of one drift event"
                </ui::Button>
            }
        })
    };
    view! {
        <div class="mb-4 flex flex-wrap items-end gap-3" role="group" aria-label="Filters">
            <div class="w-64">
                <SearchInput value=narrowed.text label="Search incidents" placeholder="Search incidents: orders" />
            </div>
            <div class="w-40">
                <Select value=narrowed.state options=states label="State" />
            </div>
            <div class="w-36">
                <Select value=narrowed.severity options=severities label="Severity" />
            </div>
            <div class="w-40">
                <Select value=narrowed.cause options=causes label="Cause" />
            </div>
            <div class="w-36">
                <Select value=narrowed.assignee options=assignees label="Assignee" />
            </div>
            <div class="w-36">
                <OwnerSelect narrowing=narrowed.ownership />
            </div>
            <div class="w-32">
                <TagSelect narrowing=narrowed.ownership />
            </div>
            {of_event}
        </div>
    }
}
