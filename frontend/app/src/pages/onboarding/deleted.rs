use client::Query;
use leptos::prelude::*;
use types::session::DeletedOrganization;
use ui::{Button, Card, ControlSize, use_toasts};

use super::Onboarding;
use crate::address::page_address;
use crate::submit::Submit;
use crate::words::purged_when;
use crate::workspace::use_go;

/// What the person's organizations were that they may still bring back.
#[component]
pub fn DeletedOrganizations() -> impl IntoView {
    let onboarding: Onboarding = expect_context();
    let session = onboarding.session;
    let deleted = Memo::new(move |_| session.me().map(|me| me.deleted_organizations).unwrap_or_default());
    view! {
        <Show when=move || deleted.with(|deleted| !deleted.is_empty())>
            <div class="mt-4">
                <Card
                    title="Deleted organizations"
                    description="Nobody reaches them. A restored one is as it was, for all its members."
                    flush=true
                >
                    <ul class="divide-y divide-border border-t border-border">
                        <For
                            each=move || deleted.get()
                            key=|organization| organization.org_id
                            children=|organization| view! { <Deleted organization=organization /> }
                        />
                    </ul>
                </Card>
            </div>
        </Show>
    }
}

#[component]
fn Deleted(organization: DeletedOrganization) -> impl IntoView {
    let onboarding: Onboarding = expect_context();
    let session = onboarding.session;
    let toasts = use_toasts();
    let go = use_go();
    let submit = Submit::new();
    let (id, name) = (organization.org_id, organization.name.clone());
    let restore = move || {
        let (api, go, name) = (session.api(), go.clone(), name.clone());
        submit.send_or(
            async move {
                let restored = api.restore_organization(id).await?;
                session.refresh().await;
                Ok(restored)
            },
            move |restored| {
                toasts.success(format!("{name} is restored."));
                go(&page_address("/dashboard", Some(&restored.slug), None, Query::new()), false);
            },
            move |failure| toasts.failure(failure.to_string(), failure.request_id()),
        );
    };
    view! {
        <li class="flex flex-wrap items-center gap-3 px-5 py-3">
            <div class="min-w-0 flex-1">
                <p class="truncate font-medium">{organization.name.clone()}</p>
                <p class="text-table text-text-3">{purged_when(organization.purge_at)}</p>
            </div>
            <Button size=ControlSize::Small loading=submit.busy on_click=restore>
                {format!("Restore {}", organization.name)}
            </Button>
        </li>
    }
}
