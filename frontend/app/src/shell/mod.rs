//! What surrounds every page of the dashboard.

mod keys;
mod navigation;
mod notice;
mod palette;
mod switchers;
mod top_bar;
mod user_menu;

use client::Query;
use leptos::prelude::*;
use leptos_router::components::Outlet;
use leptos_router::hooks::use_location;
use types::session::Me;
use ui::{EmptyState, ErrorState, Glyph, LinkButton, Skeleton};

use crate::address::page_address;
use crate::page::{PageFrame, focus_heading};
use crate::session::{Who, use_session};
use crate::workspace::{Workspace, use_go, use_here, use_workspace};
use keys::Shortcuts;
pub(crate) use keys::is_typing;
pub(crate) use navigation::Brand;
use navigation::Sidebar;
use notice::NoticeBar;
use palette::Palette;
use top_bar::{ShortcutSheet, TopBar};

/// The dashboard's frame: only for those who are signed in and belong to an organization.
#[component]
pub fn Shell() -> impl IntoView {
    let session = use_session();
    let go = use_go();
    let here = use_here();
    Effect::new(move |_| {
        if session.configured() && session.who.with_untracked(|who| *who == Who::Asking) {
            session.ask();
        }
    });
    Effect::new(move |_| match session.who.get() {
        Who::Nobody => {
            let next = Query::new().with("next", Some(here.get_untracked()));
            go(&format!("/sign-in{next}"), true);
        }
        Who::Somebody(me) if me.memberships.is_empty() => go("/onboarding", true),
        Who::Somebody(_) | Who::Asking | Who::Unknown(_) => {}
    });
    let kind = Memo::new(move |_| match session.who.get() {
        Who::Somebody(me) => u8::from(!me.memberships.is_empty()),
        Who::Unknown(_) => 2,
        Who::Asking | Who::Nobody => 0,
    });
    move || match kind.get() {
        1 => view! { <Dashboard /> }.into_any(),
        2 => view! { <Unreachable /> }.into_any(),
        _ => view! { <Waiting /> }.into_any(),
    }
}

/// The frame's own skeleton.
#[component]
fn Waiting() -> impl IntoView {
    view! {
        <div class="grid min-h-dvh grid-cols-[232px_1fr]" role="status" aria-label="Loading">
            <div class="space-y-3 border-r border-border p-4">
                <Skeleton class="h-8 w-32" />
                <Skeleton class="h-8 w-full" />
                <Skeleton class="h-8 w-full" />
                <Skeleton class="h-8 w-full" />
            </div>
            <div class="p-6">
                <Skeleton class="h-8 w-64" />
            </div>
        </div>
    }
}

#[component]
fn Unreachable() -> impl IntoView {
    let session = use_session();
    move || match session.who.get() {
        Who::Unknown(failure) => Some(view! {
            <main class="flex min-h-dvh items-center justify-center">
                <ErrorState
                    title=failure.title()
                    text=failure.detail()
                    request_id=failure.request_id()
                    on_retry=move || session.ask()
                />
            </main>
        }),
        _ => None,
    }
}

