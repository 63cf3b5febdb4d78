use leptos::prelude::*;
use leptos_router::hooks::use_location;
use types::quality::Health;
use types::schema::TableSummary;
use ui::letters::lower;
use ui::{
    Badge, Button, EmptyState, Glyph, HealthDot, Icon, SearchInput, Select, SelectOption, Tone, VirtualList,
    format,
};

use crate::address::{query_text, with_query};
use crate::owners::{Narrowing, OwnerSelect, TagSelect};

/// The list's filters, as they stand in the URL.
#[derive(Clone, Copy)]
struct Facets {
    text: RwSignal<String>,
    kind: RwSignal<String>,
    health: RwSignal<String>,
    changed: RwSignal<String>,
    narrowing: Narrowing,
}

impl Facets {
    fn clear(self) {
        let Narrowing { owner, tag, .. } = self.narrowing;
        for part in [self.text, self.kind, self.health, self.changed, owner, tag] {
            part.set(String::new());
        }
    }
}

/// Whether a table has all that is asked for.
fn holds(table: &TableSummary, text: &str, kind: &str, health: &str, changed: bool) -> bool {
    let path = lower(&table.path);
    let description = lower(table.description.as_deref().unwrap_or_default());
    lower(text).split_whitespace().all(|word| path.contains(word) || description.contains(word))
        && match kind {
            "" => true,
            "view" => table.kind != "table",
            other => table.kind == other,
        }
        && (health.is_empty() || table.health.as_str() == health)
        && (!changed || table.changed)
}

/// Every table and view, searched and narrowed.
#[component]
pub fn TableList(
    tables: Memo<Vec<TableSummary>>,
    chosen: Memo<Option<String>>,
    narrowing: Narrowing,
) -> impl IntoView {
    let facets = Facets {
        text: query_text("q"),
        kind: query_text("kind"),
        health: query_text("health"),
        changed: query_text("changed"),
        narrowing,
    };
    let shown = Memo::new(move |_| {
        let (text, kind, health) = (facets.text.get(), facets.kind.get(), facets.health.get());
        let changed = !facets.changed.get().is_empty();
        tables.with(|tables| {
            tables
                .iter()
                .filter(|table| holds(table, &text, &kind, &health, changed))
                .cloned()
                .collect::<Vec<_>>()
        })
    });
    let counted = |label: &str, count: usize| format!("{label} ({count})");
    let kinds = Signal::derive(move || {
        tables.with(|tables| {
            let plain = tables.iter().filter(|table| table.kind == "table").count();
            vec![
                SelectOption::new("", counted("All", tables.len())),
                SelectOption::new("table", counted("Tables", plain)),
                SelectOption::new("view", counted("Views", tables.len() - plain)),
            ]
        })
    });
    let badges = Signal::derive(move || {
        tables.with(|tables| {
            let mut options = vec![SelectOption::new("", "Any health")];
            for (health, label) in [
                (Health::Critical, "Critical"),
                (Health::Warning, "Warning"),
                (Health::Healthy, "Healthy"),
                (Health::Unknown, "Not measured"),
            ] {
                let count = tables.iter().filter(|table| table.health == health).count();
                options.push(SelectOption::new(health.as_str(), counted(label, count)));
            }
            options
        })
    });
    let changed_count =
        Memo::new(move |_| tables.with(|tables| tables.iter().filter(|table| table.changed).count()));
    let only_changed = move || !facets.changed.get().is_empty();
    let row = move |_: usize, table: TableSummary| view! { <TableRow table=table chosen=chosen /> };
    view! {
        <section
            class="flex h-[calc(100dvh-232px)] min-h-96 flex-col rounded-xl border border-border bg-surface shadow-card lg:sticky lg:top-20"
            aria-label="Tables and views"
        >
            <div class="space-y-2 border-b border-border p-3">
                <SearchInput value=facets.text label="Search tables" />
                <div class="flex gap-2">
                    <Select value=facets.kind options=kinds label="Kind" />
                    <Select value=facets.health options=badges label="Health" />
                </div>
                <div class="flex gap-2">
                    <OwnerSelect narrowing=narrowing />
                    <TagSelect narrowing=narrowing />
                </div>
                <div class="flex items-center justify-between text-label text-text-3">
                    <span role="status">
                        {move || format!("{} of {}", shown.with(Vec::len), tables.with(Vec::len))}
                    </span>
                    <button
                        type="button"
                        class="min-h-6 rounded-full border border-border px-2 hover:border-control aria-pressed:border-transparent aria-pressed:bg-accent-tint aria-pressed:text-accent-text"
                        aria-pressed=move || if only_changed() { "true" } else { "false" }
                        on:click=move |_| {
                            let next = if only_changed() { "" } else { "1" };
                            facets.changed.set(next.to_owned());
                        }
                    >
                        {move || format!("Changed ({})", changed_count.get())}
                    </button>
                </div>
            </div>
            <div class="min-h-0 flex-1">
                <Show
                    when=move || !shown.with(Vec::is_empty)
                    fallback=move || {
                        view! {
                            <EmptyState
                                icon=Glyph::Filter
                                title="No table matches"
                                text="No table or view has this name, kind, health, owner and tag together."
                                action=move || {
                                    view! { <Button on_click=move || facets.clear()>"Clear filters"</Button> }
                                }
                            />
                        }
                    }
                >
                    <VirtualList
                        items=shown
                        key=|table: &TableSummary| (table.path.clone(), table.changed, table.health)
                        row_height=52.0
                        label="Tables and views"
                        row=row
                    />
                </Show>
            </div>
        </section>
    }
}

