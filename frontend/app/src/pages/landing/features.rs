use leptos::prelude::*;
use ui::Glyph;

use super::{Mark, SectionHeading};

const FEATURES: [(Glyph, &str, &str); 6] = [
    (
        Glyph::GitCompare,
        "Drift, judged",
        "Every change is classified for readers and for writers, with the reason and with evidence from your data.",
    ),
    (
        Glyph::Network,
        "Schema graph",
        "Tables and foreign keys on one canvas that stays fast with thousands of them; search, focus, export.",
    ),
    (
        Glyph::Gauge,
        "Column health",
        "Freshness, NULL and uniqueness of every column over time. Each number says how it was obtained.",
    ),
    (
        Glyph::Bot,
        "Agents you can watch",
        "Metadata, semantic and drift agents with their runs, steps and a live log.",
    ),
    (
        Glyph::Users,
        "Organizations",
        "Roles, invitations, API keys, an audit log that cannot be rewritten, and isolation enforced per row.",
    ),
    (
        Glyph::Lock,
        "Secrets sealed",
        "AES-256-GCM with a key per organization; rotate and re-encrypt with one click. Nothing ever returns a secret.",
    ),
];

/// What it can do.
#[component]
pub fn Features() -> impl IntoView {
    view! {
        <section id="features" class="mx-auto max-w-6xl scroll-mt-20 px-6 py-14">
            <SectionHeading
                title="Built for the meeting with the auditor"
                text="Calm, exact, and able to show where every number comes from."
            />
            <div class="grid gap-4 md:grid-cols-2 lg:grid-cols-3">
                {FEATURES
                    .iter()
                    .map(|(glyph, title, text)| {
                        view! {
                            <div class="rounded-xl border border-border bg-surface p-5 shadow-card">
                                <Mark glyph=*glyph />
                                <h3 class="mt-3 font-semibold">{*title}</h3>
                                <p class="mt-1 text-table text-text-2">{*text}</p>
                            </div>
                        }
                    })
                    .collect_view()}
            </div>
        </section>
    }
}
