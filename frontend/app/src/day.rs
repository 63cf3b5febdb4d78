//! Days as the URL and date fields write them: `2026-11-01`, in UTC.

use leptos::prelude::*;
use types::Timestamp;
use ui::{Field, Input};

use crate::address::query_text;

pub(crate) const DAY_MILLIS: i64 = 86_400_000;

/// The first moment of a day, in RFC 3339; nothing for what is no day.
pub(crate) fn day_start(day: &str) -> Option<String> {
    Timestamp::parse(&format!("{day}T00:00:00Z")).map(|at| at.to_string())
}

/// The last moment of a day.
pub(crate) fn day_end(day: &str) -> Option<String> {
    let start = Timestamp::parse(&format!("{day}T00:00:00Z"))?;
    Timestamp::from_millis(start.millis() + DAY_MILLIS - 1).map(|at| at.to_string())
}

/// The day of a moment.
pub(crate) fn day_of(at: Timestamp) -> String {
    at.to_string().chars().take(10).collect()
}

/// From one day to another, as `from` and `to` stand in the URL; empty where there is no bound.
#[derive(Clone, Copy)]
pub(crate) struct Days {
    from: RwSignal<String>,
    to: RwSignal<String>,
}

impl Days {
    /// What the URL says.
    pub(crate) fn of_url() -> Self {
        Self { from: query_text("from"), to: query_text("to") }
    }

    /// The two days as they were typed.
    pub(crate) fn parts(self) -> [RwSignal<String>; 2] {
        [self.from, self.to]
    }

    /// The first moment and the last, in RFC 3339; tracked.
    pub(crate) fn bounds(self) -> (Option<String>, Option<String>) {
        (day_start(&self.from.get()), day_end(&self.to.get()))
    }
}

/// Chooses the days.
#[component]
pub fn DayFields(days: Days) -> impl IntoView {
    let [from, to] = days.parts();
    view! {
        <div class="w-40">
            <Field label="From">
                <Input value=from kind="date" />
            </Field>
        </div>
        <div class="w-40">
            <Field label="To">
                <Input value=to kind="date" />
            </Field>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_ends_with_its_last_moment() {
        assert_eq!(day_start("2026-11-01").as_deref(), Some("2026-11-01T00:00:00.000Z"));
        assert_eq!(day_end("2026-11-01").as_deref(), Some("2026-11-01T23:59:59.999Z"));
        assert_eq!(day_start(""), None);
        assert_eq!(day_of(Timestamp::parse("2026-11-01T23:59:59Z").unwrap()), "2026-11-01");
    }
}
