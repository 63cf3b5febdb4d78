use std::collections::HashMap;

use leptos::prelude::*;
use types::schema::{ColumnDetail, ObjectDetail};
use types::snapshot::path_of;
use ui::{Badge, Cell, Glyph, HeaderCell, HealthBadge, Icon, PercentBar, Row, Table};

use super::describe::{DescriptionEditor, Draft};
use crate::words::{provenance_of_nulls, provenance_of_uniqueness};
use crate::workspace::use_workspace;

/// The columns in the table's order, with what is known of their data.
#[component]
pub fn ColumnTable(detail: Signal<ObjectDetail>, on_changed: Callback<()>) -> impl IntoView {
    let table = Signal::derive(move || detail.with(|detail| detail.object.path.clone()));
    let drafts = Drafts::new();
    let head = || {
        view! {
            <HeaderCell>"Name"</HeaderCell>
            <HeaderCell>"Type"</HeaderCell>
            <HeaderCell>"Nullable"</HeaderCell>
            <HeaderCell class="w-full">"Description"</HeaderCell>
            <HeaderCell numeric=true>"Null %"</HeaderCell>
            <HeaderCell numeric=true>"Unique %"</HeaderCell>
            <HeaderCell>"Health"</HeaderCell>
        }
    };
    view! {
        <Table caption="Columns" head=head class="max-h-[calc(100dvh-320px)] min-h-64">
            <For
                each=move || {
                    detail
                        .with(|detail| {
                            detail
                                .columns
                                .iter()
                                .map(|column| {
                                    let mut parts = detail.object.parts.clone();
                                    parts.push(column.name.clone());
                                    (path_of(&parts), column.clone())
                                })
                                .collect::<Vec<_>>()
                        })
                }
                key=|(path, column)| {
                    let description = column.description.as_ref().map(|description| description.text.clone());
                    (path.clone(), column.data_type.clone(), column.nullable, column.recorded_at, description)
                }
                children=move |(path, column)| {
                    let draft = drafts.of(&path);
                    view! { <ColumnRow table=table path=path column=column draft=draft on_changed=on_changed /> }
                }
            />
        </Table>
    }
}

/// What is being written of the columns, by their paths.
#[derive(Clone, Copy)]
struct Drafts {
    /// Of the whole table: a row may go while somebody writes in it.
    owner: StoredValue<Owner>,
    of: StoredValue<HashMap<String, Draft>>,
}

impl Drafts {
    fn new() -> Self {
        let owner = Owner::current().unwrap_or_default();
        Self { owner: StoredValue::new(owner), of: StoredValue::default() }
    }

    fn of(self, path: &str) -> Draft {
        if let Some(draft) = self.of.with_value(|drafts| drafts.get(path).copied()) {
            return draft;
        }
        let draft = self.owner.get_value().with(Draft::new);
        self.of.update_value(|drafts| {
            drafts.insert(path.to_owned(), draft);
        });
        draft
    }
}

#[component]
fn ColumnRow(
    table: Signal<String>,
    path: String,
    column: ColumnDetail,
    draft: Draft,
    on_changed: Callback<()>,
) -> impl IntoView {
    let null_how = provenance_of_nulls(column.method, column.error_bound, column.recorded_at);
    let unique_how = provenance_of_uniqueness(column.method, column.error_bound, column.recorded_at);
    let exact_type = match &column.default {
        Some(default) => format!("{}, default {default}", column.data_type),
        None => column.data_type.clone(),
    };
    let (null_percent, uniqueness_percent, health) =
        (column.null_percent, column.uniqueness_percent, column.health);
    let personal = column
        .facets
        .as_ref()
        .and_then(|facets| facets.semantics.as_ref())
        .and_then(|found| super::values::personal(found.pii));
    let (primary, unique, nullable) = (column.primary_key, column.unique, column.nullable);
    let ColumnDetail { name, data_type, references, description, .. } = column;
    let marker = name.clone();
    let named = (path, name.clone());
    view! {
        <Row>
            <Cell mono=true>
                <span class="flex items-center gap-1.5 whitespace-nowrap" data-column=marker>
                    {name}
                    <KeyMarks
                        primary=primary
                        unique=unique
                        references=references
                    />
                    {personal
                        .map(|(label, tone, why)| view! { <Badge label=label tone=tone title=format!("Personal data: {why}") /> })}
                </span>
            </Cell>
            <Cell mono=true>
                <span class="block max-w-48 truncate text-text-2" title=exact_type>{data_type}</span>
            </Cell>
            <Cell>{if nullable { "yes" } else { "no" }}</Cell>
            <Cell class="w-full min-w-48">
                <DescriptionEditor
                    table=table
                    column=named
                    description=Signal::stored(description)
                    draft=draft
                    on_saved=on_changed
                />
            </Cell>
            <Cell numeric=true>
                <PercentBar value=null_percent label="NULL values" title=null_how />
            </Cell>
            <Cell numeric=true>
                <PercentBar value=uniqueness_percent label="Distinct values" title=unique_how />
            </Cell>
            <Cell>
                <HealthBadge health=health />
            </Cell>
        </Row>
    }
}

/// Which keys a column belongs to.
#[component]
fn KeyMarks(primary: bool, unique: bool, references: Option<String>) -> impl IntoView {
    let workspace = use_workspace();
    view! {
        {primary
            .then(|| {
                view! {
                    <span class="text-warn" title="Primary key">
                        <Icon glyph=Glyph::Key class="size-3.5" label="primary key" />
                    </span>
                }
            })}
        {(unique && !primary)
            .then(|| {
                view! {
                    <span class="text-text-3" title="Unique">
                        <Icon glyph=Glyph::CircleDot class="size-3.5" label="unique" />
                    </span>
                }
            })}
        {references
            .map(|table| {
                let page = format!("/dashboard/schema/{}", leptos_router::location::Url::escape(&table));
                view! {
                    <a class="inline-flex text-accent-text" href=workspace.href(&page) title=format!("References {table}")>
                        <Icon glyph=Glyph::Link class="size-3.5" label=format!("references {table}") />
                    </a>
                }
            })}
    }
}
