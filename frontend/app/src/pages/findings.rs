//! What an agent found about its role and its connection.

use leptos::prelude::*;
use types::protocol::Finding;
use ui::{Badge, Glyph, Tone};

/// A line for each finding; nothing when there is none.
#[component]
pub fn Findings(findings: Vec<Finding>) -> impl IntoView {
    if findings.is_empty() {
        return None;
    }
    let lines = findings
        .into_iter()
        .map(|finding| {
            let tone = if finding.unsafe_ { Tone::Bad } else { Tone::Warn };
            view! {
                <li class="flex items-start gap-2">
                    <Badge label=finding.code.replace('_', " ") tone=tone icon=Glyph::TriangleAlert />
                    <span class="min-w-0 break-words">{finding.message}</span>
                </li>
            }
        })
        .collect_view();
    Some(view! { <ul class="mt-3 space-y-1.5 text-table" aria-label="Posture findings">{lines}</ul> })
}
