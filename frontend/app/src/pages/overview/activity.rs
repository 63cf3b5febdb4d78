use leptos::prelude::*;
use types::activity::Activity;
use ui::{Card, EmptyState, Glyph, Icon, RelativeTime, SkeletonRows};

use crate::workspace::use_workspace;

fn glyph(kind: &str) -> Glyph {
    match kind.split_once('.').map_or(kind, |(noun, _)| noun) {
        "run" | "scan" => Glyph::RefreshCw,
        "drift" => Glyph::GitCompare,
        "source" => Glyph::Database,
        "member" | "invitation" => Glyph::Users,
        "key" | "api_key" | "secret" => Glyph::Key,
        "organization" | "connection" => Glyph::Settings,
        _ => Glyph::Activity,
    }
}

/// What happened, newest first, as it happens.
#[component]
pub fn ActivityCard() -> impl IntoView {
    let workspace = use_workspace();
    let live = workspace.live;
    let item = move |activity: Activity| {
        let message = match activity.link {
            Some(link) => view! {
                <a href=workspace.href_of(&link, activity.source.as_deref()) class="break-words hover:underline">
                    {activity.message}
                </a>
            }
            .into_any(),
            None => view! { <span class="break-words">{activity.message}</span> }.into_any(),
        };
        view! {
            <li class="flex items-start gap-3 px-5 py-2.5">
                <span class="mt-0.5 text-text-3">
                    <Icon glyph=glyph(&activity.kind) />
                </span>
                <div class="min-w-0 flex-1">
                    {message}
                    <p class="text-label text-text-3">
                        {activity.actor} " · " <RelativeTime at=activity.at />
                    </p>
                </div>
            </li>
        }
    };
    view! {
        <Card title="Activity" flush=true>
            {move || {
                if !live.known.get() {
                    view! { <SkeletonRows what="activity" /> }.into_any()
                } else if live.items.with(std::collections::VecDeque::is_empty) {
                    view! {
                        <EmptyState
                            icon=Glyph::Activity
                            title="Nothing has happened yet"
                            text="Scans, drift and changes of settings show up here as they happen."
                        />
                    }
                        .into_any()
                } else {
                    view! {
                        <ul class="max-h-96 divide-y divide-border overflow-y-auto border-t border-border" aria-label="Activity">
                            <For each=move || live.items.get() key=|item| item.seq children=item />
                        </ul>
                    }
                        .into_any()
                }
            }}
        </Card>
    }
}
