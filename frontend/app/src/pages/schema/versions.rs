use leptos::prelude::*;
use types::page::Page;
use types::schema::{SchemaVersion, VersionSummary};
use ui::{
    Badge, Button, ButtonVariant, Card, Cell, Checkbox, CopyButton, EmptyState, Glyph, HeaderCell,
    RelativeTime, Row, SkeletonRows, Table, Tone, format,
};

use super::compare::CompareDialog;
use super::rights::Rights;
use crate::fetch::{Fetched, MorePages, Paged};
use crate::page::Loaded;
use crate::words::{counts, engine};
use crate::workspace::use_workspace;

/// The schema as a whole: what it holds, what could not be read, and its versions.
#[component]
pub fn VersionsView(schema: Fetched<SchemaVersion>) -> impl IntoView {
    let workspace = use_workspace();
    let history = Fetched::new(
        move || workspace.one_source(),
        |api, source| async move { api.schema_history(source.as_deref(), None).await },
    );
    view! {
        <div class="space-y-4">
            {move || schema.get().map(|schema| view! { <Summary schema=schema /> })}
            <Loaded
                from=history
                skeleton=|| {
                    view! {
                        <div class="rounded-xl border border-border bg-surface">
                            <SkeletonRows what="versions" />
                        </div>
                    }
                }
                let:page
            >
                <VersionTable page=page />
            </Loaded>
        </div>
    }
}

#[component]
fn Summary(schema: SchemaVersion) -> impl IntoView {
    let counts = [
        ("Schemas", schema.counts.schemas),
        ("Tables", schema.counts.tables),
        ("Views", schema.counts.views),
        ("Columns", schema.counts.columns),
        ("Foreign keys", schema.counts.foreign_keys),
        ("Indexes", schema.counts.indexes),
        ("Other objects", schema.counts.other),
    ];
    let size = schema.tables.iter().filter_map(|table| table.bytes).reduce(u64::saturating_add);
    let numbers = counts
        .into_iter()
        .map(|(name, count)| (name, format::count(count.into())))
        .chain(size.map(|bytes| ("Size of the tables", format::bytes(bytes))));
    let warnings = (!schema.warnings.is_empty()).then(|| {
        let items = schema
            .warnings
            .iter()
            .map(|warning| {
                view! {
                    <li class="break-words">
                        {warning.message.clone()} " "
                        <span class="font-mono text-label text-text-3">
                            {format!("{} × {}", warning.count, warning.subject)}
                        </span>
                    </li>
                }
            })
            .collect_view();
        view! {
            <details class="mt-4 rounded-control bg-warn-tint px-3 py-2 text-table">
                <summary class="font-medium text-warn">
                    {format!("{} about what could not be read or is not modelled", format::plural(schema.warnings.len() as u64, "warning"))}
                </summary>
                <ul class="mt-2 list-disc space-y-1 pl-5">{items}</ul>
            </details>
        }
    });
    view! {
        <Card title=format!("{} · {} {}", schema.database, engine(schema.engine), schema.engine_version)>
            <p class="flex flex-wrap items-center gap-x-1.5 text-table text-text-2">
                <span>
                    {format!("Version {}, captured ", schema.version)} <RelativeTime at=schema.captured_at />
                    ", last verified " <RelativeTime at=schema.verified_at /> ", root hash"
                </span>
                <code class="font-mono text-label">{schema.root_hash.chars().take(12).collect::<String>()}</code>
                <CopyButton text=schema.root_hash what="root hash" />
            </p>
            <dl class="mt-4 grid grid-cols-2 gap-4 sm:grid-cols-4 xl:grid-cols-8">
                {numbers
                    .map(|(name, count)| {
                        view! {
                            <div>
                                <dt class="text-label text-text-3">{name}</dt>
                                <dd class="text-[20px] leading-7 font-semibold">{count}</dd>
                            </div>
                        }
                    })
                    .collect_view()}
            </dl>
            <Rights grants=schema.grants />
            {warnings}
        </Card>
    }
}

