use leptos::prelude::*;
use types::problem::Code;
use types::profile::{Level, TableFacets, TimeMethod};
use types::schema::ObjectDetail;
use types::snapshot::Body;
use ui::{Card, CopyButton, HealthBadge, Skeleton, SkeletonRows, TabPanel, Tabs, format};

use super::columns::ColumnTable;
use super::describe::{DescriptionEditor, Draft};
use super::details::DetailsTab;
use super::history::{Gone, HistoryTab};
use super::relationships::RelationshipsTab;
use super::values::ValuesTab;
use crate::address::query_choice;
use crate::fetch::Fetched;
use crate::owners;
use crate::page::failure_view;
use crate::words::provenance;
use crate::workspace::use_workspace;

/// One table or view: its columns, relationships, quality, history and details.
#[component]
pub fn ObjectView(path: Memo<Option<String>>, ready: RwSignal<bool>) -> impl IntoView {
    let workspace = use_workspace();
    let detail = Fetched::new(
        move || (workspace.one_source(), path.get().unwrap_or_default()),
        |api, (source, path)| async move { api.object(source.as_deref(), &path).await },
    );
    // What was fetched for another table is not this table.
    let own = Memo::new(move |_| {
        let path = path.get();
        detail.with(|detail| detail.filter(|detail| Some(&detail.object.path) == path.as_ref()).cloned())
    });
    Effect::new(move |_| ready.set(own.with(Option::is_some) || detail.failure().is_some()));
    let shown = Memo::new(move |_| own.with(|own| own.as_ref().map(|own| own.object.path.clone())));
    move || {
        if shown.get().is_some() {
            let first = own.get_untracked();
            first.map(|first| {
                let value = RwSignal::new(first);
                Effect::new(move |_| {
                    if let Some(next) = own.get() {
                        value.set(next);
                    }
                });
                view! { <ObjectTabs detail=value.into() on_changed=move || detail.reload() /> }.into_any()
            })
        } else if detail.failure().is_some_and(|failure| failure.is(Code::NotFound)) {
            Some(view! { <Gone path=path otherwise=move || failure_view(detail) /> }.into_any())
        } else if detail.failure().is_some() {
            Some(view! { <Card>{failure_view(detail)}</Card> }.into_any())
        } else {
            Some(waiting().into_any())
        }
    }
}

/// The same geometry.
pub(crate) fn waiting() -> impl IntoView {
    view! {
        <div class="rounded-xl border border-border bg-surface">
            <div class="p-5">
                <Skeleton class="h-6 w-72" />
            </div>
            <SkeletonRows rows=8 what="the table" />
        </div>
    }
}

#[component]
fn ObjectTabs(detail: Signal<ObjectDetail>, #[prop(into)] on_changed: Callback<()>) -> impl IntoView {
    let tab = query_choice("tab", "columns");
    let tabs = Signal::derive(move || {
        detail.with(|detail| {
            let references = match &detail.object.body {
                Body::Table(table) => table.foreign_keys.len(),
                _ => 0,
            };
            let related = references + detail.referenced_by.len() + detail.used_by.len();
            vec![
                ("columns".to_owned(), format!("Columns {}", detail.columns.len())),
                ("relationships".to_owned(), format!("Relationships {related}")),
                ("values".to_owned(), "Values".to_owned()),
                ("quality".to_owned(), "Quality".to_owned()),
                ("history".to_owned(), format!("History {}", detail.history.len())),
                ("details".to_owned(), "Details".to_owned()),
            ]
        })
    });
    view! {
        <section class="rounded-xl border border-border bg-surface shadow-card" data-object=move || detail.get().object.path>
            <div class="px-5 pt-5">
                <Heading detail=detail />
                <DescriptionEditor
                    table=Signal::derive(move || detail.get().object.path)
                    draft=Draft::new()
                    description=Signal::derive(move || detail.get().description)
                    on_saved=on_changed
                />
                <div class="mt-4">
                    <Tabs group="object" label="Parts of the table" tabs=tabs selected=tab />
                </div>
            </div>
            <TabPanel group="object" key_name="columns" selected=tab>
                <ColumnTable detail=detail on_changed=on_changed />
            </TabPanel>
            <TabPanel group="object" key_name="relationships" selected=tab>
                <div class="px-5 pb-5">
                    <RelationshipsTab detail=detail />
                </div>
            </TabPanel>
            <TabPanel group="object" key_name="values" selected=tab>
                <ValuesTab detail=detail />
            </TabPanel>
            <TabPanel group="object" key_name="quality" selected=tab>
                <div class="px-5 pb-5">
                    <super::history::QualityTab detail=detail />
                </div>
            </TabPanel>
            <TabPanel group="object" key_name="history" selected=tab>
                <div class="px-5 pb-5">
                    <HistoryTab detail=detail />
                </div>
            </TabPanel>
            <TabPanel group="object" key_name="details" selected=tab>
                <div class="px-5 pb-5">
                    <DetailsTab detail=detail on_changed=on_changed />
                </div>
            </TabPanel>
        </section>
    }
}

