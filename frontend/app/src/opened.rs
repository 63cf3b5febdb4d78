//! Panels and dialogs that are open as long as something is chosen for them.

use leptos::prelude::*;

/// Open while `is_chosen` says so of what is chosen; closing it lets go of that. What is chosen may stand in the URL.
pub(crate) fn open_while<T>(chosen: RwSignal<T>, is_chosen: fn(&T) -> bool) -> RwSignal<bool>
where
    T: Default + Send + Sync + 'static,
{
    let open = RwSignal::new(chosen.with_untracked(is_chosen));
    Effect::new(move |_| {
        let wanted = chosen.with(is_chosen);
        if open.get_untracked() != wanted {
            open.set(wanted);
        }
    });
    Effect::new(move |_| {
        if !open.get() && chosen.with_untracked(is_chosen) {
            chosen.set(T::default());
        }
    });
    open
}
