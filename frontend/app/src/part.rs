//! Parts of the program that the browser fetches when a page of theirs is first shown.
//!
//! What the overview and the way to it need is the main part: no page of the first visit waits for a second fetch.
//! Pages that have much in common are one part. Which pages take which parts is known to the build as well, which holds
//! each first load to its budget: `crates/xtask/src/web/pages.rs`.

use std::future::Future;
use std::pin::Pin;

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_split::{SplitLoaderError, wasm_split};
use ui::{ErrorState, PageHeader, Skeleton, SkeletonRows};

use crate::page::{PageFrame, focus_heading, heading_has_focus};
use crate::pages::agents::{self, AgentsPage};
use crate::pages::drift::{self, DriftPage};
use crate::pages::graph::GraphPage;
use crate::pages::incidents::{self, IncidentsPage};
use crate::pages::landing::LandingPage;
use crate::pages::onboarding::OnboardingPage;
use crate::pages::quality::{self, QualityPage};
use crate::pages::recovery::{ConfirmEmailPage, ForgotPasswordPage, ResetPasswordPage};
use crate::pages::schema::{self, SchemaPage};
use crate::pages::settings::SettingsPage;
use crate::pages::sign_in::CallbackPage;

/// Builds a view.
type Build = fn() -> AnyView;

/// The fetch of a part, which has what builds its page. Its failure is not kept: the next fetch is a new one.
type Fetch = Pin<Box<dyn Future<Output = Result<Build, SplitLoaderError>>>>;

/// What is known of a part.
#[derive(Clone, Copy)]
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
            fn $part() -> Result<Build, SplitLoaderError> {
                Ok(|| $view().into_any())
            }
            show(Box::pin($part()), $waiting)
        }
    };
}

page!(Landing, landing, LandingPage, || ().into_any());
page!(ForgotPassword, recovery, ForgotPasswordPage, || ().into_any());
page!(ResetPassword, recovery, ResetPasswordPage, || ().into_any());
page!(ConfirmEmail, recovery, ConfirmEmailPage, || ().into_any());
page!(SignInCallback, recovery, CallbackPage, || ().into_any());
page!(Onboarding, setup, OnboardingPage, || ().into_any());
page!(Settings, setup, SettingsPage, || waiting("settings", "Settings", settings_waiting));
page!(Schema, explorer, SchemaPage, || waiting("schema", "Schema", || schema::waiting().into_any()));
page!(Graph, explorer, GraphPage, graph_waiting);
page!(Quality, monitoring, QualityPage, || waiting("quality", "Data quality", || quality::waiting()
    .into_any()));
page!(Drift, monitoring, DriftPage, || waiting("drift", "Drift", || drift::waiting().into_any()));
page!(Incidents, monitoring, IncidentsPage, || waiting("incidents", "Incidents", || incidents::waiting()
    .into_any()));
page!(Agents, monitoring, AgentsPage, || waiting("agents", "Agents", || agents::waiting().into_any()));

/// Shows `waiting` until the part is here. One that was fetched before is here before the next frame is drawn.
fn show(fetch: Fetch, waiting: Build) -> AnyView {
    let part = RwSignal::new(Part::Fetching);
    spawn_local(async move {
        let fetched = fetch.await.map_or(Part::Absent, Part::Here);
        // The page has a heading of its own, in place of the one that navigation gave focus to.
        let focused = heading_has_focus();
        let _ = part.try_set(fetched);
        if focused {
            focus_heading();
        }
    });
    (move || match part.get() {
        Part::Fetching => waiting(),
        Part::Here(build) => build(),
        Part::Absent => view! { <AbsentPage /> }.into_any(),
    })
    .into_any()
}

/// Why there is no page, and what to do: after an upgrade of the server, only the page that it serves now knows how its
/// parts are called.
#[component]
fn AbsentPage() -> impl IntoView {
    view! {
        <PageFrame name="absent" title="Not loaded" ready=true>
            <h1 class="sr-only" tabindex="-1">
                "Not loaded"
            </h1>
            <ErrorState
                title="This page could not be loaded"
                text="The network failed, or Bastion was upgraded after this window was opened. Nothing was changed. Reload to go on where you were."
                retry_label="Reload the page"
                on_retry=|()| {
                    let _ = window().location().reload();
                }
            />
        </PageFrame>
    }
}

/// A page of the dashboard, with the geometry that it will have.
fn waiting(name: &'static str, title: &'static str, content: Build) -> AnyView {
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
