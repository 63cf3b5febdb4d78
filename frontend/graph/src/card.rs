use leptos::prelude::*;
use types::schema::GraphColumn;
use ui::{Glyph, HealthDot, Icon, format};

use crate::geometry::Rect;
use crate::model::Table;

/// How a table differs from another version of the schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    Added,
    Changed,
    Removed,
}

impl Mark {
    fn class(self) -> &'static str {
        match self {
            Self::Added => "graph-added",
            Self::Changed => "graph-changed",
            Self::Removed => "graph-removed",
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Changed => "changed",
            Self::Removed => "removed",
        }
    }
}

/// How a card stands to the chosen one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Nothing is chosen.
    Plain,
    Chosen,
    Neighbour,
    Dimmed,
}

impl Standing {
    fn class(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Chosen => "graph-chosen",
            Self::Neighbour => "graph-neighbour",
            Self::Dimmed => "graph-dimmed",
        }
    }
}

/// A table's card at its place; far away only its name and how many rows it has.
pub(crate) fn card<F: Fn() -> Standing + Send + Sync + 'static>(
    table: &Table,
    rect: Signal<Rect>,
    far: bool,
    mark: Option<Mark>,
    standing: F,
) -> impl IntoView + use<F> {
    let path = table.path.clone();
    let mark_class = mark.map(Mark::class).unwrap_or_default();
    let class = move || {
        let size = if far { "graph-far" } else { "" };
        format!("graph-card {size} {mark_class} {}", standing().class())
    };
    let inside = if far { far_inside(table).into_any() } else { near_inside(table, mark).into_any() };
    view! {
        <div
            class=class
            data-table=path.clone()
            title=far.then_some(path)
            style:transform=move || rect.with(|rect| format!("translate({}px, {}px)", rect.x, rect.y))
            style:width=format!("{}px", table.width)
            style:height=format!("{}px", table.height)
        >
            {inside}
        </div>
    }
}

fn far_inside(table: &Table) -> impl IntoView + use<> {
    let rows = table.row_count.map(|rows| {
        #[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
        let short = format::compact(rows as f64);
        view! { <span class="graph-far-rows">{short} " rows"</span> }
    });
    view! {
        <span class="graph-far-name">{table.name.clone()}</span>
        {rows}
    }
}

fn near_inside(table: &Table, mark: Option<Mark>) -> impl IntoView + use<> {
    let rows = table.row_count.map(|rows| {
        let exact = format!("{} rows", format::count(rows));
        #[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
        let short = format::compact(rows as f64);
        view! { <span class="graph-rows" title=exact>{short}" rows"</span> }
    });
    let kind = (table.kind != "table").then(|| table.kind.replace('_', " "));
    let columns = table.columns.iter().map(row).collect_view();
    let hidden = (table.hidden > 0)
        .then(|| view! { <div class="graph-row graph-hidden">{format!("+ {}", format::plural(table.hidden as u64, "column"))}</div> });
    view! {
        <div class="graph-head">
            <HealthDot health=table.health />
            <span class="graph-names">
                <span class="graph-name" title=table.path.clone()>{table.name.clone()}</span>
                <span class="graph-schema">
                    {table.schema.clone()}
                    {kind.map(|kind| format!(" · {kind}"))}
                    {mark.map(|mark| format!(" · {}", mark.word()))}
                </span>
            </span>
            {rows}
        </div>
        {columns}
        {hidden}
    }
}

fn row(column: &GraphColumn) -> impl IntoView + use<> {
    let key = match (column.primary_key, column.foreign_key) {
        (true, _) => Some((Glyph::Key, "primary key", "size-3 text-warn")),
        (false, true) => Some((Glyph::Link, "foreign key", "size-3 text-accent-text")),
        (false, false) => None,
    };
    let data_type = if column.nullable { format!("{}?", column.data_type) } else { column.data_type.clone() };
    view! {
        <div class="graph-row">
            <span class="graph-key">
                {key.map(|(glyph, label, class)| view! { <Icon glyph=glyph class=class label=label /> })}
            </span>
            <span class="graph-column">{column.name.clone()}</span>
            <span class="graph-type">{data_type}</span>
        </div>
    }
}
