use leptos::prelude::*;
use types::organization::{CreateInvitation, Invitation};
use types::permission::Role;
use ui::{
    Button, ButtonVariant, Card, ControlSize, CopyButton, Field, Input, RelativeTime, Select, SkeletonRows,
    use_toasts,
};

use super::members::roles;
use crate::fetch::Fetched;
use crate::invitation;
use crate::page::Loaded;
use crate::submit::{FormFailure, Submit};
use crate::words::role;
use crate::workspace::use_workspace;

/// Inviting somebody, and who was invited.
#[component]
pub fn Invitations() -> impl IntoView {
    let workspace = use_workspace();
    let submit = Submit::new();
    let email = RwSignal::new(String::new());
    let chosen = RwSignal::new(Role::Member.as_str().to_owned());
    let made = RwSignal::new(None::<Invitation>);
    let invitations = Fetched::new(|| (), |api, ()| async move { api.invitations().await });
    let invite = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let Some(role) = Role::parse(&chosen.get_untracked()) else {
            return;
        };
        let api = workspace.api();
        let body = CreateInvitation { email: email.get_untracked(), role };
        submit.send(async move { api.invite(&body).await }, move |invitation| {
            let _ = email.try_set(String::new());
            let _ = made.try_set(Some(invitation));
            invitations.reload();
        });
    };
    let link = move || {
        let invitation = made.get()?;
        let link = invitation::link(&invitation.token?);
        Some(view! {
            <div role="status" class="rounded-control border border-border bg-bg px-4 py-3">
                <p class="text-table">
                    {if invitation.mailed {
                        format!("{} is told by mail, and can also join by this link, which is shown only now.", invitation.email)
                    } else {
                        format!("{} can join by this link, which is shown only now.", invitation.email)
                    }}
                </p>
                <p class="mt-2 flex items-center gap-1 font-mono text-table break-all">
                    <span data-invitation>{link.clone()}</span>
                    <CopyButton text=link what="link" />
                </p>
            </div>
        })
    };
    view! {
        <Card title="Invitations" description="An invitation joins at once, with the role that it names.">
            <form class="flex flex-wrap items-end gap-3" on:submit=invite>
                <div class="min-w-56 flex-1">
                    <Field label="E-mail" error=submit.field("/email")>
                        <Input value=email kind="email" required=true autocomplete="off" />
                    </Field>
                </div>
                <div class="w-36">
                    <Field label="Role" error=submit.field("/role")>
                        <Select value=chosen options=roles() />
                    </Field>
                </div>
                <Button variant=ButtonVariant::Primary submit=true loading=submit.busy>
                    "Invite"
                </Button>
            </form>
            <div class="mt-3 space-y-3">
                <FormFailure submit=submit pointers=&["/email", "/role"] />
                {link}
            </div>
            <Loaded from=invitations skeleton=|| view! { <SkeletonRows rows=2 what="invitations" /> } let:list>
                <ul class="mt-3 divide-y divide-border">
                    <For
                        each=move || list.get()
                        key=|invitation| invitation.id
                        children=move |invitation| {
                            view! { <Open invitation=invitation on_revoked=move || invitations.reload() /> }
                        }
                    />
                </ul>
            </Loaded>
        </Card>
    }
}

#[component]
fn Open(invitation: Invitation, #[prop(into)] on_revoked: Callback<()>) -> impl IntoView {
    let workspace = use_workspace();
    let toasts = use_toasts();
    let submit = Submit::new();
    let id = invitation.id;
    let revoke = move || {
        let api = workspace.api();
        submit.send_or(
            async move { api.revoke_invitation(id).await },
            move |()| {
                toasts.success("Invitation revoked.");
                on_revoked.run(());
            },
            move |failure| toasts.failure(failure.to_string(), failure.request_id()),
        );
    };
    view! {
        <li class="flex flex-wrap items-center gap-3 py-2.5">
            <span class="min-w-0 flex-1 truncate">{invitation.email}</span>
            <span class="text-table text-text-2">{role(invitation.role)}</span>
            <span class="text-table text-text-3">"expires " <RelativeTime at=invitation.expires_at /></span>
            <Button size=ControlSize::Small loading=submit.busy on_click=revoke>
                "Revoke"
            </Button>
        </li>
    }
}
