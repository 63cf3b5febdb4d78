use leptos::prelude::*;
use ui::{Dialog, SkeletonRows};

use crate::fetch::Fetched;
use crate::page::Loaded;
use crate::pages::drift::ChangeList;
use crate::part::Differences;
use crate::words::counts;
use crate::workspace::use_workspace;

/// What differs between two versions.
#[component]
pub fn CompareDialog(open: RwSignal<bool>, pair: Signal<Option<(u32, u32)>>) -> impl IntoView {
    let title = Signal::derive(move || {
        pair.get().map_or_else(
            || "Compare versions".to_owned(),
            |(from, to)| format!("Version {from} compared with version {to}"),
        )
    });
    view! {
        <Dialog open=open title=title wide=true>
            {move || pair.get().map(|(from, to)| view! { <Differences from=from to=to /> })}
        </Dialog>
    }
}

/// The differences, once the dialog is open.
#[component]
pub fn DifferencesView(from: u32, to: u32) -> impl IntoView {
    let workspace = use_workspace();
    let comparison = Fetched::new(
        move || workspace.one_source(),
        move |api, source| async move { api.compare(source.as_deref(), from, to).await },
    );
    view! {
        <Loaded from=comparison skeleton=|| view! { <SkeletonRows what="the differences" /> } let:comparison>
            {move || {
                let comparison = comparison.get();
                view! {
                    <p class="mb-1 font-medium">{comparison.sentence}</p>
                    <p class="mb-4 text-table text-text-2">{counts(&comparison.summary)}</p>
                    <ChangeList changes=comparison.changes nothing="The two versions are the same." />
                }
            }}
        </Loaded>
    }
}
