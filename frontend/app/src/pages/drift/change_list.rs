use leptos::prelude::*;
use types::change::{Change, Flag, Severity};
use ui::{Badge, Glyph, Icon, SeverityBadge, Tone};

use super::change_ruling::{ChangeActions, DecideChange, RulingNote};
use super::change_values::Values;

fn mark(verb: &str) -> (Glyph, &'static str) {
    match verb {
        "added" | "value_added" => (Glyph::Plus, "added"),
        "dropped" | "value_removed" => (Glyph::Minus, "removed"),
        "renamed" | "value_renamed" | "moved" | "value_moved" => (Glyph::ArrowRight, "renamed or moved"),
        _ => (Glyph::Edit, "changed"),
    }
}

fn flag(flag: Flag) -> &'static str {
    match flag {
        Flag::DataLost => "data lost",
        Flag::DependsOnData => "depends on data",
        Flag::Locks => "locks the table",
        Flag::Authorization => "changes who may do what",
    }
}

/// Changes, one below the other; breaking ones in red.
#[component]
pub fn ChangeList(
    changes: Vec<Change>,
    #[prop(into)] nothing: String,
    /// Where each change can be decided for itself.
    #[prop(optional, into)]
    actions: Option<ChangeActions>,
) -> impl IntoView {
    if changes.is_empty() {
        return view! { <p class="py-6 text-center text-text-2">{nothing}</p> }.into_any();
    }
    let items = changes
        .into_iter()
        .map(|change| view! { <ChangeLine change=change actions=actions /> })
        .collect_view();
    view! { <ul class="space-y-2">{items}</ul> }.into_any()
}

#[component]
fn ChangeLine(change: Change, actions: Option<ChangeActions>) -> impl IntoView {
    let breaking = change.readers.max(change.writers) == Severity::Breaking;
    let (glyph, spoken) = mark(change.verb());
    let frame = if breaking { "border-bad bg-bad-tint" } else { "border-border bg-bg" };
    let mark_tone = if breaking { "text-bad" } else { "text-text-2" };
    let values = Values::of(&change.before, &change.after).map(|Values { before, after }| {
        let before = before.map(|text| {
            view! {
                <del class="text-text-2 decoration-bad">{text}</del>
                <span aria-hidden="true">" → "</span>
            }
        });
        view! {
            <p class="mt-1.5 font-mono text-table break-words">
                {before} <ins class="font-medium text-text no-underline">{after}</ins>
            </p>
        }
    });
    let kind = change.kind.replace(['.', '_'], " ");
    let renamed = change
        .old_path
        .clone()
        .map(|old| view! { <span class="font-mono text-text-2">{format!("{old} → ")}</span> });
    let evidence = (!change.evidence.is_empty()).then(|| {
        let items = change.evidence.iter().cloned().map(|line| view! { <li>{line}</li> }).collect_view();
        view! {
            <div class="mt-1.5 text-table text-text-2">
                <span class="text-label font-medium text-text-2">"Evidence"</span>
                <ul class="list-disc pl-4">{items}</ul>
            </div>
        }
    });
    let flags =
        change.flags.iter().map(|&one| view! { <Badge label=flag(one) tone=Tone::Warn /> }).collect_view();
    let codes = change
        .codes
        .iter()
        .cloned()
        .map(|code| view! { <Badge label=code title="Atlas lint code" /> })
        .collect_view();
    let ruling = change.policy.clone().map(|ruling| view! { <RulingNote ruling=ruling /> });
    let decide = actions
        .filter(|_| change.quiet().is_none())
        .map(|actions| view! { <DecideChange change=change.clone() actions=actions /> });
    view! {
        <li
            class=format!("rounded-control border px-3 py-2.5 {frame}")
            data-change=change.kind.clone()
            data-breaking=breaking.then_some("true")
        >
            <div class="flex items-start gap-x-3">
                <span class=format!("mt-0.5 {mark_tone}")>
                    <Icon glyph=glyph label=spoken.to_owned() />
                </span>
                <div class="min-w-0 flex-1">
                    <div class="flex flex-wrap items-start justify-between gap-x-3 gap-y-1.5">
                        <p class="break-all">
                            {renamed} <span class="font-mono font-medium">{change.path.clone()}</span>
                            <span class="ml-2 text-label text-text-2">{kind}</span>
                        </p>
                        <div class="flex flex-wrap gap-1.5">
                            <SeverityBadge severity=change.readers audience="readers" />
                            <SeverityBadge severity=change.writers audience="writers" />
                            {flags}
                            {codes}
                        </div>
                    </div>
                    {values}
                    <p class="mt-1 text-table">{change.reason.clone()}</p>
                    {evidence}
                    {ruling}
                    {decide}
                </div>
            </div>
        </li>
    }
}
