use leptos::html;
use leptos::prelude::*;
use types::policy::{PolicyDocument, PolicyPreview, SetPolicy};
use types::problem::Code;
use ui::{Button, ButtonVariant, Card, Field, Glyph, Input, use_toasts};

use super::effect::Effect as PolicyEffect;
use super::source;
use crate::submit::{FormFailure, Submit};
use crate::workspace::use_workspace;
use crate::yaml::{self, Fault, YamlText};

/// The policy's YAML, its effect on what was found, and saving it.
#[component]
pub fn Editor(
    of: RwSignal<String>,
    document: Signal<PolicyDocument>,
    draft: RwSignal<Option<String>>,
    #[prop(into)] on_saved: Callback<()>,
) -> impl IntoView {
    let workspace = use_workspace();
    let toasts = use_toasts();
    let (saving, trying) = (Submit::new(), Submit::new());
    let text = RwSignal::new(document.with_untracked(|document| document.text.clone()));
    // What the text was made of: who saves says so, and hears when there is something newer.
    let base = RwSignal::new(document.get_untracked());
    let reason = RwSignal::new(String::new());
    let preview = RwSignal::new(None::<PolicyPreview>);
    let take = move |newest: PolicyDocument| {
        text.set(newest.text.clone());
        base.set(newest);
        preview.set(None);
        for submit in [saving, trying] {
            submit.failure.set(None);
        }
    };
    let touched = Memo::new(move |_| base.with(|base| text.with(|text| *text != base.text)));
    Effect::new(move |_| {
        let newest = document.get();
        let other = base.with_untracked(|base| base.source != newest.source);
        if other || !touched.get_untracked() {
            take(newest);
        }
    });
    let node = NodeRef::<html::Textarea>::new();
    Effect::new(move |_| {
        if let Some(wanted) = draft.get() {
            draft.set(None);
            text.set(wanted);
            preview.set(None);
            yaml::show(node, None);
        }
    });
    let fault = Fault::of(&[saving, trying]);
    let try_out = move || {
        saving.failure.set(None);
        let (api, of, text) = (workspace.api(), of.get_untracked(), text.get_untracked());
        trying.send(async move { api.preview_drift_policy(source(&of), text).await }, move |found| {
            let _ = preview.try_set(Some(found));
        });
    };
    let save = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        trying.failure.set(None);
        let why = reason.get_untracked().trim().to_owned();
        let body = SetPolicy {
            version: base.with_untracked(|base| base.version),
            text: Some(text.get_untracked()),
            policy: None,
            reason: (!why.is_empty()).then_some(why),
        };
        let (api, of) = (workspace.api(), of.get_untracked());
        saving.send(async move { api.set_drift_policy(source(&of), &body).await }, move |saved| {
            toasts.success(format!("Policy saved as version {}.", saved.version));
            let _ = reason.try_set(String::new());
            take(saved);
            on_saved.run(());
        });
    };
    let outdated = Signal::derive(move || {
        document.with(|document| base.with(|base| base.version != document.version))
            || saving
                .failure
                .with(|failure| failure.as_ref().is_some_and(|failure| failure.is(Code::Conflict)))
    });
    view! {
        <Card title="Policy as YAML" description="The same file works with `bastion diff --policy`. Its comments are kept.">
            <form on:submit=save>
                <YamlText node=node text=text fault=fault label="Policy as YAML" />
                <div class="mt-3 flex flex-wrap items-end gap-3">
                    <div class="min-w-60 flex-1">
                        <Field label="Why" optional=true error=saving.field("/reason")>
                            <Input value=reason placeholder="Agreed with the data team on Monday" />
                        </Field>
                    </div>
                    <Button icon=Glyph::Eye loading=trying.busy on_click=try_out>
                        "Preview effect"
                    </Button>
                    <Button
                        disabled=Signal::derive(move || !touched.get() && !outdated.get())
                        on_click=move || take(document.get_untracked())
                    >
                        {move || if outdated.get() { "Take the newest version" } else { "Discard changes" }}
                    </Button>
                    <Button
                        variant=ButtonVariant::Primary
                        submit=true
                        loading=saving.busy
                        disabled=Signal::derive(move || !touched.get())
                    >
                        "Save policy"
                    </Button>
                </div>
                <div class="mt-3 space-y-3">
                    {move || {
                        fault
                            .get()
                            .is_none()
                            .then(|| {
                                view! {
                                    <FormFailure submit=saving pointers=&["/reason"] />
                                    <FormFailure submit=trying pointers=&[] />
                                }
                            })
                    }}
                </div>
                {move || preview.get().map(|preview| view! { <PolicyEffect preview=preview /> })}
            </form>
        </Card>
    }
}
