use leptos::prelude::*;
use types::overview::{Attention, Overview};
use ui::{Card, EmptyState, Glyph, Icon, RelativeTime, Tone};

use crate::owners;
use crate::workspace::use_workspace;

/// What somebody should look at, the worst first.
#[component]
pub fn AttentionCard(overview: Signal<Overview>) -> impl IntoView {
    let workspace = use_workspace();
    let list = Memo::new(move |_| overview.with(|overview| overview.attention.clone()));
    let item = move |attention: Attention| {
        let (glyph, tone) = if attention.severity == "critical" {
            (Glyph::OctagonAlert, Tone::Bad)
        } else {
            (Glyph::TriangleAlert, Tone::Warn)
        };
        let href = workspace.href_of(&attention.link, attention.source.as_deref());
        view! {
            <li>
                <a href=href class="flex items-start gap-3 px-5 py-2.5 hover:bg-surface-2 focus-visible:-outline-offset-2">
                    <span class=format!("mt-0.5 {}", tone.text())>
                        <Icon glyph=glyph label=attention.severity />
                    </span>
                    <span class="min-w-0 flex-1">
                        <span class="block break-words">{attention.message}</span>
                        <span class="block text-label text-text-3">
                            {attention.source.map(|source| view! { <span class="font-mono">{source}</span> " · " })}
                            {attention.owner.map(|owner| view! { <span title="Who answers for it">{owners::name(&owner)}</span> " · " })}
                            <RelativeTime at=attention.at />
                        </span>
                    </span>
                    <Icon glyph=Glyph::ChevronRight class="mt-0.5 size-4 text-text-3" />
                </a>
            </li>
        }
    };
    view! {
        <Card title="Needs attention" flush=true>
            {move || {
                let list = list.get();
                if list.is_empty() {
                    view! {
                        <EmptyState
                            icon=Glyph::CircleCheck
                            title="Nothing needs attention"
                            text="Incidents, breaking drift, stale tables, critical columns and failed scans show up here."
                        />
                    }
                        .into_any()
                } else {
                    view! {
                        <ul class="max-h-96 divide-y divide-border overflow-y-auto border-t border-border">
                            {list.into_iter().map(item).collect_view()}
                        </ul>
                    }
                        .into_any()
                }
            }}
        </Card>
    }
}
