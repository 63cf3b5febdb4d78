//! What was decided beforehand: which changes raise no alarm, or another one.

mod announce;
mod editor;
mod effect;
mod rules;
mod versions;

use leptos::prelude::*;
use types::permission::Permission;
use types::policy::PolicyDocument;
use ui::{Card, RelativeTime, Select, SelectOption, SkeletonRows};

use crate::address::query_text;
use crate::fetch::Fetched;
use crate::page::Loaded;
use crate::workspace::use_workspace;
use announce::Announce;
use editor::Editor;
use rules::Decided;
use versions::Versions;

/// Whose policy is shown: a source's name, or nothing for the organization's.
fn source(of: &str) -> Option<&str> {
    Some(of).filter(|name| !name.is_empty())
}

/// The policy of the organization, or of the source that the URL names.
#[component]
pub fn PolicyView(ready: RwSignal<bool>) -> impl IntoView {
    let workspace = use_workspace();
    let of = query_text("of");
    let document =
        Fetched::new(move || of.get(), |api, of| async move { api.drift_policy(source(&of)).await });
    Effect::new(move |_| ready.set(document.is_there()));
    let options = Signal::derive(move || {
        let mut options = vec![SelectOption::new("", "All sources")];
        let sources = workspace.all_sources();
        options.extend(sources.into_iter().map(|source| SelectOption::new(source.name.clone(), source.name)));
        options
    });
    let explained = move || {
        if of.with(String::is_empty) {
            "Holds for every source of this organization."
        } else {
            "Comes after the policy of all sources, and has the last word on its rules."
        }
    };
    let may = Signal::derive(move || workspace.may(Permission::DriftHandle));
    // A version that is to be looked at in the editor.
    let draft = RwSignal::new(None::<String>);
    let saved = move || document.reload();
    view! {
        <div class="mb-4 flex flex-wrap items-center gap-3">
            <div class="w-60">
                <Select value=of options=options label="Policy of" />
            </div>
            <p class="text-table text-text-2">{explained}</p>
        </div>
        <Loaded
            from=document
            skeleton=waiting
            let:document
        >
            <div class="space-y-4">
                <Decided document=document />
                <Show when=move || may.get() fallback=|| view! { <ReadOnly /> }>
                    <Announce of=of on_announced=saved />
                    <Editor of=of document=document draft=draft on_saved=saved />
                </Show>
                <Versions of=of document=document draft=draft />
            </div>
        </Loaded>
    }
}

/// The same geometry.
pub(crate) fn waiting() -> impl IntoView {
    view! {
        <div class="rounded-xl border border-border bg-surface">
            <SkeletonRows what="the policy" />
        </div>
    }
}

/// `Version 3, by Ada, 2 hours ago: why`.
#[component]
fn Author(document: Signal<PolicyDocument>) -> impl IntoView {
    move || {
        let document = document.get();
        document.author.zip(document.at).map(|(author, at)| {
            view! {
                <p class="text-table text-text-2">
                    {format!("Version {}, by {author}, ", document.version)}
                    <RelativeTime at=at />
                    {document.reason.map(|reason| format!(": {reason}"))}
                </p>
            }
        })
    }
}

#[component]
fn ReadOnly() -> impl IntoView {
    view! {
        <Card>
            <p class="text-table text-text-2">
                "Your role may read the policy but not change it; an administrator can grant it."
            </p>
        </Card>
    }
}
