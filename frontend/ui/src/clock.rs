use leptos::prelude::*;
use types::Timestamp;

use crate::format;

/// The browser's clock, in milliseconds since 1970.
#[must_use]
pub fn now_millis() -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "a date's milliseconds fit by far")]
    let millis = js_sys::Date::now() as i64;
    millis
}

#[derive(Clone, Copy)]
struct Clock(RwSignal<i64>);

/// Starts the one clock that every relative time follows; call once, at the root.
pub fn provide_clock() {
    let clock = Clock(RwSignal::new(now_millis()));
    provide_context(clock);
    let interval = set_interval_with_handle(
        move || {
            let _ = clock.0.try_set(now_millis());
        },
        std::time::Duration::from_secs(30),
    );
    if let Ok(handle) = interval {
        on_cleanup(move || handle.clear());
    }
}

/// Now, in milliseconds since 1970, renewed every 30 seconds.
#[must_use]
pub fn use_now() -> Signal<i64> {
    match use_context::<Clock>() {
        Some(clock) => clock.0.into(),
        None => Signal::stored(now_millis()),
    }
}

/// A point in time: relative up to seven days, the exact time on hover.
#[component]
pub fn RelativeTime(#[prop(into)] at: Signal<Timestamp>) -> impl IntoView {
    let now = use_now();
    view! {
        <time
            class="whitespace-nowrap"
            datetime=move || at.get().to_string()
            title=move || format::date_time(at.get().millis())
        >
            {move || format::relative(at.get().millis(), now.get())}
        </time>
    }
}