/// The versions, newest first; two of them can be compared.
#[component]
fn VersionTable(page: Signal<Page<VersionSummary>>) -> impl IntoView {
    let workspace = use_workspace();
    let Paged { all, more } = Paged::new(
        page,
        move || workspace.one_source(),
        move |api, cursor| {
            let source = untrack(|| workspace.one_source());
            async move { api.schema_history(source.as_deref(), Some(&cursor)).await }
        },
    );
    // Versions count up from 1, so the newest says how many there are.
    let total =
        Signal::derive(move || all.with(|page| page.items.first().map(|newest| u64::from(newest.version))));
    let chosen = RwSignal::new(Vec::<u32>::new());
    let open = RwSignal::new(false);
    let pair = Signal::derive(move || {
        chosen.with(|chosen| match chosen.as_slice() {
            [one, other] => Some((*one.min(other), *one.max(other))),
            _ => None,
        })
    });
    let words = move || match pair.get() {
        Some((from, to)) => format!("Compare version {from} with {to}"),
        None => "Choose two versions to compare".to_owned(),
    };
    let head = || {
        view! {
            <HeaderCell>
                <span class="sr-only">"Compare"</span>
            </HeaderCell>
            <HeaderCell numeric=true>"Version"</HeaderCell>
            <HeaderCell>"Captured"</HeaderCell>
            <HeaderCell>"What changed"</HeaderCell>
            <HeaderCell numeric=true>"Tables"</HeaderCell>
            <HeaderCell numeric=true>"Columns"</HeaderCell>
            <HeaderCell>"Changes"</HeaderCell>
        }
    };
    let actions = move || {
        view! {
            <Button
                icon=Glyph::GitCompare
                variant=ButtonVariant::Secondary
                disabled=Signal::derive(move || pair.get().is_none())
                on_click=move || open.set(true)
            >
                {words}
            </Button>
        }
    };
    let empty = Memo::new(move |_| page.with(|page| page.items.is_empty()));
    view! {
        <Card title="Version history" description="A version is made when a scan finds the schema changed" actions=actions flush=true>
            <Show
                when=move || !empty.get()
                fallback=|| view! { <EmptyState title="No version yet" text="The first scan makes version 1." /> }
            >
                <Table caption="Version history" head=head class="max-h-160 border-t border-border">
                    <For
                        each=move || all.get().items
                        key=|version| (version.version, version.verified_at, version.removed_at)
                        children=move |version| view! { <VersionRow version=version chosen=chosen /> }
                    />
                </Table>
                <MorePages more=more noun="version" total=total />
            </Show>
        </Card>
        <CompareDialog open=open pair=pair />
    }
}

#[component]
fn VersionRow(version: VersionSummary, chosen: RwSignal<Vec<u32>>) -> impl IntoView {
    let workspace = use_workspace();
    let number = version.version;
    let checked = RwSignal::new(chosen.with_untracked(|chosen| chosen.contains(&number)));
    Effect::new(move |_| {
        let now = chosen.with(|chosen| chosen.contains(&number));
        if checked.get_untracked() != now {
            checked.set(now);
        }
    });
    let choose = move |on: bool| {
        chosen.update(|chosen| {
            chosen.retain(|&other| other != number);
            if on {
                // A third choice replaces the oldest.
                if chosen.len() == 2 {
                    chosen.remove(0);
                }
                chosen.push(number);
            }
        });
    };
    let sentence = match (&version.sentence, version.rebased) {
        (_, true) => "Recorded anew: Bastion's rules changed, not the database".to_owned(),
        (Some(sentence), false) => sentence.clone(),
        (None, false) => "First version".to_owned(),
    };
    let badge = version.summary.as_ref().map(|summary| {
        let tone = if summary.breaking > 0 { Tone::Bad } else { Tone::Neutral };
        let label = match summary.breaking {
            0 => format::plural(summary.total.into(), "change"),
            breaking => format!("{breaking} of {} breaking", summary.total),
        };
        view! { <Badge label=label tone=tone title=counts(summary) /> }
    });
    let removed = version.removed_at.map(|at| {
        let title = format!(
            "Removed on {}, as the organization's settings say how long versions are kept",
            format::date(at.millis())
        );
        view! { <Badge label="not kept" tone=Tone::Neutral title=title /> }
    });
    let link = version.drift_id.map(|drift| workspace.href(&format!("/dashboard/drift?event={drift}")));
    let text = match link {
        Some(href) => view! {
            <a class="hover:underline" href=href>
                {sentence}
            </a>
        }
        .into_any(),
        None => view! { <span class="text-text-2">{sentence}</span> }.into_any(),
    };
    view! {
        <Row>
            <Cell>
                <Checkbox
                    checked=checked
                    label=format!("Compare version {number}")
                    label_hidden=true
                    disabled=version.removed_at.is_some()
                    on_change=choose
                />
            </Cell>
            <Cell numeric=true>{number}</Cell>
            <Cell>
                <RelativeTime at=version.captured_at />
            </Cell>
            <Cell class="min-w-56">{text} {removed}</Cell>
            <Cell numeric=true>{format::count(version.counts.tables.into())}</Cell>
            <Cell numeric=true>{format::count(version.counts.columns.into())}</Cell>
            <Cell>{badge}</Cell>
        </Row>
    }
}
