//! `/`: what Bastion is, and the way in.

mod architecture;
mod features;
mod steps;

use leptos::prelude::*;
use ui::{ButtonVariant, Glyph, Icon, IconButton, LinkButton, use_theme};

use crate::page::PageFrame;
use crate::session::{Session, use_session};
use crate::shell::Brand;
use architecture::Architecture;
use features::Features;
use steps::Steps;

/// The public page.
#[component]
pub fn LandingPage() -> impl IntoView {
    let session = use_session();
    // Asked only when the answer may be yes: a visitor's console stays clean.
    Effect::new(move |_| {
        if session.configured() && Session::is_likely() {
            session.ask();
        }
    });
    let signed_in = Memo::new(move |_| session.me().is_some());
    let create =
        Signal::derive(move || if signed_in.get() { "/onboarding?new=1" } else { "/sign-up" }.to_owned());
    let join = Signal::derive(move || {
        if signed_in.get() { "/onboarding?new=1&join=1" } else { "/sign-in?next=%2Fonboarding%3Fjoin%3D1" }
            .to_owned()
    });
    view! {
        <PageFrame name="landing" title="AI data trust platform" ready=true class="">
            <TopLine signed_in=signed_in />
            <section class="mx-auto max-w-5xl px-6 pt-20 pb-16 text-center">
                <p class="text-table font-medium text-accent-text">"AI data trust platform, native to MCP"</p>
                <h1 class="mx-auto mt-4 max-w-3xl text-[44px] leading-[52px] font-semibold tracking-tight text-balance">
                    "Know whether you can trust your data"
                </h1>
                <p class="mx-auto mt-5 max-w-2xl text-[17px] leading-7 text-pretty text-text-2">
                    "Bastion watches the schema, the health and the drift of your databases. An agent beside each database reads it; the control plane keeps every version, says whom a change breaks, and never sees a database password."
                </p>
                <div class="mt-8 flex flex-wrap justify-center gap-3">
                    <Show when=move || signed_in.get()>
                        <LinkButton href="/dashboard" variant=ButtonVariant::Primary icon=Glyph::LayoutDashboard>
                            "Open the dashboard"
                        </LinkButton>
                    </Show>
                    {move || {
                        let variant = if signed_in.get() {
                            ButtonVariant::Secondary
                        } else {
                            ButtonVariant::Primary
                        };
                        view! {
                            <LinkButton href=create variant=variant icon=Glyph::Plus>
                                "Create org"
                            </LinkButton>
                        }
                    }}
                    <LinkButton href=join icon=Glyph::Users>
                        "Join org"
                    </LinkButton>
                </div>
            </section>
            <Architecture />
            <Steps />
            <Features />
            <section class="mx-auto max-w-5xl px-6 py-20 text-center">
                <h2 class="text-[26px] leading-8 font-semibold tracking-tight">"See the state of your data in minutes"</h2>
                <p class="mx-auto mt-3 max-w-xl text-text-2">
                    "Create an organization, start one container beside your database, run the first scan."
                </p>
                <div class="mt-6 flex justify-center gap-3">
                    <LinkButton href=create variant=ButtonVariant::Primary>
                        "Create org"
                    </LinkButton>
                    <LinkButton href=join>"Join org"</LinkButton>
                </div>
            </section>
            <footer class="border-t border-border px-6 py-6 text-center text-label text-text-3">
                "Bastion is open source under the Apache License 2.0. "
                <a class="underline hover:text-text" href="/docs" rel="external">
                    "API reference"
                </a>
            </footer>
        </PageFrame>
    }
}

#[component]
fn TopLine(signed_in: Memo<bool>) -> impl IntoView {
    let theme = use_theme();
    view! {
        <header class="sticky top-0 z-20 border-b border-border bg-bg/95">
            <div class="mx-auto flex h-14 max-w-6xl items-center gap-4 px-6">
                <Brand />
                <nav aria-label="On this page" class="ml-6 hidden gap-5 text-text-2 md:flex">
                    <a class="hover:text-text" href="#architecture">"Architecture"</a>
                    <a class="hover:text-text" href="#how-it-works">"How it works"</a>
                    <a class="hover:text-text" href="#features">"Features"</a>
                </nav>
                <div class="ml-auto flex items-center gap-2">
                    <IconButton
                        label=Signal::derive(move || format!("Use {}", crate::words::theme(theme.get().next())))
                        icon=Signal::derive(move || crate::words::theme_glyph(theme.get()))
                        on_click=move || theme.update(|theme| *theme = theme.next())
                    />
                    {move || {
                        if signed_in.get() {
                            view! { <LinkButton href="/dashboard">"Dashboard"</LinkButton> }
                        } else {
                            view! { <LinkButton href="/sign-in">"Sign in"</LinkButton> }
                        }
                    }}
                </div>
            </div>
        </header>
    }
}

/// A section's heading.
#[component]
fn SectionHeading(title: &'static str, text: &'static str) -> impl IntoView {
    view! {
        <div class="mb-8 max-w-2xl">
            <h2 class="text-[26px] leading-8 font-semibold tracking-tight">{title}</h2>
            <p class="mt-2 text-[15px] leading-6 text-text-2">{text}</p>
        </div>
    }
}

/// An icon on a tint.
#[component]
fn Mark(glyph: Glyph) -> impl IntoView {
    view! {
        <span class="inline-flex size-9 items-center justify-center rounded-control bg-accent-tint text-accent-text">
            <Icon glyph=glyph class="size-4.5" />
        </span>
    }
}
