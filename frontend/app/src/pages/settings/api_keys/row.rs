use leptos::prelude::*;
use types::Timestamp;
use types::api_key::{ApiKey, RotateApiKey};
use ui::{
    Badge, Button, ButtonVariant, Cell, ControlSize, Dialog, Field, RelativeTime, Row, Select, SelectOption,
    use_toasts,
};

use super::limits::words;
use crate::submit::{FormFailure, Submit};
use crate::words::role;
use crate::workspace::use_workspace;

/// A key, what it may do, and what can be done with it.
#[component]
pub fn KeyRow(
    key: ApiKey,
    /// With the new key when it was rotated, with nothing when it was revoked.
    on_changed: Callback<Option<ApiKey>>,
) -> impl IntoView {
    let workspace = use_workspace();
    let (name, prefix, limits) = (key.name.clone(), format!("{}…", key.prefix), key.limits.clone());
    let (given, used, until) = (key.role, key.last_used_at, key.expires_at);
    let when = |at: Option<Timestamp>| match at {
        Some(at) => view! { <RelativeTime at=at /> }.into_any(),
        None => view! { "never" }.into_any(),
    };
    let replaced =
        key.replaced_by.map(|_| view! { <Badge label="replaced" title="Another key took its place" /> });
    let rotate = key
        .replaced_by
        .is_none()
        .then(|| view! { <Rotate key=key.clone() on_rotated=move |new| on_changed.run(Some(new)) /> });
    view! {
        <Row>
            <Cell class="font-medium">
                <span class="flex flex-wrap items-center gap-2">{name} {replaced}</span>
            </Cell>
            <Cell mono=true>{prefix}</Cell>
            <Cell>{role(given)}</Cell>
            <Cell class="max-w-64 wrap-anywhere">{move || words(&limits, &workspace.all_sources())}</Cell>
            <Cell>{when(used)}</Cell>
            <Cell>{when(until)}</Cell>
            <Cell numeric=true>
                <span class="flex justify-end gap-2">
                    {rotate} <Revoke key=key on_revoked=move || on_changed.run(None) />
                </span>
            </Cell>
        </Row>
    }
}

/// How long both keys work.
fn overlaps() -> Vec<SelectOption> {
    [("24", "A day"), ("0", "Not at all"), ("1", "An hour"), ("168", "A week"), ("720", "Thirty days")]
        .map(|(hours, words)| SelectOption::new(hours, words))
        .to_vec()
}

#[component]
fn Rotate(key: ApiKey, #[prop(into)] on_rotated: Callback<ApiKey>) -> impl IntoView {
    let workspace = use_workspace();
    let toasts = use_toasts();
    let submit = Submit::new();
    let open = RwSignal::new(false);
    let overlap = RwSignal::new(RotateApiKey::usual_overlap().to_string());
    let (id, name) = (key.id, key.name);
    let rotate = move || {
        let overlap_hours = overlap.get_untracked().parse().unwrap_or_else(|_| RotateApiKey::usual_overlap());
        let api = workspace.api();
        submit.send(
            async move { api.rotate_api_key(id, RotateApiKey { overlap_hours }).await },
            move |new| {
                let _ = open.try_set(false);
                toasts.success("API key rotated. Copy the new one.");
                on_rotated.run(new);
            },
        );
    };
    let footer = move || {
        view! {
            <Button on_click=move || open.set(false)>"Cancel"</Button>
            <Button variant=ButtonVariant::Primary loading=submit.busy on_click=rotate>
                "Rotate key"
            </Button>
        }
    };
    view! {
        <Button size=ControlSize::Small on_click=move || open.set(true)>
            "Rotate"
        </Button>
        <Dialog open=open title=format!("Rotate {name}") footer=footer>
            <div class="space-y-4">
                <p class="text-text-2">
                    "A new key is made that may do the same and lasts as long. Programs change over to it while both work."
                </p>
                <Field label="The old key goes on working for" error=submit.field("/overlap_hours")>
                    <Select value=overlap options=overlaps() />
                </Field>
                <FormFailure submit=submit pointers=&["/overlap_hours"] />
            </div>
        </Dialog>
    }
}

#[component]
fn Revoke(key: ApiKey, #[prop(into)] on_revoked: Callback<()>) -> impl IntoView {
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
            move |failure| toasts.failure(failure.to_string(), failure.request_id()),
        );
    };
    view! {
        <Button size=ControlSize::Small loading=submit.busy on_click=revoke>
            "Revoke"
        </Button>
    }
}
