use leptos::prelude::*;
use types::connection::Transport;
use types::source::{CreateSource, PatchSource, Schedule, Source};
use ui::{Button, ButtonVariant, Dialog, Field, Input, Select, SelectOption, use_toasts};

use super::sources::Editing;
use super::{changed, typed};
use crate::opened::open_while;
use crate::outdated::{AsRead, ChangedMeanwhile};
use crate::submit::{FormFailure, Submit};
use crate::workspace::use_workspace;

const POINTERS: &[&str] = &["/name", "/transport", "/url", "/token", "/agent_source", "/tool_prefix"];

/// Adding a source, or changing one.
#[component]
pub fn SourceDialog(editing: RwSignal<Option<Editing>>) -> impl IntoView {
    let open = open_while(editing, Option::is_some);
    let title = Signal::derive(move || match editing.get() {
        Some(Editing::One(source)) => format!("Edit {}", source.name),
        Some(Editing::New) | None => "Add source".to_owned(),
    });
    view! {
        <Dialog open=open title=title>
            {move || {
                let source = match editing.get_untracked() {
                    Some(Editing::One(source)) => Some(*source),
                    Some(Editing::New) | None => None,
                };
                view! { <SourceForm source=source on_done=move || open.set(false) /> }
            }}
        </Dialog>
    }
}

#[component]
fn SourceForm(source: Option<Source>, #[prop(into)] on_done: Callback<()>) -> impl IntoView {
    let workspace = use_workspace();
    let toasts = use_toasts();
    let submit = Submit::new();
    let text = |value: Option<String>| RwSignal::new(value.unwrap_or_default());
    let name = text(source.as_ref().map(|source| source.name.clone()));
    let url = text(source.as_ref().and_then(|source| source.url.clone()));
    let agent_source = text(source.as_ref().map(|source| source.agent_source.clone()));
    let tool_prefix = text(source.as_ref().and_then(|source| source.tool_prefix.clone()));
    let token = text(None);
    let transport =
        text(Some(source.as_ref().map_or(Transport::Direct, |source| source.transport).as_str().to_owned()));
    let direct = Memo::new(move |_| transport.get() == Transport::Direct.as_str());
    let is_new = source.is_none();
    let as_read = AsRead::new(source.clone());
    let token_hint = match source.as_ref().map(|source| &source.token) {
        Some(token) if token.set => "Kept encrypted. Leave empty to keep it.",
        _ => "The token that bastion-mcp was started with",
    };
    let done = move |words: &'static str| {
        toasts.success(words);
        workspace.refresh();
        on_done.run(());
    };
    let send = move || {
        let api = workspace.api();
        match as_read.get() {
            Some(source) => {
                let body = PatchSource {
                    name: changed(name, Some(&source.name)),
                    url: changed(url, source.url.as_deref()),
                    token: typed(token),
                    agent_source: changed(agent_source, Some(&source.agent_source)),
                    tool_prefix: changed(tool_prefix, source.tool_prefix.as_deref()),
                };
                let saved = Some(source.clone());
                submit.send(async move { api.patch_source(&source, &body).await }, move |change| {
                    if as_read.settle(change.map(Some), saved) {
                        done("Source saved.");
                    }
                });
            }
            None => {
                let body = CreateSource {
                    name: name.get_untracked().trim().to_owned(),
                    transport: if direct.get_untracked() { Transport::Direct } else { Transport::Gateway },
                    url: typed(url).filter(|_| direct.get_untracked()),
                    token: typed(token).filter(|_| direct.get_untracked()),
                    agent_source: typed(agent_source),
                    tool_prefix: typed(tool_prefix),
                    schedule: Schedule::default(),
                };
                submit.send(async move { api.create_source(&body).await }, move |_| done("Source added."));
            }
        }
    };
    let save = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        send();
    };
    let mine = move || {
        as_read.accept();
        send();
    };
    let theirs = move || {
        if let Some(now) = as_read.accept().flatten() {
            name.set(now.name);
            url.set(now.url.unwrap_or_default());
            agent_source.set(now.agent_source);
            tool_prefix.set(now.tool_prefix.unwrap_or_default());
            token.set(String::new());
        }
    };
    let now = Signal::derive(move || {
        let now = as_read.theirs().flatten()?;
        let end = now.token.last4.map(|end| format!("ends with {end}"));
        Some(vec![
            ("Name", now.name),
            ("URL", now.url.unwrap_or_default()),
            ("Token", end.unwrap_or_default()),
            ("The agent's name for it", now.agent_source),
            ("Tool prefix", now.tool_prefix.unwrap_or_default()),
        ])
    });
    let ways = vec![
        SelectOption::new(Transport::Direct.as_str(), "Directly to a bastion-mcp"),
        SelectOption::new(Transport::Gateway.as_str(), "Through the Archestra gateway"),
    ];
    view! {
        <form class="space-y-4" on:submit=save>
            <Field label="Name" hint="a–z, 0–9, - and _" error=submit.field("/name")>
                <Input value=name required=true mono=true placeholder="shop-db" />
            </Field>
            <Field label="Way" error=submit.field("/transport")>
                <Select value=transport options=ways disabled=!is_new />
            </Field>
            <Show when=move || direct.get()>
                <Field label="bastion-mcp URL" error=submit.field("/url")>
                    <Input value=url kind="url" mono=true placeholder="https://agent.example.com:7800/mcp" />
                </Field>
                <Field label="Token" hint=token_hint error=submit.field("/token")>
                    <Input value=token kind="password" autocomplete="off" mono=true />
                </Field>
            </Show>
            <Field
                label="The agent's name for the database"
                hint="Needed when one bastion-mcp has several"
                optional=true
                error=submit.field("/agent_source")
            >
                <Input value=agent_source mono=true />
            </Field>
            <Show when=move || !direct.get()>
                <Field
                    label="Tool prefix"
                    hint="Found by itself when left empty"
                    optional=true
                    error=submit.field("/tool_prefix")
                >
                    <Input value=tool_prefix mono=true />
                </Field>
            </Show>
            <FormFailure submit=submit pointers=POINTERS />
            <ChangedMeanwhile now=now on_mine=mine on_theirs=theirs />
            <div class="flex justify-end gap-2">
                <Button on_click=move || on_done.run(())>"Cancel"</Button>
                <Button variant=ButtonVariant::Primary submit=true loading=submit.busy>
                    {if is_new { "Add source" } else { "Save source" }}
                </Button>
            </div>
        </form>
    }
}
