use leptos::prelude::*;
use types::drift::DriftSummary;
use types::page::Page;
use ui::{Card, SkeletonRows};

use super::event_dialog::EventDialog;
use super::event_list::EventList;
use super::narrowed::{Filters, Narrowed};
use super::timeline::Timeline;
use crate::address::query_step;
use crate::fetch::{Fetched, Paged};
use crate::page::Loaded;
use crate::workspace::use_workspace;

/// The timeline of all events, and the list of those that the filters want.
#[component]
pub fn Events(
    history: Signal<Page<DriftSummary>>,
    ready: RwSignal<bool>,
    #[prop(into)] on_decided: Callback<()>,
) -> impl IntoView {
    let workspace = use_workspace();
    let narrowed = Narrowed::of_url();
    let opened = query_step("event");
    let filter = Memo::new(move |_| narrowed.filter(workspace.source.get()));
    let events = Fetched::new(move || filter.get(), |api, filter| async move { api.drift(&filter).await });
    Effect::new(move |_| ready.set(events.is_there()));
    let decided = move || {
        events.reload();
        on_decided.run(());
    };
    view! {
        <Card title="Drift timeline" description="Changes by day; click a day to see its events">
            <Timeline page=history day=narrowed.day />
        </Card>
        <Filters narrowed=narrowed />
        <Loaded
            from=events
            skeleton=|| {
                view! {
                    <div class="rounded-xl border border-border bg-surface">
                        <SkeletonRows what="drift events" />
                    </div>
                }
            }
            let:first
        >
            {
                let Paged { all, more } = Paged::new(
                    first,
                    move || filter.get(),
                    move |api, cursor| {
                        let mut filter = untrack(|| filter.get());
                        filter.cursor = Some(cursor);
                        async move { api.drift(&filter).await }
                    },
                );
                view! { <EventList page=all narrowed=narrowed opened=opened more=more /> }
            }
        </Loaded>
        <EventDialog opened=opened on_decided=decided />
    }
}