#[component]
fn TableRow(table: TableSummary, chosen: Memo<Option<String>>) -> impl IntoView {
    // The filters stay as they are.
    let path = format!("/dashboard/schema/{}", leptos_router::location::Url::escape(&table.path));
    let search = use_location().search;
    let href = move || search.with(|search| with_query(&path, search));
    let own = table.path.clone();
    let glyph = if table.kind == "table" { Glyph::Table } else { Glyph::Eye };
    let rows = table
        .row_count
        .map_or_else(String::new, |rows| format!(" · {} rows", format::compact(precise(rows))));
    let size = table.bytes.map(|bytes| format!(" · {}", format::bytes(bytes)));
    view! {
        <a
            href=href
            class="flex h-full w-full items-center gap-3 px-3 text-left hover:bg-surface-2 focus-visible:-outline-offset-2 aria-[current=true]:bg-accent-tint"
            aria-current=move || (chosen.get().as_ref() == Some(&own)).then_some("true")
            title=table.path.clone()
            data-table-row=table.path
        >
            <Icon glyph=glyph class="size-4 text-text-3" />
            <span class="min-w-0 flex-1">
                <span class="block truncate font-mono text-table">{table.name}</span>
                <span class="block truncate text-label text-text-2">
                    {table.schema} {rows} {format!(" · {}", format::plural(table.columns.into(), "column"))} {size}
                </span>
            </span>
            {table.changed.then(|| view! { <Badge label="changed" tone=Tone::Accent /> })}
            <HealthDot health=table.health />
        </a>
    }
}

#[expect(clippy::cast_precision_loss, reason = "three significant digits are shown")]
fn precise(rows: u64) -> f64 {
    rows as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_found_by_every_word_of_its_path_or_description() {
        let table = TableSummary {
            path: "public.film".to_owned(),
            schema: "public".to_owned(),
            name: "film".to_owned(),
            kind: "view".to_owned(),
            columns: 3,
            row_count: None,
            row_count_method: None,
            bytes: None,
            health: Health::Healthy,
            description: Some("Movies that are rented".to_owned()),
            changed: false,
        };
        assert!(holds(&table, "FILM rented", "", "", false));
        assert!(holds(&table, "", "view", "healthy", false));
        assert!(!holds(&table, "actor", "", "", false));
        assert!(!holds(&table, "", "table", "", false));
        assert!(!holds(&table, "", "", "", true));
    }
}
