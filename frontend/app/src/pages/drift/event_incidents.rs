use client::{IncidentFilter, Query};
use leptos::prelude::*;
use types::DriftId;
use types::incident::IncidentSummary;
use types::permission::Permission;

use crate::fetch::Fetched;
use crate::pages::incidents::StateBadge;
use crate::workspace::use_workspace;

/// As many as are shown; the rest is a link away.
const SHOWN: u32 = 5;

/// The incidents that an event opened, each with where it stands. Nothing while there are none to see.
#[component]
pub fn EventIncidents(id: DriftId) -> impl IntoView {
    let workspace = use_workspace();
    move || workspace.may(Permission::IncidentRead).then(|| view! { <List id=id /> })
}

#[component]
fn List(id: DriftId) -> impl IntoView {
    let workspace = use_workspace();
    let opened = Fetched::new(
        move || id,
        |api, id| async move {
            let filter = IncidentFilter {
                drift: Some(id.to_string()),
                limit: Some(SHOWN),
                ..IncidentFilter::default()
            };
            api.incidents(&filter).await
        },
    );
    let link = move |incident: IncidentSummary| {
        let query = Query::new().with("state", Some("any")).with("incident", Some(incident.id));
        view! {
            <li class="flex min-w-0 items-center gap-2">
                <StateBadge state=incident.state />
                <a
                    class="min-w-0 truncate text-accent-text hover:underline"
                    title=incident.title.clone()
                    href=workspace.href_with("/dashboard/incidents", query)
                >
                    {incident.title.clone()}
                </a>
            </li>
        }
    };
    let rest = move || {
        let query = Query::new().with("state", Some("any")).with("drift", Some(id));
        view! {
            <li>
                <a
                    class="text-accent-text hover:underline"
                    href=workspace.href_with("/dashboard/incidents", query)
                >
                    "All its incidents"
                </a>
            </li>
        }
    };
    move || {
        let page = opened.get().filter(|page| !page.items.is_empty())?;
        let more = page.next_cursor.is_some();
        Some(view! {
            <section class="mt-3 flex items-start gap-1.5 text-table" aria-label="Incidents of this event">
                <span class="mt-0.5 text-label text-text-3">"Incidents"</span>
                <ul class="min-w-0 flex-1 space-y-1">
                    {page.items.into_iter().map(link).collect_view()} {more.then(rest)}
                </ul>
            </section>
        })
    }
}
