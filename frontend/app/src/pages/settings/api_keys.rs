use leptos::prelude::*;
use types::Timestamp;
use types::organization::{ApiKey, CreateApiKey};
use types::permission::Role;
use ui::{
    Button, ButtonVariant, Card, Cell, ControlSize, CopyButton, EmptyState, Field, Glyph, HeaderCell, Input,
    RelativeTime, Row, Select, SkeletonRows, Table, use_toasts,
};

use super::members::roles;
use crate::fetch::Fetched;
use crate::page::Loaded;
use crate::submit::{FormFailure, Submit};
use crate::words::role;
use crate::workspace::use_workspace;

/// Keys for programs: making, listing, revoking.
#[component]
pub fn ApiKeys() -> impl IntoView {
    let workspace = use_workspace();
    let submit = Submit::new();
    let name = RwSignal::new(String::new());
    let chosen = RwSignal::new(Role::Member.as_str().to_owned());
    let expires = RwSignal::new(String::new());
    let made = RwSignal::new(None::<ApiKey>);
    let keys = Fetched::new(|| (), |api, ()| async move { api.api_keys().await });
    let create = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let Some(role) = Role::parse(&chosen.get_untracked()) else {
            return;
        };
        let api = workspace.api();
        let body = CreateApiKey {
            name: name.get_untracked(),
            role,
            expires_at: Timestamp::parse(&format!("{}T23:59:59Z", expires.get_untracked())),
        };
        submit.send(async move { api.create_api_key(&body).await }, move |key| {
            let _ = name.try_set(String::new());
            let _ = made.try_set(Some(key));
            keys.reload();
        });
    };
    let secret = move || {
        let key = made.get()?.key?;
        Some(view! {
            <div role="status" class="rounded-control border border-border bg-bg px-4 py-3">
                <p class="text-table">"Copy the key now. It is not shown again."</p>
                <p class="mt-2 flex items-center gap-1 font-mono text-table break-all">
                    <span data-api-key>{key.clone()}</span>
                    <CopyButton text=key what="API key" />
                </p>
            </div>
        })
    };
    view! {
        <Card title="New API key" description="For programs and CI. It acts with its own role, and the audit log names it.">
            <form class="flex flex-wrap items-end gap-3" on:submit=create>
                <div class="min-w-48 flex-1">
                    <Field label="Name" error=submit.field("/name")>
                        <Input value=name required=true />
                    </Field>
                </div>
                <div class="w-36">
                    <Field label="Role" error=submit.field("/role")>
                        <Select value=chosen options=roles() />
                    </Field>
                </div>
                <div class="w-44">
                    <Field label="Expires" optional=true error=submit.field("/expires_at")>
                        <Input value=expires kind="date" />
                    </Field>
                </div>
                <Button variant=ButtonVariant::Primary submit=true loading=submit.busy>
                    "Make API key"
                </Button>
            </form>
            <div class="mt-3 space-y-3">
                <FormFailure submit=submit pointers=&["/name", "/role", "/expires_at"] />
                {secret}
            </div>
        </Card>
        <Card title="API keys" flush=true>
            <Loaded from=keys skeleton=|| view! { <SkeletonRows rows=3 what="API keys" /> } let:list>
                <KeyTable keys=list on_revoked=move || keys.reload() />
            </Loaded>
        </Card>
    }
}

#[component]
fn KeyTable(keys: Signal<Vec<ApiKey>>, #[prop(into)] on_revoked: Callback<()>) -> impl IntoView {
    let head = || {
        view! {
            <HeaderCell>"Name"</HeaderCell>
            <HeaderCell>"Key"</HeaderCell>
            <HeaderCell>"Role"</HeaderCell>
            <HeaderCell>"Last used"</HeaderCell>
            <HeaderCell>"Expires"</HeaderCell>
            <HeaderCell>
                <span class="sr-only">"Actions"</span>
            </HeaderCell>
        }
    };
    let empty = Memo::new(move |_| keys.with(Vec::is_empty));
    let when = |at: Option<Timestamp>| match at {
        Some(at) => view! { <RelativeTime at=at /> }.into_any(),
        None => view! { "never" }.into_any(),
    };
    view! {
        <Show
            when=move || !empty.get()
            fallback=|| {
                view! {
                    <EmptyState icon=Glyph::Key title="No API key yet" text="Programs sign in with a key instead of a password." />
                }
            }
        >
            <Table caption="API keys" head=head class="border-t border-border">
                <For
                    each=move || keys.get()
                    key=|key| (key.id, key.last_used_at)
                    children=move |key| {
                        let (name, prefix) = (key.name.clone(), format!("{}…", key.prefix));
                        let (given, used, until) = (key.role, key.last_used_at, key.expires_at);
                        view! {
                            <Row>
                                <Cell class="font-medium">{name}</Cell>
                                <Cell mono=true>{prefix}</Cell>
                                <Cell>{role(given)}</Cell>
                                <Cell>{when(used)}</Cell>
                                <Cell>{when(until)}</Cell>
                                <Cell numeric=true>
                                    <Revoke key=key on_revoked=on_revoked />
                                </Cell>
                            </Row>
                        }
                    }
                />
            </Table>
        </Show>
    }
}

#[component]
fn Revoke(key: ApiKey, on_revoked: Callback<()>) -> impl IntoView {
    let workspace = use_workspace();
    let toasts = use_toasts();
    let submit = Submit::new();
    let id = key.id;
    let revoke = move || {
        let api = workspace.api();
        submit.send_or(
            async move { api.revoke_api_key(id).await },
            move |()| {
                toasts.success("API key revoked.");
                on_revoked.run(());
            },
            move |failure| toasts.error(failure.to_string()),
        );
    };
    view! {
        <Button size=ControlSize::Small loading=submit.busy on_click=revoke>
            "Revoke"
        </Button>
    }
}
