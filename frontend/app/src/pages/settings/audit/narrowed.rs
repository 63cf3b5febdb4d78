use client::AuditFilter;
use leptos::prelude::*;
use ui::{Field, Input, SearchInput};

use crate::address::query_text;
use crate::day::{day_end, day_start};

/// Which rows are listed, as it stands in the URL.
#[derive(Clone, Copy)]
pub(super) struct Narrowed {
    actor: RwSignal<String>,
    action: RwSignal<String>,
    subject: RwSignal<String>,
    /// Days: `2026-11-14`.
    from: RwSignal<String>,
    to: RwSignal<String>,
}

impl Narrowed {
    /// What the URL says.
    pub(super) fn of_url() -> Self {
        Self {
            actor: query_text("actor"),
            action: query_text("action"),
            subject: query_text("subject"),
            from: query_text("from"),
            to: query_text("to"),
        }
    }

    fn parts(self) -> [RwSignal<String>; 5] {
        [self.actor, self.action, self.subject, self.from, self.to]
    }

    /// What the API is asked; tracked.
    pub(super) fn filter(self) -> AuditFilter {
        let [actor, action, subject, from, to] = self.parts().map(|part| part.get());
        let filled = |part: String| Some(part).filter(|part| !part.is_empty());
        AuditFilter {
            actor: filled(actor),
            action: filled(action),
            subject: filled(subject),
            from: day_start(&from),
            to: day_end(&to),
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
            <div class="w-40">
                <Field label="From">
                    <Input value=narrowed.from kind="date" />
                </Field>
            </div>
            <div class="w-40">
                <Field label="To">
                    <Input value=narrowed.to kind="date" />
                </Field>
            </div>
        </div>
    }
}
