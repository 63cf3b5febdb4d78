//! Parts of the program that the browser fetches when something of theirs is first shown.
//!
//! What every page needs and what surrounds the dashboard's is the main part. Every page has a part of its own, but for the
//! small ones about one's account, which share one; so has a piece of a page that is not seen at first and weighs much. What
//! several parts need is cut out by the build, which holds each first load to its budget and knows which pages take
//! which parts: `crates/xtask/src/web/pages.rs`. The browser fetches those of the page at its address beside the main part.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use client::ColumnHealth;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_split::{SplitLoaderError, wasm_split};
use types::organization::Organization;
use types::{DriftId, IncidentId};
use ui::{Card, ErrorState, PageHeader, Skeleton, SkeletonRows};

use crate::page::{PageFrame, focus_heading, heading_has_focus};
use crate::pages::agents::{self, AgentsPage};
use crate::pages::drift::event_dialog::EventView;
use crate::pages::drift::policy::PolicyView;
use crate::pages::drift::{self, DriftPage};
use crate::pages::graph::GraphPage;
use crate::pages::incidents::detail::Detail;
use crate::pages::incidents::{self, IncidentsPage};
use crate::pages::landing::LandingPage;
use crate::pages::onboarding::OnboardingPage;
use crate::pages::overview::{self, OverviewPage};
use crate::pages::quality::column_panel::ColumnView;
use crate::pages::quality::expectations::{self, ExpectationsView};
use crate::pages::quality::filters::Range;
use crate::pages::quality::{self, QualityPage};
use crate::pages::recovery::{ConfirmEmailPage, ForgotPasswordPage, ResetPasswordPage};
use crate::pages::schema::compare::DifferencesView;
use crate::pages::schema::object::{self, ObjectView};
use crate::pages::schema::{self, SchemaPage};
use crate::pages::settings::SettingsPage;
use crate::pages::settings::account::AccountView;
use crate::pages::settings::sections::{Administration, Connections, People, Watched};
use crate::pages::sign_in::{CallbackPage, ClerkPage, SignInPage, SignUpPage};

/// Builds a view.
type View = fn() -> AnyView;

/// Builds a view of what is known where it is shown.
type Build = Arc<dyn Fn() -> AnyView + Send + Sync>;

/// The fetch of a part, which has what builds its view. Its failure is not kept: the next fetch is a new one.
type Fetch<B> = Pin<Box<dyn Future<Output = Result<B, SplitLoaderError>>>>;

/// What is known of a part.
#[derive(Clone)]
enum Part {
    Fetching,
    Here(Build),
    Absent,
}

/// A page whose part is fetched when the page is first shown, and what is shown until then.
macro_rules! page {
    ($name:ident, $part:ident, $view:ident, $waiting:expr) => {
        #[component]
        pub fn $name() -> impl IntoView {
            #[wasm_split($part, wasm_split_path = leptos::wasm_split, fallible)]
            fn $part() -> Result<View, SplitLoaderError> {
                Ok(|| $view().into_any())
            }
            page(Box::pin($part()), $waiting)
        }
    };
}

page!(Landing, landing, LandingPage, || ().into_any());
page!(SignIn, sign_in, SignInPage, || ().into_any());
page!(SignUp, sign_in, SignUpPage, || ().into_any());
page!(ForgotPassword, recovery, ForgotPasswordPage, || ().into_any());
page!(ResetPassword, recovery, ResetPasswordPage, || ().into_any());
page!(ConfirmEmail, recovery, ConfirmEmailPage, || ().into_any());
page!(SignInCallback, recovery, CallbackPage, || ().into_any());
page!(SignInByClerk, recovery, ClerkPage, || ().into_any());
page!(Onboarding, onboarding, OnboardingPage, || ().into_any());
page!(Settings, settings, SettingsPage, || waiting("settings", "Settings", settings_waiting));
page!(Schema, schema, SchemaPage, || waiting("schema", "Schema", || schema::waiting().into_any()));
page!(Graph, graph, GraphPage, graph_waiting);
page!(Quality, quality, QualityPage, || waiting("quality", "Data quality", || quality::waiting().into_any()));
page!(Drift, drift, DriftPage, || waiting("drift", "Drift", || drift::waiting().into_any()));
page!(Incidents, incidents, IncidentsPage, || waiting("incidents", "Incidents", || incidents::waiting()
    .into_any()));
