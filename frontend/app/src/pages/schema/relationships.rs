use leptos::prelude::*;
use types::schema::ObjectDetail;
use types::snapshot::{Body, ForeignKey};
use ui::{Glyph, Icon};

use crate::workspace::use_workspace;

/// One line between two tables.
struct Relation {
    table: String,
    name: String,
    own: Vec<String>,
    other: Vec<String>,
}

fn outgoing(key: &ForeignKey) -> Relation {
    Relation {
        table: key.references.clone(),
        name: key.name.clone(),
        own: key.columns.clone(),
        other: key.referenced_columns.clone(),
    }
}

/// Which tables it refers to, which refer to it, and which views read it.
#[component]
pub fn RelationshipsTab(detail: Signal<ObjectDetail>) -> impl IntoView {
    let lists = move || {
        let detail = detail.get();
        let references: Vec<Relation> = match &detail.object.body {
            Body::Table(table) => table.foreign_keys.iter().map(outgoing).collect(),
            _ => Vec::new(),
        };
        let referenced: Vec<Relation> = detail
            .referenced_by
            .iter()
            .map(|reference| Relation {
                table: reference.table.clone(),
                name: reference.name.clone(),
                own: reference.referenced_columns.clone(),
                other: reference.columns.clone(),
            })
            .collect();
        let readers: Vec<Relation> = detail
            .used_by
            .iter()
            .map(|path| Relation {
                table: path.clone(),
                name: String::new(),
                own: Vec::new(),
                other: Vec::new(),
            })
            .collect();
        view! {
            <div class="mt-5 grid gap-6 lg:grid-cols-3">
                <RelationList title="References" nothing="It refers to no other table." relations=references />
                <RelationList title="Referenced by" nothing="No table refers to it." relations=referenced />
                <RelationList title="Used by views" nothing="No view is known to read it." relations=readers />
            </div>
        }
    };
    view! {
        <super::neighbours::Neighbours detail=detail />
        {lists}
    }
}

#[component]
fn RelationList(title: &'static str, nothing: &'static str, relations: Vec<Relation>) -> impl IntoView {
    let workspace = use_workspace();
    let body = if relations.is_empty() {
        view! { <p class="text-table text-text-3">{nothing}</p> }.into_any()
    } else {
        let items = relations
            .into_iter()
            .map(|relation| {
                let page = format!("/dashboard/schema/{}?tab=relationships", leptos_router::location::Url::escape(&relation.table));
                let columns = (!relation.own.is_empty())
                    .then(|| format!("{} = {}", relation.own.join(", "), relation.other.join(", ")));
                view! {
                    <li>
                        <a
                            class="flex items-start gap-2.5 rounded-control border border-border px-3 py-2 hover:border-control"
                            href=workspace.href(&page)
                            title=relation.name
                        >
                            <Icon glyph=Glyph::Table class="mt-0.5 size-4 text-text-3" />
                            <span class="min-w-0">
                                <span class="block font-mono text-table break-all">{relation.table}</span>
                                {columns
                                    .map(|text| {
                                        view! { <span class="block font-mono text-label break-all text-text-3">{text}</span> }
                                    })}
                            </span>
                        </a>
                    </li>
                }
            })
            .collect_view();
        view! { <ul class="space-y-2">{items}</ul> }.into_any()
    };
    view! {
        <section>
            <h3 class="mb-2 text-label font-medium text-text-2">{title}</h3>
            {body}
        </section>
    }
}
