use client::DriftFilter;
use leptos::prelude::*;
use types::change::Severity;
use types::drift::DriftStatus;
use ui::{SearchInput, Select, SelectOption};

use crate::address::query_text;
use crate::day::{DayFields, Days, day_end, day_start};
use crate::owners::{Narrowing, OwnerSelect, TagSelect};
use crate::workspace::use_workspace;

/// How many events are fetched at once.
const PAGE: u32 = 50;

/// Which events are listed, as it stands in the URL.
#[derive(Clone, Copy)]
pub(super) struct Narrowed {
    text: RwSignal<String>,
    /// Chosen in the timeline: `2026-11-14`.
    pub(super) day: RwSignal<String>,
    days: Days,
    severity: RwSignal<String>,
    status: RwSignal<String>,
    ownership: Narrowing,
}

impl Narrowed {
    /// What the URL says.
    pub(super) fn of_url() -> Self {
        let workspace = use_workspace();
        Self {
            text: query_text("q"),
            day: query_text("day"),
            days: Days::of_url(),
            severity: query_text("severity"),
            status: query_text("status"),
            ownership: Narrowing::of_address(move || workspace.shown_sources()),
        }
    }

    fn parts(self) -> [RwSignal<String>; 8] {
        let [from, to] = self.days.parts();
        let Narrowing { owner, tag, .. } = self.ownership;
        [self.text, self.day, from, to, self.severity, self.status, owner, tag]
    }

    /// What the API is asked; tracked.
    pub(super) fn filter(self, source: Option<String>) -> DriftFilter {
        let [text, day, severity, status] =
            [self.text, self.day, self.severity, self.status].map(|part| part.get());
        let Narrowing { owner, tag, .. } = self.ownership;
        let (owner, tag) = (owner.get(), tag.get());
        let (from, to) = if day.is_empty() { self.days.bounds() } else { (day_start(&day), day_end(&day)) };
        let (severity, breaking) = match severity.as_str() {
            "" => (None, None),
            "breaking" => (None, Some(true)),
            "non_breaking" => (None, Some(false)),
            _ => (Some(severity), None),
        };
        DriftFilter {
            source,
            severity,
            breaking,
            status: Some(status).filter(|status| !status.is_empty()),
            text: Some(text).filter(|text| !text.is_empty()),
            from,
            to,
            owner: Some(owner).filter(|owner| !owner.is_empty()),
            tag: Some(tag).filter(|tag| !tag.is_empty()),
            limit: Some(PAGE),
            cursor: None,
        }
    }

    /// Tracked.
    pub(super) fn is_narrow(self) -> bool {
        self.parts().iter().any(|part| part.with(|part| !part.is_empty()))
    }

    pub(super) fn clear(self) {
        for part in self.parts() {
            part.set(String::new());
        }
    }
}

/// Text, severity, status, owner, tag and days: all in the URL.
#[component]
pub fn Filters(narrowed: Narrowed) -> impl IntoView {
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
    let days = move || {
        let day = narrowed.day.get();
        if day.is_empty() {
            view! {
                <DayFields days=narrowed.days />
            }
            .into_any()
        } else {
            view! {
                <ui::Button icon=ui::Glyph::Close on_click=move || narrowed.day.set(String::new())>
                    {format!("Only {day}")}
                </ui::Button>
            }
            .into_any()
        }
    };
    view! {
        <div class="my-4 flex flex-wrap items-end gap-3" role="group" aria-label="Filters">
            <div class="w-64">
                <SearchInput value=narrowed.text label="Search events" placeholder="Search events: orders.total" />
            </div>
            <div class="w-48">
                <Select value=narrowed.severity options=severities label="Severity" />
            </div>
            <div class="w-40">
                <Select value=narrowed.status options=statuses label="Status" />
            </div>
            <div class="w-36">
                <OwnerSelect narrowing=narrowed.ownership />
            </div>
            <div class="w-32">
                <TagSelect narrowing=narrowed.ownership />
            </div>
            {days}
        </div>
    }
}
