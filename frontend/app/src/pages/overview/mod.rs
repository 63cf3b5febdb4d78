//! `/dashboard`: can the data be trusted?

mod activity;
mod attention;
mod cards;
mod figures;
mod trust;

use leptos::prelude::*;
use ui::{ButtonVariant, Card, EmptyState, Glyph, PageHeader, Skeleton, format};

use crate::fetch::Fetched;
use crate::one_source::ConnectSource;
use crate::page::{Loaded, PageFrame};
use crate::scan::ScanButton;
use crate::workspace::use_workspace;
use activity::ActivityCard;
use attention::AttentionCard;
use cards::StatCards;
use figures::{Figures, GrowthCard};
use trust::TrustSentence;

/// The first page of the dashboard.
#[component]
pub fn OverviewPage() -> impl IntoView {
    let workspace = use_workspace();
    let overview = Fetched::new(
        move || workspace.source.get(),
        |api, source| async move { api.overview(source.as_deref()).await },
    );
    let answer = move || {
        overview.with(|overview| {
            let overview = overview?;
            Some(match (overview.sources, overview.sources_scanned) {
                (0, _) => "No source yet".to_owned(),
                (all, scanned) if all == scanned => {
                    format!("{} monitored", format::plural(all.into(), "source"))
                }
                (all, scanned) => {
                    format!("{} monitored, {scanned} scanned", format::plural(all.into(), "source"))
                }
            })
        })
    };
    view! {
        <PageFrame
            name="overview"
            title="Overview"
            ready=Signal::derive(move || overview.is_there())
            refreshing=Signal::derive(move || overview.is_busy() && overview.is_there())
        >
            <PageHeader title="Overview" answer=Signal::derive(answer) />
            <Loaded from=overview skeleton=waiting let:overview>
                {move || {
                    if overview.with(|overview| overview.sources == 0) {
                        view! { <NoSource /> }.into_any()
                    } else if overview.with(|overview| overview.sources_scanned == 0) {
                        view! { <NeverScanned /> }.into_any()
                    } else {
                        ().into_any()
                    }
                }}
                <Show when=move || { overview.with(|overview| overview.sources_scanned > 0) }>
                    <TrustSentence overview=overview />
                    <StatCards overview=overview />
                    <Figures overview=overview />
                    <div class="mt-4 grid gap-4 xl:grid-cols-2">
                        <GrowthCard overview=overview />
                        <AttentionCard overview=overview />
                    </div>
                    <div class="mt-4">
                        <ActivityCard />
                    </div>
                </Show>
            </Loaded>
        </PageFrame>
    }
}

#[component]
fn NoSource() -> impl IntoView {
    view! {
        <Card>
            <EmptyState
                icon=Glyph::Database
                title="No database is monitored yet"
                text="Once a source is connected and scanned, this page answers whether its data can be trusted: schema, drift, freshness and health."
                action=|| view! { <ConnectSource variant=ButtonVariant::Primary /> }
            />
        </Card>
    }
}

#[component]
fn NeverScanned() -> impl IntoView {
    view! {
        <Card>
            <EmptyState
                icon=Glyph::RefreshCw
                title="Nothing has been scanned yet"
                text="The first scan records the schema as version 1 and profiles every table. It only reads."
                action=|| view! { <ScanButton label="Run first schema scan" variant=ButtonVariant::Primary /> }
            />
        </Card>
    }
}

/// The same geometry as the page.
pub(crate) fn waiting() -> impl IntoView {
    let cards = (0..6)
        .map(|_| {
            view! {
                <div class="h-40 rounded-xl border border-border bg-surface p-5">
                    <Skeleton class="h-3.5 w-20" />
                    <Skeleton class="mt-4 h-7 w-24" />
                </div>
            }
        })
        .collect_view();
    view! {
        <div role="status" aria-label="Loading the overview">
            <div class="mb-4 h-16 rounded-xl border border-border bg-surface p-5">
                <Skeleton class="h-5 w-72" />
            </div>
            <div class="grid gap-4 sm:grid-cols-2 lg:grid-cols-3 min-[87.5rem]:grid-cols-6">{cards}</div>
            <div class="mt-4 grid gap-4 xl:grid-cols-3">
                <div class="h-80 rounded-xl border border-border bg-surface p-5 xl:col-span-2">
                    <Skeleton class="h-full w-full" />
                </div>
                <div class="h-80 rounded-xl border border-border bg-surface p-5">
                    <Skeleton class="h-full w-full" />
                </div>
            </div>
        </div>
    }
}
