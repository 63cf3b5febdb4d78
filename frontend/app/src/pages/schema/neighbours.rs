use std::collections::HashSet;

use graph::SchemaGraphView;
use leptos::prelude::*;
use types::schema::{ObjectDetail, SchemaGraph};
use ui::Skeleton;

use crate::fetch::Fetched;
use crate::page::Loaded;
use crate::workspace::{use_go, use_workspace};

/// The table, those it has a foreign key with, and the keys among them.
fn around(graph: &SchemaGraph, path: &str) -> SchemaGraph {
    let mut near: HashSet<&str> = HashSet::from([path]);
    for edge in &graph.edges {
        if edge.from == path {
            near.insert(&edge.to);
        }
        if edge.to == path {
            near.insert(&edge.from);
        }
    }
    SchemaGraph {
        tables: graph.tables.iter().filter(|table| near.contains(table.path.as_str())).cloned().collect(),
        edges: graph
            .edges
            .iter()
            .filter(|edge| near.contains(edge.from.as_str()) && near.contains(edge.to.as_str()))
            .cloned()
            .collect(),
    }
}

/// The graph of a table's neighbours.
#[component]
pub fn Neighbours(detail: Signal<ObjectDetail>) -> impl IntoView {
    let workspace = use_workspace();
    let go = use_go();
    let graph = Fetched::new(
        move || workspace.one_source(),
        |api, source| async move { api.schema_graph(source.as_deref()).await },
    );
    let path = Memo::new(move |_| detail.with(|detail| detail.object.path.clone()));
    let open = move |path: String| {
        let page =
            format!("/dashboard/schema/{}?tab=relationships", leptos_router::location::Url::escape(&path));
        go(&untrack(|| workspace.href(&page)), false);
    };
    let open = Callback::new(open);
    view! {
        <div class="relative h-[480px] overflow-hidden rounded-xl border border-border">
            <Loaded from=graph skeleton=|| view! { <Skeleton class="h-full w-full" /> } let:graph>
                {
                    let near = Memo::new(move |_| graph.with(|graph| around(graph, &path.get())));
                    let selected = RwSignal::new(Some(path.get_untracked()));
                    Effect::new(move |_| selected.set(Some(path.get())));
                    view! { <SchemaGraphView graph=near selected=selected on_open=open /> }
                }
            </Loaded>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use types::schema::GraphEdge;

    #[test]
    fn neighbours_are_one_foreign_key_away_in_either_direction() {
        let edge = |from: &str, to: &str| GraphEdge {
            name: String::new(),
            from: from.to_owned(),
            from_columns: Vec::new(),
            to: to.to_owned(),
            to_columns: Vec::new(),
        };
        let graph =
            SchemaGraph { tables: Vec::new(), edges: vec![edge("a", "b"), edge("b", "c"), edge("c", "d")] };
        let near = around(&graph, "b");
        assert_eq!(near.edges.len(), 2);
    }
}
