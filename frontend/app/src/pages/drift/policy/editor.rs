use leptos::html;
use leptos::prelude::*;
use types::policy::{PolicyDocument, PolicyPreview, SetPolicy};
use types::problem::Code;
use ui::{Button, ButtonVariant, Card, Field, Glyph, Icon, Input, use_toasts};

use super::effect::Effect as PolicyEffect;
use super::source;
use crate::submit::{FormFailure, Submit};
use crate::workspace::use_workspace;

/// So that a short policy leaves room to write.
const FEWEST_LINES: usize = 12;

/// A fault of the text.
#[derive(Clone, Debug, PartialEq)]
struct Fault {
    line: Option<u32>,
    detail: String,
}

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
            show(node, None);
        }
    });
    let fault = Memo::new(move |_| {
        [saving, trying].into_iter().find_map(|submit| {
            submit.failure.with(|failure| {
                let problem = failure.as_ref()?.problem.as_ref()?;
                let error = problem.errors.iter().find(|error| error.pointer.starts_with("/text"))?;
                Some(Fault { line: error.line, detail: error.detail.clone() })
            })
        })
    });
    Effect::new(move |_| {
        if let Some(line) = fault.get().and_then(|fault| fault.line) {
            show(node, Some(line));
        }
    });
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
                <Numbered node=node text=text fault=fault />
                <div aria-live="polite">
                    {move || fault.get().map(|fault| view! { <FaultNote fault=fault node=node /> })}
                </div>
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

/// The text with its line numbers; the faulty one is marked.
#[component]
fn Numbered(
    node: NodeRef<html::Textarea>,
    text: RwSignal<String>,
    fault: Memo<Option<Fault>>,
) -> impl IntoView {
    let lines = Memo::new(move |_| text.with(|text| text.split('\n').count()).max(FEWEST_LINES));
    let numbers = move || {
        let faulty = fault.get().and_then(|fault| fault.line).map(|line| line as usize);
        (1..=lines.get())
            .map(|line| {
                let marked = faulty == Some(line);
                let class =
                    if marked { "block bg-bad-tint px-2 font-semibold text-bad" } else { "block px-2" };
                view! { <span class=class>{line}</span> }
            })
            .collect_view()
    };
    view! {
        <div class="flex overflow-hidden rounded-control border border-control bg-bg font-mono text-table leading-5 focus-within:border-accent-text focus-within:outline-2 focus-within:outline-accent-text">
            <div
                aria-hidden="true"
                class="shrink-0 border-r border-border bg-surface-2 py-2 text-right text-text-3 select-none"
            >
                {numbers}
            </div>
            <textarea
                node_ref=node
                wrap="off"
                spellcheck="false"
                autocomplete="off"
                rows=move || lines.get().to_string()
                aria-label="Policy as YAML"
                aria-invalid=move || fault.get().map(|_| "true")
                aria-describedby="policy-fault"
                class="min-w-0 flex-1 resize-none overflow-x-auto bg-transparent px-3 py-2 leading-5 text-text outline-none"
                prop:value=text
                on:input=move |event| text.set(event_target_value(&event))
            ></textarea>
        </div>
    }
}

#[component]
fn FaultNote(fault: Fault, node: NodeRef<html::Textarea>) -> impl IntoView {
    let line = fault.line;
    view! {
        <div id="policy-fault" class="mt-2 flex flex-wrap items-center gap-2 text-table text-bad" data-fault>
            <Icon glyph=Glyph::CircleAlert class="size-4" />
            <span class="min-w-0 break-words">{fault.detail}</span>
            {line
                .map(|line| {
                    view! {
                        <Button size=ui::ControlSize::Small on_click=move || show(node, Some(line))>
                            {format!("Go to line {line}")}
                        </Button>
                    }
                })}
        </div>
    }
}

/// Puts the cursor on a line, or only into the text.
fn show(node: NodeRef<html::Textarea>, line: Option<u32>) {
    let Some(area) = node.get_untracked() else { return };
    let _ = area.focus();
    if let Some(line) = line {
        let (start, end) = span(&area.value(), line);
        // Refused only by controls that hold no text.
        let _ = area.set_selection_range(start, end);
    }
}

/// Where a line begins and ends, in the browser's units of UTF-16.
fn span(text: &str, line: u32) -> (u32, u32) {
    let length = |text: &str| u32::try_from(text.encode_utf16().count()).unwrap_or(u32::MAX);
    let mut start = 0;
    for (number, own) in (1..).zip(text.split('\n')) {
        if number == line {
            return (start, start + length(own));
        }
        start += length(own) + 1;
    }
    let end = length(text);
    (end, end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_found_in_the_browsers_units() {
        let text = "a\n𝄞b\n\nc";
        for (line, expected) in [(1, (0, 1)), (2, (2, 5)), (3, (6, 6)), (4, (7, 8)), (9, (8, 8))] {
            assert_eq!(span(text, line), expected, "{line}");
        }
    }
}
