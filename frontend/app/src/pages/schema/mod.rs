//! `/dashboard/schema`: what the schema is, object by object.

mod columns;
pub(crate) mod compare;
mod describe;
mod details;
mod history;
mod list;
mod neighbours;
pub(crate) mod object;
mod ownership;
mod relationships;
mod rights;
mod values;
mod versions;

use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_params_map};
use types::problem::Code;
use ui::{ButtonVariant, Card, EmptyState, Glyph, LinkButton, PageHeader, Skeleton, SkeletonRows, format};

use crate::address::with_query;
use crate::fetch::Fetched;
use crate::one_source::{ChooseSource, OneSource};
use crate::owners::Narrowing;
use crate::page::{PageFrame, failure_view};
use crate::part::{Object, expect_object};
use crate::scan::ScanButton;
use crate::workspace::use_workspace;
use list::TableList;
use versions::VersionsView;

/// The path in the URL's last part; tracked.
fn chosen_path() -> Memo<Option<String>> {
    let params = use_params_map();
    Memo::new(move |_| params.with(|params| params.get("table")).filter(|path| !path.is_empty()))
}

/// The page.
#[component]
pub fn SchemaPage() -> impl IntoView {
    let workspace = use_workspace();
    let narrowing = Narrowing::of_address(move || workspace.one_source().into_iter().collect());
    let schema = Fetched::of(
        move || Some((workspace.one.get().asked()?, narrowing.owner.get(), narrowing.tag.get())),
        |api, (source, owner, tag)| async move { api.schema_of(source.as_deref(), &owner, &tag).await },
    );
    let path = chosen_path();
    if path.with_untracked(Option::is_some) {
        expect_object();
    }
    let answer = move || {
        schema.with(|schema| {
            schema.map(|schema| {
                format!(
                    "{}: {}, {}, {}; version {}",
                    schema.source,
                    format::plural(schema.counts.tables.into(), "table"),
                    format::plural(schema.counts.views.into(), "view"),
                    format::plural(schema.counts.columns.into(), "column"),
                    schema.version
                )
            })
        })
    };
    let to_choose = Memo::new(move |_| {
        workspace.one.get() == OneSource::ToChoose
            || schema.failure().is_some_and(|failure| failure.is(Code::SourceRequired))
    });
    let nothing_scanned = Memo::new(move |_| {
        workspace.one.get() == OneSource::Missing
            || (!schema.is_there()
                && schema
                    .failure()
                    .is_some_and(|failure| failure.is(Code::NoSnapshot) || failure.is(Code::NotFound)))
    });
    let there = Memo::new(move |_| schema.is_there());
    let object_ready = RwSignal::new(false);
    let ready = move || {
        to_choose.get()
            || nothing_scanned.get()
            || (there.get() && (path.get().is_none() || object_ready.get()))
    };
    let tables = Memo::new(move |_| {
        schema.with(|schema| schema.map(|schema| schema.tables.clone()).unwrap_or_default())
    });
    // A narrow window has room for the list or for a table.
    let list_class = move || if path.get().is_some() { "hidden lg:contents" } else { "contents" };
    let search = use_location().search;
    let list_page = Signal::derive(move || search.with(|search| with_query("/dashboard/schema", search)));
    view! {
        <PageFrame
            name="schema"
            title=Signal::derive(move || path.get().unwrap_or_else(|| "Schema".to_owned()))
            ready=Signal::derive(ready)
            refreshing=Signal::derive(move || schema.is_busy() && there.get())
            class="mx-auto w-full p-6"
        >
            <PageHeader
                title="Schema"
                answer=Signal::derive(answer)
                actions=move || {
                    view! {
                        <LinkButton
                            href=Signal::derive(move || workspace.href("/dashboard/schema/graph"))
                            icon=Glyph::Network
                        >
                            "Open graph"
                        </LinkButton>
                    }
                }
            />
            {move || {
                if to_choose.get() {
                    view! { <ChooseSource /> }.into_any()
                } else if nothing_scanned.get() {
                    view! { <NothingScanned /> }.into_any()
                } else if there.get() {
                    view! {
                        <div class="grid items-start gap-4 lg:grid-cols-[280px_minmax(0,1fr)]">
                            <div class=list_class>
                                <TableList tables=tables chosen=path narrowing=narrowing />
                            </div>
                            <div class="min-w-0">
                                <Show when=move || path.get().is_some()>
                                    <div class="mb-4 lg:hidden">
                                        <LinkButton href=list_page icon=Glyph::Table>
                                            "All tables"
                                        </LinkButton>
                                    </div>
                                </Show>
                                <Show
                                    when=move || path.get().is_some()
                                    fallback=move || view! { <VersionsView schema=schema /> }
                                >
                                    <Object path=path ready=object_ready />
                                </Show>
                            </div>
                        </div>
                    }
                        .into_any()
                } else if schema.failure().is_some() {
                    failure_view(schema)
                } else {
                    waiting().into_any()
                }
            }}
        </PageFrame>
    }
}

/// The same geometry as the page.
pub(crate) fn waiting() -> impl IntoView {
    view! {
        <div class="grid gap-4 lg:grid-cols-[280px_minmax(0,1fr)]">
            <div class="rounded-xl border border-border bg-surface">
                <SkeletonRows rows=12 what="tables" />
            </div>
            <div class="h-96 rounded-xl border border-border bg-surface p-5">
                <Skeleton class="h-6 w-64" />
            </div>
        </div>
    }
}

#[component]
fn NothingScanned() -> impl IntoView {
    view! {
        <Card>
            <EmptyState
                icon=Glyph::Table
                title="There is no snapshot yet"
                text="The first scan reads every table, view, column and key of the source and keeps them as version 1."
                action=|| view! { <ScanButton variant=ButtonVariant::Primary /> }
            />
        </Card>
    }
}
