use leptos::prelude::*;

use super::SectionHeading;

const STEPS: [(&str, &str); 4] = [
    (
        "Create an organization",
        "Sign up, name it, invite your team. Each organization's data is kept apart by the database itself.",
    ),
    (
        "Connect",
        "Give the address of your Archestra control plane and its API key, or of a bastion-mcp. Secrets are encrypted before they are stored.",
    ),
    (
        "Start the agent",
        "One container beside your database, with a role that can only read. It takes no inbound SQL.",
    ),
    (
        "Scan",
        "The first scan records the schema and profiles the data. Every later one says what changed, whom it breaks and why.",
    ),
];

/// The way from nothing to the first answer.
#[component]
pub fn Steps() -> impl IntoView {
    view! {
        <section id="how-it-works" class="mx-auto max-w-6xl scroll-mt-20 px-6 py-14">
            <SectionHeading
                title="How it works"
                text="Four steps, a few minutes. Nothing is installed inside the database."
            />
            <ol class="grid gap-4 md:grid-cols-2 xl:grid-cols-4">
                {STEPS
                    .iter()
                    .enumerate()
                    .map(|(index, (title, text))| {
                        view! {
                            <li class="rounded-xl border border-border bg-surface p-5 shadow-card">
                                <span class="inline-flex size-7 items-center justify-center rounded-full bg-accent-tint text-label font-semibold text-accent-text">
                                    {index + 1}
                                </span>
                                <h3 class="mt-3 font-semibold">{*title}</h3>
                                <p class="mt-1 text-table text-text-2">{*text}</p>
                            </li>
                        }
                    })
                    .collect_view()}
            </ol>
        </section>
    }
}
