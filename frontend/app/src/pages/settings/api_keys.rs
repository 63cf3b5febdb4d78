mod limits;
mod row;

use leptos::prelude::*;
use types::Timestamp;
use types::api_key::{ApiKey, CreateApiKey};
use types::permission::Role;
use ui::{
    Button, ButtonVariant, Card, CopyButton, EmptyState, Field, Glyph, HeaderCell, Input, Select,
    SkeletonRows, Table,
};

use self::limits::{LimitFields, Limits};
use self::row::KeyRow;
use super::members::roles;
use crate::fetch::Fetched;
use crate::page::Loaded;
use crate::submit::{FormFailure, Submit};
use crate::workspace::use_workspace;

/// The fields of the form that say themselves what is wrong with them.
const FIELDS: &[&str] =
    &["/name", "/role", "/expires_at", "/limits/permissions", "/limits/sources", "/limits/addresses"];

/// Keys for programs: making, listing, rotating, revoking.
#[component]
pub fn ApiKeys() -> impl IntoView {
    let workspace = use_workspace();
    let submit = Submit::new();
    let name = RwSignal::new(String::new());
    let chosen = RwSignal::new(Role::Member.as_str().to_owned());
    let expires = RwSignal::new(String::new());
    let limits = Limits::new();
    let chosen_role = Signal::derive(move || Role::parse(&chosen.get()));
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
            limits: limits.chosen(),
        };
        submit.send(async move { api.create_api_key(&body).await }, move |key| {
            let _ = name.try_set(String::new());
            limits.clear();
            let _ = made.try_set(Some(key));
            keys.reload();
        });
    };
    let changed = move |new: Option<ApiKey>| {
        if new.is_some() {
            let _ = made.try_set(new);
        }
        keys.reload();
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
            <form on:submit=create>
                <div class="flex flex-wrap items-end gap-3">
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
                </div>
                <LimitFields limits=limits role=chosen_role submit=submit />
                <div class="mt-4">
                    <Button variant=ButtonVariant::Primary submit=true loading=submit.busy>
                        "Make API key"
                    </Button>
                </div>
            </form>
            <div class="mt-3 space-y-3">
                <FormFailure submit=submit pointers=FIELDS />
                {secret}
            </div>
        </Card>
        <Card title="API keys" flush=true>
            <Loaded from=keys skeleton=|| view! { <SkeletonRows rows=3 what="API keys" /> } let:list>
                <KeyTable keys=list on_changed=changed />
            </Loaded>
        </Card>
    }
}

#[component]
fn KeyTable(keys: Signal<Vec<ApiKey>>, #[prop(into)] on_changed: Callback<Option<ApiKey>>) -> impl IntoView {
    let head = || {
        view! {
            <HeaderCell>"Name"</HeaderCell>
            <HeaderCell>"Key"</HeaderCell>
            <HeaderCell>"Role"</HeaderCell>
            <HeaderCell>"Limits"</HeaderCell>
            <HeaderCell>"Last used"</HeaderCell>
            <HeaderCell>"Expires"</HeaderCell>
            <HeaderCell>
                <span class="sr-only">"Actions"</span>
            </HeaderCell>
        }
    };
    let empty = Memo::new(move |_| keys.with(Vec::is_empty));
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
                    key=|key| (key.id, key.last_used_at, key.expires_at)
                    children=move |key| view! { <KeyRow key=key on_changed=on_changed /> }
                />
            </Table>
        </Show>
    }
}
