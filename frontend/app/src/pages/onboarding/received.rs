use client::Query;
use leptos::prelude::*;
use leptos::task::spawn_local;
use types::organization::{JoinOrganization, ReceivedInvitation};
use ui::{Button, ButtonVariant, Card, ControlSize, RelativeTime, use_toasts};

use super::Onboarding;
use crate::address::page_address;
use crate::submit::Submit;
use crate::words::role;
use crate::workspace::use_go;

/// The invitations that await the person's address, once it is confirmed.
#[component]
pub fn ReceivedInvitations() -> impl IntoView {
    let onboarding: Onboarding = expect_context();
    let toasts = use_toasts();
    let received = RwSignal::new(Vec::new());
    let api = onboarding.session.api();
    spawn_local(async move {
        match api.received_invitations().await {
            Ok(answer) => {
                let _ = received.try_set(answer.items);
            }
            Err(failure) => toasts.failure(failure.to_string(), failure.request_id()),
        }
    });
    view! {
        <Show when=move || received.with(|received| !received.is_empty())>
            <div class="mb-4">
                <Card
                    title="You are invited"
                    description="Joining takes you there at once."
                    flush=true
                >
                    <ul class="divide-y divide-border border-t border-border">
                        <For
                            each=move || received.get()
                            key=|invitation| invitation.id
                            children=|invitation| view! { <Received invitation=invitation /> }
                        />
                    </ul>
                </Card>
            </div>
        </Show>
    }
}

#[component]
fn Received(invitation: ReceivedInvitation) -> impl IntoView {
    let onboarding: Onboarding = expect_context();
    let session = onboarding.session;
    let toasts = use_toasts();
    let go = use_go();
    let submit = Submit::new();
    let id = invitation.id;
    let join = move || {
        let (api, go) = (session.api(), go.clone());
        let body = JoinOrganization { invitation_id: Some(id), ..JoinOrganization::default() };
        submit.send_or(
            async move {
                let answer = api.join_organization(&body).await?;
                session.refresh().await;
                Ok(answer)
            },
            move |answer| {
                if let Some(joined) = answer.organization {
                    crate::invitation::forget();
                    go(&page_address("/dashboard", Some(&joined.slug), None, Query::new()), false);
                }
            },
            move |failure| toasts.failure(failure.to_string(), failure.request_id()),
        );
    };
    view! {
        <li class="flex flex-wrap items-center gap-3 px-5 py-3">
            <div class="min-w-0 flex-1">
                <p class="truncate font-medium">{invitation.organization.clone()}</p>
                <p class="text-table text-text-3">
                    {role(invitation.role)} ", expires " <RelativeTime at=invitation.expires_at />
                </p>
            </div>
            <Button variant=ButtonVariant::Primary size=ControlSize::Small loading=submit.busy on_click=join>
                {format!("Join {}", invitation.organization)}
            </Button>
        </li>
    }
}
