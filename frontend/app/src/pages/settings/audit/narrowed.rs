use client::AuditFilter;
use leptos::prelude::*;
use ui::SearchInput;

use crate::address::query_text;
use crate::day::{DayFields, Days};

/// Which rows are listed, as it stands in the URL.
#[derive(Clone, Copy)]
pub(super) struct Narrowed {
    actor: RwSignal<String>,
    action: RwSignal<String>,
    subject: RwSignal<String>,
    days: Days,
}

impl Narrowed {
    /// What the URL says.
    pub(super) fn of_url() -> Self {
        Self {
            actor: query_text("actor"),
            action: query_text("action"),
            subject: query_text("subject"),
            days: Days::of_url(),
        }
    }

    fn parts(self) -> [RwSignal<String>; 5] {
        let [from, to] = self.days.parts();
        [self.actor, self.action, self.subject, from, to]
    }

    /// What the API is asked; tracked.
    pub(super) fn filter(self) -> AuditFilter {
        let filled = |part: RwSignal<String>| Some(part.get()).filter(|part| !part.is_empty());
        let (from, to) = self.days.bounds();
        AuditFilter {
            actor: filled(self.actor),
            action: filled(self.action),
            subject: filled(self.subject),
            from,
            to,
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

/// Who, what, to what, and when: all in the URL.
#[component]
pub fn Filters(narrowed: Narrowed) -> impl IntoView {
    view! {
        <div class="flex flex-wrap items-end gap-3" role="group" aria-label="Filters">
            <div class="w-52">
                <SearchInput value=narrowed.actor label="Who" placeholder="Who: ada@example.org" />
            </div>
            <div class="w-52">
                <SearchInput value=narrowed.action label="What" placeholder="What: source.created" />
            </div>
            <div class="w-52">
                <SearchInput value=narrowed.subject label="To what" placeholder="To what: shop-db" />
            </div>
            <DayFields days=narrowed.days />
        </div>
    }
}