#[component]
fn Heading(detail: Signal<ObjectDetail>) -> impl IntoView {
    move || {
        let detail = detail.get();
        let rows = detail
            .row_count
            .map_or_else(|| "rows not counted".to_owned(), |rows| format::plural(rows, "row"));
        let how = provenance(detail.row_count_method);
        let size = detail.bytes.map(|bytes| format!(" · {}", format::bytes(bytes)));
        let fresh = detail
            .freshness_seconds
            .map(|seconds| format!(" · newest value {} old", format::duration(seconds)));
        let level = detail.facets.as_ref().map(profile_level);
        let owner = detail.ownership.owner.as_ref().map(|owner| {
            let from = owners::origin(&owner.from);
            view! { <span title=from>{format!(" · owned by {}", owners::name(owner))}</span> }
        });
        view! {
            <div class="flex flex-wrap items-start justify-between gap-3">
                <div class="min-w-0">
                    <h2 class="flex items-center gap-1 font-mono text-[16px] leading-6 font-semibold break-all">
                        {detail.object.path.clone()}
                        <CopyButton text=detail.object.path.clone() what="path" />
                    </h2>
                    <p class="text-table text-text-2">
                        {detail.object.body.kind().replace('_', " ")} " · " <span title=how>{rows}</span> {size} {fresh}
                        {owner}
                    </p>
                    {level.map(|level| view! { <p class="text-label text-text-3">{level}</p> })}
                </div>
                <div class="flex flex-wrap items-center gap-2">
                    {owners::tags(&detail.ownership)}
                    <HealthBadge health=detail.health />
                </div>
            </div>
        }
    }
}

/// How far the last profile read the table, and what its times rest on.
fn profile_level(facets: &TableFacets) -> String {
    let read = match facets.level {
        Level::Full => "Every row was read",
        Level::Sample => "A sample of the rows was read",
        Level::Estimate => "Only the database's own statistics were read",
    };
    let cut =
        facets.partial_reason.as_ref().map(|why| format!(", not to the end: {why}")).unwrap_or_default();
    let newest =
        facets.latest_value_method.map(|method| format!(" · newest value by {}", time_method(method)));
    let written = facets.last_write_method.map(|method| format!(" · last write by {}", time_method(method)));
    format!("{read}{cut}{}{}", newest.unwrap_or_default(), written.unwrap_or_default())
}

fn time_method(method: TimeMethod) -> &'static str {
    match method {
        TimeMethod::FullPass => "a pass over all rows",
        TimeMethod::Sample => "a sample",
        TimeMethod::Index => "the end of an index",
        TimeMethod::Tail => "the last pages",
        TimeMethod::CommitTime => "the newest commit",
        TimeMethod::Counters => "the engine's counters",
        TimeMethod::FileTime => "the file's time",
        TimeMethod::TableTime => "the table's own time",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_says_how_far_it_was_read_and_what_its_times_rest_on() {
        let mut facets = TableFacets { level: Level::Full, ..TableFacets::default() };
        assert_eq!(profile_level(&facets), "Every row was read");
        facets.partial_reason = Some("the budget of bytes ran out".into());
        facets.latest_value_method = Some(TimeMethod::FullPass);
        facets.last_write_method = Some(TimeMethod::CommitTime);
        assert_eq!(
            profile_level(&facets),
            "Every row was read, not to the end: the budget of bytes ran out · newest value by a pass over all rows · \
             last write by the newest commit"
        );
        let facets = TableFacets { level: Level::Sample, ..TableFacets::default() };
        assert_eq!(profile_level(&facets), "A sample of the rows was read");
    }
}