page!(Agents, agents, AgentsPage, || waiting("agents", "Agents", || agents::waiting().into_any()));

/// The first page of the dashboard.
#[component]
pub fn Overview() -> impl IntoView {
    page(Box::pin(overview()), || waiting("overview", "Overview", || overview::waiting().into_any()))
}

#[wasm_split(overview, wasm_split_path = leptos::wasm_split, fallible, preload(fetch_overview))]
fn overview() -> Result<View, SplitLoaderError> {
    Ok(|| view! { <OverviewPage /> }.into_any())
}

/// Fetches the part of [`Overview`] while there is still something else to wait for.
pub(crate) fn expect_overview() {
    spawn_local(async {
        // Whoever shows it is told of a failure.
        let _ = fetch_overview().await;
    });
}

/// A piece of a page whose part is fetched when the piece is first shown, and what is shown until then.
macro_rules! piece {
    ($(#[$doc:meta])* $name:ident: $part:ident($($prop:ident: $kind:ty),*) -> $view:ident, $waiting:expr) => {
        $(#[$doc])*
        #[component]
        pub fn $name($($prop: $kind),*) -> impl IntoView {
            #[wasm_split($part, wasm_split_path = leptos::wasm_split, fallible)]
            fn $part() -> Result<fn($($kind),*) -> AnyView, SplitLoaderError> {
                Ok(|$($prop),*| view! { <$view $($prop=$prop)* /> }.into_any())
            }
            let fetch = async move { $part().await.map(|view| Arc::new(move || view($($prop),*)) as Build) };
            piece(Box::pin(fetch), $waiting)
        }
    };
}

piece!(
    /// What differs between two versions, in a dialog.
    Differences: differences(from: u32, to: u32) -> DifferencesView,
    || view! { <SkeletonRows what="the differences" /> }.into_any()
);
piece!(
    /// The expectations, beside the columns.
    Expectations: expectations(table: RwSignal<String>, ready: RwSignal<bool>) -> ExpectationsView,
    || expectations::waiting().into_any()
);
piece!(
    /// The details of a column, beside the list.
    Column: column(stats: RwSignal<Option<ColumnHealth>>, range: Range) -> ColumnView,
    || view! { <SkeletonRows what="the column" /> }.into_any()
);
piece!(
    /// One event, in a dialog.
    Event: event(id: DriftId, on_decided: Callback<()>) -> EventView,
    || view! { <SkeletonRows what="the event" /> }.into_any()
);
piece!(
    /// What was decided beforehand, beside the events.
    Policy: policy(ready: RwSignal<bool>) -> PolicyView,
    || drift::policy::waiting().into_any()
);
piece!(
    /// One incident, beside the list.
    Incident: incident(id: IncidentId, opened: RwSignal<String>, on_changed: Callback<()>) -> Detail,
    || incidents::detail::waiting().into_any()
);
piece!(
    /// The sections about what Bastion talks to.
    ConnectionSections: connections(key: &'static str, organization: Signal<Organization>, ready: RwSignal<bool>) -> Connections,
    settings_waiting
);
piece!(
    /// The sections about what is watched, and whose it is.
    SourceSections: sources(key: &'static str, ready: RwSignal<bool>) -> Watched,
    settings_waiting
);
piece!(
    /// The sections about who may come in.
    PeopleSections: people(key: &'static str, ready: RwSignal<bool>) -> People,
    settings_waiting
);
piece!(
    /// The sections about the organization itself.
    OrganizationSections: administration(key: &'static str, organization: Signal<Organization>, ready: RwSignal<bool>) -> Administration,
    settings_waiting
);
piece!(
    /// The section of the person at the screen.
    AccountSection: account(ready: RwSignal<bool>) -> AccountView,
    settings_waiting
);

/// One table or view, beside the list of all.
#[component]
pub fn Object(path: Memo<Option<String>>, ready: RwSignal<bool>) -> impl IntoView {
    let fetch = async move { object().await.map(|view| Arc::new(move || view(path, ready)) as Build) };
    piece(Box::pin(fetch), || object::waiting().into_any())
}

/// What shows the object of a path, and says when it is there.
type ObjectOf = fn(Memo<Option<String>>, RwSignal<bool>) -> AnyView;

#[wasm_split(object, wasm_split_path = leptos::wasm_split, fallible, preload(fetch_object))]
fn object() -> Result<ObjectOf, SplitLoaderError> {
    Ok(|path, ready| view! { <ObjectView path=path ready=ready /> }.into_any())
}

/// Fetches the part of [`Object`] while there is still something else to wait for.
pub(crate) fn expect_object() {
    spawn_local(async {
        let _ = fetch_object().await;
    });
}

fn page(fetch: Fetch<View>, waiting: View) -> AnyView {
    let fetch = async move { fetch.await.map(|view| Arc::new(view) as Build) };
    show(Box::pin(fetch), waiting, || view! { <AbsentPage /> }.into_any())
}

fn piece(fetch: Fetch<Build>, waiting: View) -> AnyView {
    show(fetch, waiting, || {
        view! { <Card>{absent("This part of the page could not be loaded")}</Card> }.into_any()
    })
}

/// Shows `waiting` until the part is here. One that was fetched before is here before the next frame is drawn.
fn show(fetch: Fetch<Build>, waiting: View, absent: View) -> AnyView {
    let part = RwSignal::new(Part::Fetching);
    spawn_local(async move {
        let fetched = fetch.await.map_or(Part::Absent, Part::Here);
        // A page has a heading of its own, in place of the one that navigation gave focus to.
        let focused = heading_has_focus();
        let _ = part.try_set(fetched);
        if focused {
            focus_heading();
        }
    });
    (move || match part.get() {
        Part::Fetching => waiting(),
        Part::Here(build) => build(),
        Part::Absent => absent(),
    })
    .into_any()
}

/// In the place of a page.
#[component]
fn AbsentPage() -> impl IntoView {
    view! {
        <PageFrame name="absent" title="Not loaded" ready=true>
            <h1 class="sr-only" tabindex="-1">
                "Not loaded"
            </h1>
            {absent("This page could not be loaded")}
        </PageFrame>
    }
}

/// Why something is not there, and what to do: after an upgrade of the server, only the page that it serves now knows how
/// its parts are called.
fn absent(title: &'static str) -> impl IntoView {
    view! {
        <ErrorState
            title=title
            text="The network failed, or Bastion was upgraded after this window was opened. Nothing was changed. Reload to go on where you were."
            retry_label="Reload the page"
            on_retry=|()| {
                let _ = window().location().reload();
            }
        />
    }
}

/// A page of the dashboard, with the geometry that it will have.
fn waiting(name: &'static str, title: &'static str, content: View) -> AnyView {
    let class = if name == "schema" { "mx-auto w-full p-6" } else { "mx-auto w-full max-w-[1440px] p-6" };
    view! {
        <PageFrame name=name title=title ready=false class=class>
            <PageHeader title=title />
            {content()}
        </PageFrame>
    }
    .into_any()
}

fn settings_waiting() -> AnyView {
    view! {
        <div class="rounded-xl border border-border bg-surface">
            <SkeletonRows what="settings" />
        </div>
    }
    .into_any()
}

fn graph_waiting() -> AnyView {
    view! {
        <PageFrame name="graph" title="Schema graph" ready=false class="flex flex-1 flex-col">
            <h1 class="sr-only" tabindex="-1">
                "Schema graph"
            </h1>
            <div class="flex-1 p-6" role="status" aria-label="Loading the graph">
                <Skeleton class="h-full w-full" />
            </div>
        </PageFrame>
    }
    .into_any()
}
