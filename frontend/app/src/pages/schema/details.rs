use leptos::prelude::*;
use types::permission::Permission;
use types::schema::ObjectDetail;
use types::snapshot::{Body, Table};

use super::ownership::{Inherited, OwnerForm};
use super::rights;
use crate::workspace::use_workspace;

const RIGHTS: &str = "Rights besides the owner's";

/// A heading with lines of text under it.
struct Section {
    title: &'static str,
    lines: Vec<String>,
}

fn named(name: &str, rest: &str) -> String {
    if name.is_empty() { rest.to_owned() } else { format!("{name}: {rest}") }
}

/// What belongs to a table besides its columns.
fn table_sections(table: &Table) -> Vec<Section> {
    let keys = |keys: &[types::snapshot::Key]| {
        keys.iter().map(|key| named(&key.name, &key.columns.join(", "))).collect::<Vec<_>>()
    };
    vec![
        Section {
            title: "Primary key",
            lines: table
                .primary_key
                .as_ref()
                .map(|key| named(&key.name, &key.columns.join(", ")))
                .into_iter()
                .collect(),
        },
        Section { title: "Unique constraints", lines: keys(&table.uniques) },
        Section {
            title: "Check constraints",
            lines: table.checks.iter().map(|check| named(&check.name, &check.expression)).collect(),
        },
        Section {
            title: "Exclusion constraints",
            lines: table.exclusions.iter().map(|one| named(&one.name, &one.definition)).collect(),
        },
        Section {
            title: "Indexes",
            lines: table
                .indexes
                .iter()
                .map(|index| {
                    let parts: Vec<_> = index.parts.iter().map(|part| part.expression.as_str()).collect();
                    let unique = if index.unique { "unique " } else { "" };
                    let predicate =
                        index.predicate.as_ref().map(|text| format!(" where {text}")).unwrap_or_default();
                    format!("{}: {unique}{} ({}){predicate}", index.name, index.method, parts.join(", "))
                })
                .collect(),
        },
        Section {
            title: "Triggers",
            lines: table.triggers.iter().map(|trigger| named(&trigger.name, &trigger.definition)).collect(),
        },
        Section {
            title: "Row-level security policies",
            lines: table
                .policies
                .iter()
                .map(|policy| format!("{}: {} for {}", policy.name, policy.command, policy.roles.join(", ")))
                .collect(),
        },
        Section {
            title: "Partitions",
            lines: table
                .partitions
                .iter()
                .flat_map(|partitions| {
                    std::iter::once(partitions.key.clone()).chain(partitions.names.iter().cloned())
                })
                .collect(),
        },
        Section { title: "Options", lines: table.options.clone() },
        Section { title: RIGHTS, lines: rights::lines(&table.privileges) },
    ]
}

fn sections(detail: &ObjectDetail) -> Vec<Section> {
    let mut sections = match &detail.object.body {
        Body::Table(table) => table_sections(table),
        Body::View(view) | Body::MaterializedView(view) => vec![
            Section { title: "Definition", lines: vec![view.definition.clone()] },
            Section { title: "Reads", lines: view.depends_on.clone() },
            Section { title: "Calls", lines: view.calls.clone() },
            Section { title: "Options", lines: view.options.clone() },
            Section { title: RIGHTS, lines: rights::lines(&view.privileges) },
        ],
        _ => Vec::new(),
    };
    sections.push(Section { title: "Hash of the canonical form", lines: vec![detail.object.hash.clone()] });
    sections.retain(|section| section.lines.iter().any(|line| !line.is_empty()));
    sections
}

/// Keys, constraints, indexes and the rest; owner and tags.
#[component]
pub fn DetailsTab(detail: Signal<ObjectDetail>, on_changed: Callback<()>) -> impl IntoView {
    let workspace = use_workspace();
    view! {
        <div class="grid gap-8 xl:grid-cols-[minmax(0,2fr)_minmax(0,1fr)]">
            <div class="space-y-5">
                {move || {
                    detail
                        .with(sections)
                        .into_iter()
                        .map(|section| {
                            let lines = section
                                .lines
                                .into_iter()
                                .map(|line| {
                                    view! {
                                        <li class="rounded-control bg-bg px-3 py-1.5 font-mono text-label break-words whitespace-pre-wrap">
                                            {line}
                                        </li>
                                    }
                                })
                                .collect_view();
                            view! {
                                <section>
                                    <h3 class="mb-1.5 text-label font-medium text-text-2">{section.title}</h3>
                                    <ul class="space-y-1">{lines}</ul>
                                </section>
                            }
                        })
                        .collect_view()
                }}
            </div>
            <div class="space-y-5">
                <Inherited detail=detail />
                <Show when=move || workspace.may(Permission::SchemaDescribe)>
                    <OwnerForm detail=detail on_changed=on_changed />
                </Show>
            </div>
        </div>
    }
}
