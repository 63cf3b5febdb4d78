//! `/onboarding`: from nothing to the first answer, in four steps.

mod agent;
mod connection;
mod deleted;
mod gateway_source;
mod join;
mod organization;
mod received;
mod scan;

use client::{Api, Query};
use leptos::prelude::*;
use ui::{Glyph, Icon};

use crate::address::{page_address, query_value};
use crate::invitation;
use crate::page::PageFrame;
use crate::session::{Session, Who, use_session};
use crate::shell::Brand;
use crate::workspace::{use_go, use_here};

/// The steps, in order; the key stands in the URL.
const STEPS: [(&str, &str); 4] = [
    ("organization", "Organization"),
    ("connection", "Connection"),
    ("agent", "Agent"),
    ("scan", "First scan"),
];

/// What every step shares.
#[derive(Clone, Copy)]
pub(super) struct Onboarding {
    session: Session,
    /// The slug of the organization that is being set up.
    org: Memo<Option<String>>,
}

impl Onboarding {
    /// The API in the name of the organization; not tracked.
    fn api(self) -> Api {
        let org = self.org.try_get_untracked().flatten();
        self.session.api().within(org.as_deref())
    }

    /// The address of a step; tracked.
    fn step(self, key: &str) -> String {
        let query = Query::new().with("step", Some(key));
        page_address("/onboarding", self.org.get().as_deref(), None, query)
    }
}

/// The page.
#[component]
pub fn OnboardingPage() -> impl IntoView {
    let session = use_session();
    let go = use_go();
    let here = use_here();
    invitation::take();
    Effect::new(move |_| {
        if session.configured() && session.who.with_untracked(|who| *who == Who::Asking) {
            session.ask();
        }
    });
    Effect::new(move |_| {
        if session.who.with(|who| *who == Who::Nobody) {
            let next = Query::new().with("next", Some(here.get_untracked()));
            go(&format!("/sign-in{next}"), true);
        }
    });
    let named = query_value("org");
    let fresh = query_value("new");
    let org = Memo::new(move |_| {
        named.get().or_else(|| {
            if fresh.get().is_some() {
                return None;
            }
            let me = session.me()?;
            me.default_org.or_else(|| me.memberships.first().map(|membership| membership.slug.clone()))
        })
    });
    let wanted = query_value("step");
    let step = Memo::new(move |_| {
        if org.get().is_none() {
            return 0;
        }
        match wanted.get() {
            Some(wanted) => STEPS.iter().position(|(key, _)| *key == wanted).unwrap_or(1),
            None => 1,
        }
    });
    let onboarding = Onboarding { session, org };
    provide_context(onboarding);
    let ready = Memo::new(move |_| session.me().is_some());
    let body = move || {
        if !ready.get() {
            return ().into_any();
        }
        match step.get() {
            0 => view! { <organization::OrganizationStep /> }.into_any(),
            1 => view! { <connection::ConnectionStep /> }.into_any(),
            2 => view! { <agent::AgentStep /> }.into_any(),
            _ => view! { <scan::ScanStep /> }.into_any(),
        }
    };
    view! {
        <PageFrame
            name="onboarding"
            title="Set up"
            ready=ready
            class="mx-auto flex min-h-dvh w-full max-w-2xl flex-col p-6"
        >
            <header class="flex items-center justify-between py-4">
                <a href="/" class="rounded-control" aria-label="Bastion, start page">
                    <Brand />
                </a>
                {move || {
                    org.get()
                        .map(|slug| {
                            let dashboard = page_address("/dashboard", Some(&slug), None, Query::new());
                            view! {
                                <a class="text-table text-text-2 hover:text-text" href=dashboard>
                                    "Skip to the dashboard"
                                </a>
                            }
                        })
                }}
            </header>
            <Progress step=step />
            <div class="pb-16">{body}</div>
        </PageFrame>
    }
}

/// Where one is among the steps.
#[component]
fn Progress(step: Memo<usize>) -> impl IntoView {
    let items = STEPS
        .iter()
        .enumerate()
        .map(|(index, (_, label))| {
            let tone = move || {
                if index < step.get() {
                    "border-transparent bg-ok-tint text-ok"
                } else if index == step.get() {
                    "border-transparent bg-accent text-on-accent"
                } else {
                    "border-control text-text-3"
                }
            };
            view! {
                <li class="group flex flex-1 items-center gap-2 last:flex-none" aria-current=move || (index == step.get()).then_some("step")>
                    <span class=move || {
                        format!(
                            "inline-flex size-6 shrink-0 items-center justify-center rounded-full border text-label font-semibold {}",
                            tone(),
                        )
                    }>
                        {move || {
                            if index < step.get() {
                                view! { <Icon glyph=Glyph::Check class="size-3.5" label="done" /> }.into_any()
                            } else {
                                view! { {index + 1} }.into_any()
                            }
                        }}
                    </span>
                    <span
                        class="hidden text-table whitespace-nowrap sm:block"
                        class:text-text-3=move || { index > step.get() }
                        class:font-medium=move || { index == step.get() }
                    >
                        {*label}
                    </span>
                    <span class="mx-1 h-px flex-1 bg-border group-last:hidden" aria-hidden="true"></span>
                </li>
            }
        })
        .collect_view();
    view! { <ol class="mt-6 mb-8 flex" aria-label="Steps">{items}</ol> }
}

/// A step's heading.
#[component]
fn StepHeading(title: &'static str, text: &'static str) -> impl IntoView {
    view! {
        <h1 tabindex="-1" class="text-title font-semibold tracking-tight">
            {title}
        </h1>
        <p class="mt-1 mb-5 text-text-2">{text}</p>
    }
}
