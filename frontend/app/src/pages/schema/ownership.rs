use leptos::prelude::*;
use types::schema::ObjectDetail;
use ui::{Button, ButtonVariant, Field, Input, use_toasts};

use crate::outdated::{AsRead, ChangedMeanwhile};
use crate::owners;
use crate::submit::{FormFailure, Submit};
use crate::workspace::use_workspace;

/// Who answers for the object and how it is tagged, and where each comes from.
#[component]
pub fn Inherited(detail: Signal<ObjectDetail>) -> impl IntoView {
    let line = |what: String, from: String| {
        view! {
            <li class="flex flex-wrap items-baseline justify-between gap-x-3">
                <span class="font-medium break-all">{what}</span>
                <span class="text-label break-all text-text-3">{from}</span>
            </li>
        }
    };
    let lines = move || {
        detail.with(|detail| {
            let owner = match &detail.ownership.owner {
                Some(owner) => line(format!("Owned by {}", owners::name(owner)), owners::origin(&owner.from)),
                None => line("Nobody owns it".to_owned(), String::new()),
            };
            let tags = detail.ownership.tags.iter();
            let tags = tags.map(|tag| line(tag.tag.clone(), owners::origin(&tag.from))).collect_view();
            view! {
                {owner}
                {tags}
            }
        })
    };
    view! {
        <section data-ownership>
            <h3 class="mb-1.5 text-label font-medium text-text-2">"Owner and tags"</h3>
            <ul class="space-y-1 text-table">{lines}</ul>
        </section>
    }
}

/// What is said of the object itself.
#[component]
pub fn OwnerForm(detail: Signal<ObjectDetail>, on_changed: Callback<()>) -> impl IntoView {
    let workspace = use_workspace();
    let toasts = use_toasts();
    let submit = Submit::new();
    let own = |detail: &ObjectDetail| (detail.owner.clone().unwrap_or_default(), detail.tags.clone());
    let as_read = AsRead::new(detail.with_untracked(own));
    let owner = RwSignal::new(as_read.get().0);
    let tags = RwSignal::new(as_read.get().1.join(", "));
    let send = move || {
        let (api, was) = (workspace.api(), as_read.get());
        let source = untrack(|| workspace.one_source());
        let path = detail.with_untracked(|detail| detail.object.path.clone());
        let mut named: Vec<String> = tags
            .get_untracked()
            .split(',')
            .map(|tag| tag.trim().to_owned())
            .filter(|tag| !tag.is_empty())
            .collect();
        // As they are kept.
        named.sort();
        named.dedup();
        let written = (owner.get_untracked().trim().to_owned(), named);
        let saved = written.clone();
        let asked = async move { api.own_object(source.as_deref(), &path, &written, &was).await };
        submit.send(asked, move |change| {
            if as_read.settle(change, saved) {
                toasts.success("Owner and tags saved.");
                on_changed.run(());
            }
        });
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
        if let Some((now_owner, now_tags)) = as_read.accept() {
            owner.set(now_owner);
            tags.set(now_tags.join(", "));
        }
    };
    let now = Signal::derive(move || {
        let (owner, tags) = as_read.theirs()?;
        Some(vec![("Own owner", owner), ("Own tags", tags.join(", "))])
    });
    view! {
        <form class="space-y-4" on:submit=save>
            <Field label="Own owner" hint="A member's e-mail address, or a team" optional=true error=submit.field("/owner")>
                <Input value=owner />
            </Field>
            <Field label="Own tags" hint="Separated by commas" optional=true error=submit.field("/tags")>
                <Input value=tags />
            </Field>
            <FormFailure submit=submit pointers=&["/owner", "/tags"] />
            <ChangedMeanwhile now=now on_mine=mine on_theirs=theirs />
            <Button variant=ButtonVariant::Primary submit=true loading=submit.busy>
                "Save owner and tags"
            </Button>
        </form>
    }
}
