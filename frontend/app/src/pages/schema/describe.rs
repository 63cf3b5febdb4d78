use leptos::prelude::*;
use types::permission::Permission;
use types::schema::{Description, PatchObject};
use ui::{Button, ButtonVariant, ControlSize, Glyph, IconButton, Textarea, use_toasts};

use crate::submit::{FormFailure, Submit};
use crate::words::OriginMark;
use crate::workspace::use_workspace;

/// A description with the mark of whose words it is; a person who may can write another in place.
#[component]
pub fn DescriptionEditor(
    #[prop(into)] path: Signal<String>,
    #[prop(into)] description: Signal<Option<Description>>,
    #[prop(into)] on_saved: Callback<()>,
) -> impl IntoView {
    let workspace = use_workspace();
    let toasts = use_toasts();
    let submit = Submit::new();
    let editing = RwSignal::new(false);
    let text = RwSignal::new(String::new());
    let begin = move || {
        text.set(description.get_untracked().map(|description| description.text).unwrap_or_default());
        editing.set(true);
    };
    let save = move || {
        let api = workspace.api();
        let source = untrack(|| workspace.one_source());
        let path = path.get_untracked();
        let body = PatchObject {
            description: Some(text.get_untracked().trim().to_owned()),
            ..PatchObject::default()
        };
        submit.send(async move { api.patch_object(source.as_deref(), &path, &body).await }, move |()| {
            let _ = editing.try_set(false);
            toasts.success("Description saved.");
            on_saved.run(());
        });
    };
    let words = move || match description.get() {
        Some(description) => view! {
            <span class="min-w-0 break-words">{description.text}</span>
            <span class="mt-0.5">
                <OriginMark origin=description.origin />
            </span>
        }
        .into_any(),
        None => view! { <span class="text-text-3">"No description"</span> }.into_any(),
    };
    move || {
        if editing.get() {
            view! {
                <div
                    class="mt-1 max-w-2xl space-y-2"
                    on:keydown=move |event| {
                        if event.key() == "Escape" {
                            event.stop_propagation();
                            editing.set(false);
                        }
                    }
                >
                    <Textarea value=text rows=3 label="Description" placeholder="What one row or value of it means" />
                    <FormFailure submit=submit pointers=&[] />
                    <div class="flex gap-2">
                        <Button
                            variant=ButtonVariant::Primary
                            size=ControlSize::Small
                            loading=submit.busy
                            on_click=save
                        >
                            "Save description"
                        </Button>
                        <Button size=ControlSize::Small on_click=move || editing.set(false)>
                            "Cancel"
                        </Button>
                    </div>
                </div>
            }
            .into_any()
        } else {
            view! {
                <span class="group relative flex items-start gap-1.5 text-table text-text-2">
                    {words}
                    {move || {
                        workspace
                            .may(Permission::SchemaDescribe)
                            .then(|| {
                                view! {
                                    <span class="absolute -top-1 right-0 rounded-control bg-surface opacity-0 transition-opacity group-focus-within:opacity-100 group-hover:opacity-100">
                                        <IconButton
                                            label=Signal::derive(move || format!("Edit the description of {}", path.get()))
                                            icon=Glyph::Edit
                                            size=ControlSize::Small
                                            on_click=begin
                                        />
                                    </span>
                                }
                            })
                    }}
                </span>
            }
            .into_any()
        }
    }
}
