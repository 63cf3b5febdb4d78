use leptos::prelude::*;
use ui::{Glyph, Icon};

use super::{Mark, SectionHeading};

/// Who talks to whom, and where the customer's side ends.
#[component]
pub fn Architecture() -> impl IntoView {
    view! {
        <section id="architecture" class="mx-auto max-w-6xl scroll-mt-20 px-6 py-14">
            <SectionHeading
                title="Your data stays on your side"
                text="Bastion asks; the agent answers with schemas and statistics. Credentials and rows never leave your network, and no request carries SQL."
            />
            <div class="grid items-stretch gap-4 lg:grid-cols-[1fr_auto_2fr]">
                <Zone title="Bastion">
                    <Node glyph=Glyph::ShieldCheck title="Control plane" text="Versions, drift, health, audit. Secrets sealed with AES-256." />
                </Zone>
                <div class="flex flex-col items-center justify-center gap-1 px-2 text-label text-text-3">
                    <span>"MCP over HTTPS"</span>
                    <Icon glyph=Glyph::ArrowRight class="size-5 rotate-90 lg:rotate-0" />
                    <span>"API key or token"</span>
                </div>
                <Zone title="Your network">
                    <div class="grid items-stretch gap-3 md:grid-cols-[1fr_auto_1fr_auto_1fr]">
                        <Node glyph=Glyph::Network title="Archestra" text="Your MCP gateway. Optional: Bastion can reach the agent directly." />
                        <Arrow />
                        <Node glyph=Glyph::Bot title="bastion-mcp" text="Reads the catalog and profiles the data, read-only." />
                        <Arrow />
                        <Node glyph=Glyph::Database title="Your database" text="PostgreSQL, MySQL, MariaDB, SQLite." />
                    </div>
                </Zone>
            </div>
        </section>
    }
}

#[component]
fn Zone(title: &'static str, children: Children) -> impl IntoView {
    view! {
        <div class="rounded-xl border border-dashed border-control p-4">
            <h3 class="mb-3 text-label font-medium text-text-2">{title}</h3>
            {children()}
        </div>
    }
}

#[component]
fn Node(glyph: Glyph, title: &'static str, text: &'static str) -> impl IntoView {
    view! {
        <div class="rounded-xl border border-border bg-surface p-4 shadow-card">
            <Mark glyph=glyph />
            <p class="mt-3 font-semibold">{title}</p>
            <p class="mt-1 text-table text-text-2">{text}</p>
        </div>
    }
}

#[component]
fn Arrow() -> impl IntoView {
    view! {
        <span class="flex items-center justify-center text-text-3">
            <Icon glyph=Glyph::ArrowRight class="size-4 rotate-90 md:rotate-0" />
        </span>
    }
}
