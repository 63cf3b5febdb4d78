//! `/dashboard/schema/graph`: the whole schema on one canvas.

mod places;

use graph::SchemaGraphView;
use leptos::prelude::*;
use types::problem::Code;
use types::schema::SchemaGraph;
use ui::letters::lower;
use ui::{Card, EmptyState, Glyph, SearchInput, Skeleton};

use crate::address::query_text;
use crate::fetch::Fetched;
use crate::one_source::{ChooseSource, OneSource};
use crate::page::{PageFrame, failure_view};
use crate::scan::ScanButton;
use crate::workspace::{use_go, use_workspace};

/// The table that a text means: the one of that name or path, else the first that contains it.
fn table_named(graph: &SchemaGraph, text: &str) -> Option<String> {
    let text = lower(text.trim());
    if text.is_empty() {
        return None;
    }
    graph
        .tables
        .iter()
        .find(|table| lower(&table.name) == text || lower(&table.path) == text)
        .or_else(|| graph.tables.iter().find(|table| lower(&table.path).contains(&text)))
        .map(|table| table.path.clone())
}

/// The page.
#[component]
pub fn GraphPage() -> impl IntoView {
    let workspace = use_workspace();
    let go = use_go();
    let graph = Fetched::of(
        move || workspace.one.get().asked(),
        |api, source| async move { api.schema_graph(source.as_deref()).await },
    );
    let there = Memo::new(move |_| graph.is_there());
    let shown = Signal::derive(move || graph.get().unwrap_or_default());
    let chosen = query_text("focus");
    let selected = RwSignal::new(Some(chosen.get_untracked()).filter(|path| !path.is_empty()));
    Effect::new(move |_| {
        let path = selected.get().unwrap_or_default();
        if chosen.get_untracked() != path {
            chosen.set(path);
        }
    });
    let moves = places::kept(workspace);
    let text = RwSignal::new(String::new());
    let focus = Memo::new(move |_| {
        let text = text.get();
        if text.trim().is_empty() {
            Some(chosen.get_untracked()).filter(|path| !path.is_empty())
        } else {
            graph.with(|graph| graph.and_then(|graph| table_named(graph, &text)))
        }
    });
    let open = move |path: String| {
        let page = format!("/dashboard/schema/{}", leptos_router::location::Url::escape(&path));
        go(&untrack(|| workspace.href(&page)), false);
    };
    let open = Callback::new(open);
    let empty = Memo::new(move |_| graph.with(|graph| graph.is_some_and(|graph| graph.tables.is_empty())));
    let to_choose = Memo::new(move |_| {
        workspace.one.get() == OneSource::ToChoose
            || graph.failure().is_some_and(|failure| failure.is(Code::SourceRequired))
    });
    let never = Memo::new(move |_| {
        workspace.one.get() == OneSource::Missing
            || graph.failure().is_some_and(|failure| failure.is(Code::NoSnapshot))
    });
    view! {
        <PageFrame
            name="graph"
            title="Schema graph"
            ready=Signal::derive(move || there.get() || never.get() || to_choose.get())
            refreshing=Signal::derive(move || graph.is_busy() && there.get())
            class="flex flex-1 flex-col"
        >
            <h1 class="sr-only" tabindex="-1">
                "Schema graph"
            </h1>
            {move || {
                if to_choose.get() {
                    view! {
                        <div class="p-6">
                            <ChooseSource />
                        </div>
                    }
                        .into_any()
                } else if there.get() && !empty.get() {
                    view! {
                        <div class="relative min-h-[480px] flex-1">
                            <div class="absolute inset-0">
                            <SchemaGraphView
                                graph=shown
                                selected=selected
                                focus=focus
                                moves=moves
                                on_open=open
                                tools=move || {
                                    view! {
                                        <div class="w-56">
                                            <SearchInput value=text label="Find a table" />
                                        </div>
                                    }
                                }
                            />
                            </div>
                        </div>
                    }
                        .into_any()
                } else if empty.get() || (never.get() && !there.get()) {
                    view! {
                        <div class="p-6">
                            <Card>
                                <EmptyState
                                    icon=Glyph::Network
                                    title="There is no table to draw"
                                    text="After a scan, tables and their foreign keys are drawn here."
                                    action=|| view! { <ScanButton /> }
                                />
                            </Card>
                        </div>
                    }
                        .into_any()
                } else if graph.failure().is_some() {
                    failure_view(graph)
                } else {
                    view! {
                        <div class="flex-1 p-6" role="status" aria-label="Loading the graph">
                            <Skeleton class="h-full w-full" />
                        </div>
                    }
                        .into_any()
                }
            }}
        </PageFrame>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use types::quality::Health;
    use types::schema::GraphTable;

    #[test]
    fn an_exact_name_wins_over_one_that_contains_it() {
        let table = |path: &str| GraphTable {
            path: path.to_owned(),
            schema: "public".to_owned(),
            name: path.trim_start_matches("public.").to_owned(),
            kind: "table".to_owned(),
            row_count: None,
            health: Health::Unknown,
            columns: Vec::new(),
        };
        let graph =
            SchemaGraph { tables: vec![table("public.film_actor"), table("public.film")], edges: Vec::new() };
        assert_eq!(table_named(&graph, "Film").as_deref(), Some("public.film"));
        assert_eq!(table_named(&graph, "actor").as_deref(), Some("public.film_actor"));
        assert_eq!(table_named(&graph, "x"), None);
        assert_eq!(table_named(&graph, " "), None);
    }
}
