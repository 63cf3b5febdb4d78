use leptos::prelude::*;
use types::overview::{Overview, Verdict};
use ui::{Glyph, Icon, Tone};

use crate::workspace::use_workspace;

fn mark(verdict: Verdict) -> (Glyph, Tone) {
    match verdict {
        Verdict::Unknown => (Glyph::CircleDashed, Tone::Neutral),
        Verdict::Trustworthy => (Glyph::ShieldCheck, Tone::Ok),
        Verdict::Cautions => (Glyph::ShieldAlert, Tone::Warn),
        Verdict::NotTrustworthy => (Glyph::OctagonAlert, Tone::Bad),
    }
}

/// The first thing that is read: whether the data can be trusted. Its reasons are one click away.
#[component]
pub fn TrustSentence(overview: Signal<Overview>) -> impl IntoView {
    let workspace = use_workspace();
    let trust = Memo::new(move |_| overview.with(|overview| overview.trust.clone()));
    move || {
        let trust = trust.get();
        let (glyph, tone) = mark(trust.verdict);
        let sentence = view! {
            <span class=format!("flex items-center gap-3 {}", tone.text())>
                <Icon glyph=glyph class="size-6" />
                <span class="text-title font-semibold tracking-tight" data-trust>
                    {trust.sentence}
                </span>
            </span>
        };
        let frame = "mb-4 rounded-xl border border-border bg-surface px-5 py-4 shadow-card";
        if trust.reasons.is_empty() {
            return view! { <section class=frame>{sentence}</section> }.into_any();
        }
        let reasons = trust
            .reasons
            .into_iter()
            .map(|reason| {
                let (glyph, tone) = if reason.severity == "blocker" {
                    (Glyph::OctagonAlert, Tone::Bad)
                } else {
                    (Glyph::TriangleAlert, Tone::Warn)
                };
                view! {
                    <li class="flex items-start gap-2.5 py-1.5">
                        <span class=format!("mt-0.5 {}", tone.text())>
                            <Icon glyph=glyph label=reason.severity />
                        </span>
                        <a href=workspace.href(&reason.link) class="min-w-0 break-words hover:underline">
                            {reason.message}
                        </a>
                    </li>
                }
            })
            .collect_view();
        view! {
            <details class=format!("{frame} group")>
                <summary class="flex list-none items-center justify-between gap-4 rounded-control">
                    {sentence}
                    <span class="flex items-center gap-1 text-table whitespace-nowrap text-text-2">
                        "Why" <Icon glyph=Glyph::ChevronDown class="size-4 transition-transform group-open:rotate-180" />
                    </span>
                </summary>
                <ul class="mt-3 border-t border-border pt-2">{reasons}</ul>
            </details>
        }
        .into_any()
    }
}