#[component]
fn Dashboard() -> impl IntoView {
    let workspace = Workspace::provide();
    let location = use_location();
    let go = use_go();
    let here = use_here();
    // An address that names no organization is completed, so that it means the same to whoever it is sent to.
    let named = crate::address::query_value("org");
    Effect::new(move |_| {
        if named.get().is_none()
            && let Some(org) = workspace.org.get()
        {
            let address = page_address(&here.get_untracked(), Some(&org), None, Query::new());
            go(&address, true);
        }
    });
    focus_heading_on_navigation(location.pathname);
    let collapsed = RwSignal::new(navigation::kept_collapsed());
    let drawer = RwSignal::new(false);
    let palette = RwSignal::new(false);
    provide_context(ShortcutSheet(RwSignal::new(false)));
    let account = own_account(location.pathname);
    let shown = Memo::new(move |_| match workspace.membership.with(Option::is_some) {
        false => Shown::NotMember,
        true if workspace.suspended().is_some() && !account.get() => Shown::Suspended,
        true => Shown::Page,
    });
    view! {
        <a
            href="#main"
            class="sr-only focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50 focus:rounded-control focus:bg-accent focus:px-3 focus:py-2 focus:text-on-accent"
        >
            "Skip to content"
        </a>
        <div class="flex min-h-dvh">
            <Sidebar collapsed=collapsed open=drawer />
            <div class="flex min-w-0 flex-1 flex-col">
                <TopBar palette=palette drawer=drawer />
                <NoticeBar />
                <div class="flex min-w-0 flex-1 flex-col">
                    {move || match shown.get() {
                        Shown::NotMember => view! { <NotMember /> }.into_any(),
                        Shown::Suspended => view! { <Suspended /> }.into_any(),
                        Shown::Page => view! { <Outlet /> }.into_any(),
                    }}
                </div>
            </div>
        </div>
        <Palette open=palette />
        <Shortcuts palette=palette />
    }
}

/// What stands beside the sidebar.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    NotMember,
    Suspended,
    Page,
}

/// Whether the page is that of the person's own account, which no organization takes from them.
fn own_account(pathname: Memo<String>) -> Memo<bool> {
    let section = crate::address::query_value("section");
    Memo::new(move |_| {
        let settings = ["/dashboard/settings", "/settings"].contains(&pathname.get().as_str());
        settings && section.with(|section| section.as_deref() == Some("account"))
    })
}

/// Moves focus to the new page's heading, so that a screen reader announces it; not on the first page.
fn focus_heading_on_navigation(pathname: Memo<String>) {
    Effect::new(move |previous: Option<String>| {
        let path = pathname.get();
        let moved = previous.is_some_and(|previous| previous != path && !same_page(&previous, &path));
        if moved {
            focus_heading();
        }
        path
    });
}

/// The schema's tables are one page: choosing one must not take focus from the list.
fn same_page(one: &str, other: &str) -> bool {
    let explorer = |path: &str| path.starts_with("/dashboard/schema") && path != "/dashboard/schema/graph";
    explorer(one) && explorer(other)
}

#[component]
fn NotMember() -> impl IntoView {
    let session = use_session();
    let home = move || {
        let first =
            session.me().and_then(|me: Me| me.memberships.first().map(|membership| membership.slug.clone()));
        page_address("/dashboard", first.as_deref(), None, Query::new())
    };
    view! {
        <main id="main" class="p-6">
            <EmptyState
                icon=Glyph::Lock
                title="You are not a member of this organization"
                text="Ask one of its administrators for an invitation, or go to an organization of yours."
                action=move || view! { <LinkButton href=Signal::derive(home)>"Go to my organization"</LinkButton> }
            />
        </main>
    }
}

/// In the place of every page but one's own account, as it would have nothing to show; it ends by itself.
#[component]
fn Suspended() -> impl IntoView {
    let workspace = use_workspace();
    let failure = untrack(|| workspace.suspended());
    let (title, text) = failure.map(|failure| (failure.title(), failure.detail())).unwrap_or_default();
    let account =
        move || workspace.href_with("/dashboard/settings", Query::new().with("section", Some("account")));
    view! {
        <PageFrame name="suspended" title=title.clone() ready=true>
            <h1 class="sr-only" tabindex="-1">
                "Suspended"
            </h1>
            <EmptyState
                icon=Glyph::Lock
                title=title
                text=text
                action=move || view! { <LinkButton href=Signal::derive(account)>"Your account"</LinkButton> }
            />
        </PageFrame>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_graph_is_a_page_of_its_own() {
        assert!(same_page("/dashboard/schema", "/dashboard/schema/public.film"));
        assert!(!same_page("/dashboard/schema", "/dashboard/schema/graph"));
        assert!(!same_page("/dashboard", "/dashboard/drift"));
    }
}
