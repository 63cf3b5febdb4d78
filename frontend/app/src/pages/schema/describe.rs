use leptos::prelude::*;
use types::permission::Permission;
use types::schema::Description;
use ui::{Button, ButtonVariant, ControlSize, Glyph, IconButton, Textarea, use_toasts};

use crate::outdated::{AsRead, ChangedMeanwhile};
use crate::submit::{FormFailure, Submit};
use crate::words::OriginMark;
use crate::workspace::use_workspace;

/// What somebody is writing. It outlives the row that it is written in, which is made anew when the table has changed.
#[derive(Clone, Copy)]
pub struct Draft {
    editing: RwSignal<bool>,
    text: RwSignal<String>,
    as_read: AsRead<Option<String>>,
}

impl Draft {
    /// Nothing is being written.
    pub fn new() -> Self {
        let (editing, text) = (RwSignal::new(false), RwSignal::new(String::new()));
        Self { editing, text, as_read: AsRead::new(None) }
    }
}

/// A description with the mark of whose words it is; a person who may can write another in place.
#[component]
pub fn DescriptionEditor(
    /// The table's path.
    #[prop(into)]
    table: Signal<String>,
    /// Of a column: its path and its name.
    #[prop(optional)]
    column: Option<(String, String)>,
    #[prop(into)] description: Signal<Option<Description>>,
    draft: Draft,
    #[prop(into)] on_saved: Callback<()>,
) -> impl IntoView {
    let workspace = use_workspace();
    let toasts = use_toasts();
    let submit = Submit::new();
    let Draft { editing, text, as_read } = draft;
    let own = column.as_ref().map(|(path, _)| path.clone());
    let path = Signal::derive(move || own.clone().unwrap_or_else(|| table.get()));
    let column = StoredValue::new(column);
    let begin = move || {
        let read = description.get_untracked().map(|description| description.text);
        text.set(read.clone().unwrap_or_default());
        as_read.begin(read);
        editing.set(true);
    };
    let save = move || {
        let api = workspace.api();
        let source = untrack(|| workspace.one_source());
        let (table, column, was) = (table.get_untracked(), column.get_value(), as_read.get());
        let written = text.get_untracked().trim().to_owned();
        let saved = Some(written.clone()).filter(|text| !text.is_empty());
        let asked = async move {
            let column = column.as_ref().map(|(path, name)| (path.as_str(), name.as_str()));
            api.describe_object(source.as_deref(), &table, column, &written, was.as_deref()).await
        };
        submit.send(asked, move |change| {
            if as_read.settle(change, saved) {
                let _ = editing.try_set(false);
                toasts.success("Description saved.");
                on_saved.run(());
            }
        });
    };
    let mine = move || {
        as_read.accept();
        save();
    };
    let theirs = move || {
        if let Some(now) = as_read.accept() {
            text.set(now.unwrap_or_default());
        }
    };
    let now =
        Signal::derive(move || as_read.theirs().map(|now| vec![("Description", now.unwrap_or_default())]));
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
                    <ChangedMeanwhile now=now on_mine=mine on_theirs=theirs />
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
