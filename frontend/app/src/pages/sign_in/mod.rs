//! `/sign-in`, `/sign-in/callback`, `/sign-in/clerk` and `/sign-up`.

mod callback_page;
mod clerk;
mod clerk_page;
mod second_step;
mod sign_in_page;
mod sign_up_page;

pub use callback_page::CallbackPage;
pub use clerk_page::ClerkPage;
pub use sign_in_page::SignInPage;
pub use sign_up_page::SignUpPage;

use client::Query;
use leptos::prelude::*;
use types::session::Me;

use crate::address::{query_value, safe_next};
use crate::page::PageFrame;
use crate::session::{Session, Who, use_session};
use crate::shell::Brand;
use crate::workspace::use_go;

/// Where to go once signed in: the page that asked for it, else the dashboard, else the first organization.
fn destination(next: Option<String>, me: &Me) -> String {
    safe_next(next).unwrap_or_else(|| {
        if me.memberships.is_empty() { "/onboarding".to_owned() } else { "/dashboard".to_owned() }
    })
}

/// Leaves for where one wanted to go as soon as somebody is signed in.
fn leave_when_signed_in() {
    let session = use_session();
    let next = query_value("next");
    let go = use_go();
    Effect::new(move |_| {
        if session.configured()
            && Session::is_likely()
            && session.who.with_untracked(|who| *who == Who::Asking)
        {
            session.ask();
        }
    });
    Effect::new(move |_| {
        if let Some(me) = session.me() {
            go(&destination(next.get_untracked(), &me), true);
        }
    });
}

/// The other of the two pages, with the same destination.
fn other_page(path: &'static str) -> Signal<String> {
    let next = query_value("next");
    Signal::derive(move || format!("{path}{}", Query::new().with("next", next.get())))
}

/// A form alone on its page.
#[component]
pub fn FormPage(
    name: &'static str,
    title: &'static str,
    text: &'static str,
    children: Children,
) -> impl IntoView {
    view! {
        <PageFrame
            name=name
            title=title
            ready=true
            class="flex min-h-dvh flex-col items-center justify-center p-6"
        >
            <a href="/" class="mb-8 rounded-control" aria-label="Bastion, start page">
                <Brand />
            </a>
            <div class="w-full max-w-sm rounded-xl border border-border bg-surface p-6 shadow-card">
                <h1 tabindex="-1" class="text-title font-semibold tracking-tight">
                    {title}
                </h1>
                <p class="mt-1 mb-5 text-text-2">{text}</p>
                {children()}
            </div>
        </PageFrame>
    }
}
