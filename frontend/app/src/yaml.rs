//! A file as YAML, to be written by hand: with the place of what is wrong in it.

use leptos::html;
use leptos::prelude::*;
use ui::{Button, Glyph, Icon};

use crate::submit::Submit;

/// So that a short file leaves room to write.
const FEWEST_LINES: usize = 12;

/// A fault of the text.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    line: Option<u32>,
    detail: String,
}

impl Fault {
    /// What the first of some requests that failed says of the text that was sent as `/text`.
    pub(crate) fn of(submits: &[Submit]) -> Memo<Option<Self>> {
        let submits = submits.to_vec();
        Memo::new(move |_| {
            submits.iter().find_map(|submit| {
                submit.failure.with(|failure| {
                    let problem = failure.as_ref()?.problem.as_ref()?;
                    let error = problem.errors.iter().find(|error| error.pointer.starts_with("/text"))?;
                    Some(Self { line: error.line, detail: error.detail.clone() })
                })
            })
        })
    }
}

/// A text area with line numbers; the faulty line is marked, told below, and gone to.
#[component]
pub fn YamlText(
    node: NodeRef<html::Textarea>,
    text: RwSignal<String>,
    fault: Memo<Option<Fault>>,
    label: &'static str,
) -> impl IntoView {
    let note = ui::unique_id("yaml-fault");
    let described = note.clone();
    Effect::new(move |_| {
        if let Some(line) = fault.get().and_then(|fault| fault.line) {
            show(node, Some(line));
        }
    });
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
                aria-label=label
                aria-invalid=move || fault.get().map(|_| "true")
                aria-describedby=described
                class="min-w-0 flex-1 resize-none overflow-x-auto bg-transparent px-3 py-2 leading-5 text-text outline-none"
                prop:value=text
                on:input=move |event| text.set(event_target_value(&event))
            ></textarea>
        </div>
        <div aria-live="polite" id=note>
            {move || fault.get().map(|fault| view! { <FaultNote fault=fault node=node /> })}
        </div>
    }
}

#[component]
fn FaultNote(fault: Fault, node: NodeRef<html::Textarea>) -> impl IntoView {
    let line = fault.line;
    view! {
        <div class="mt-2 flex flex-wrap items-center gap-2 text-table text-bad" data-fault>
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
pub(crate) fn show(node: NodeRef<html::Textarea>, line: Option<u32>) {
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
