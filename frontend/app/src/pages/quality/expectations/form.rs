use leptos::prelude::*;
use types::expectation::{Expectation, PatchExpectation};
use types::schema::ObjectDetail;
use ui::{
    Button, ButtonVariant, ControlSize, Dialog, Field, Glyph, IconButton, Input, Select, SelectOption,
    Textarea, use_toasts,
};

use super::Editing;
use super::written::{Fault, KINDS, Pair, UNITS, Written};
use crate::fetch::Fetched;
use crate::opened::open_while;
use crate::outdated::{AsRead, ChangedMeanwhile};
use crate::submit::{FormFailure, Submit};
use crate::workspace::use_workspace;

const POINTERS: &[&str] = &[
    "/table",
    "/description",
    "/rule/column",
    "/rule/columns",
    "/rule/columns/0",
    "/rule/values",
    "/rule/minimum",
    "/rule/maximum",
    "/rule/pattern",
    "/rule/maximum_age_seconds",
    "/rule/references",
    "/rule/referenced_columns",
    "/rule/referenced_columns/0",
];

/// Adding an expectation, or changing one.
#[component]
pub fn ExpectationDialog(
    editing: RwSignal<Option<Editing>>,
    #[prop(into)] on_saved: Callback<()>,
) -> impl IntoView {
    let open = open_while(editing, Option::is_some);
    let title = Signal::derive(move || match editing.get() {
        Some(Editing::One(_)) => "Edit expectation",
        Some(Editing::New { .. }) | None => "Add expectation",
    });
    view! {
        <Dialog open=open title=Signal::derive(move || title.get().to_owned())>
            {move || {
                let done = move || {
                    open.set(false);
                    on_saved.run(());
                };
                let (written, known) = match editing.get_untracked() {
                    Some(Editing::One(expectation)) => (Written::of(&expectation), Some(*expectation)),
                    Some(Editing::New { table, column }) => (Written::new(table, column), None),
                    None => (Written::new(String::new(), String::new()), None),
                };
                view! { <ExpectationForm written=written known=known on_done=done on_cancel=move || open.set(false) /> }
            }}
        </Dialog>
    }
}

#[component]
fn ExpectationForm(
    written: Written,
    known: Option<Expectation>,
    #[prop(into)] on_done: Callback<()>,
    #[prop(into)] on_cancel: Callback<()>,
) -> impl IntoView {
    let workspace = use_workspace();
    let toasts = use_toasts();
    let submit = Submit::new();
    let fault = RwSignal::new(None::<Fault>);
    let is_new = known.is_none();
    let as_read = AsRead::new(known.clone());
    let own_source = known.as_ref().map(|known| known.source.clone());
    let source = RwSignal::new(
        own_source.or_else(|| untrack(|| workspace.shown_sources()).into_iter().next()).unwrap_or_default(),
    );
    let send = move || {
        fault.set(None);
        let known = as_read.get();
        let enabled = known.as_ref().is_none_or(|known| known.definition.enabled);
        let definition = match written.definition(enabled) {
            Ok(definition) => definition,
            Err(wrong) => return fault.set(Some(wrong)),
        };
        let api = workspace.api();
        let done = move |words: &'static str| {
            toasts.success(words);
            on_done.run(());
        };
        match known {
            None => {
                let source = Some(source.get_untracked()).filter(|source| !source.is_empty());
                submit.send(
                    async move { api.create_expectation(source.as_deref(), &definition).await },
                    move |_| done("Expectation added: the next scan judges it."),
                );
            }
            Some(known) => {
                let was = known.definition.clone();
                let body = PatchExpectation {
                    table: Some(definition.table).filter(|table| *table != was.table),
                    rule: Some(definition.rule).filter(|rule| *rule != was.rule),
                    severity: Some(definition.severity),
                    description: Some(definition.description.unwrap_or_default()),
                    enabled: None,
                };
                let saved = Some(known.clone());
                submit.send(async move { api.change_expectation(&known, &body).await }, move |change| {
                    if as_read.settle(change.map(Some), saved) {
                        done("Expectation saved.");
                    }
                });
            }
        }
    };
    let save = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        send();
    };
    let mine = move || {
        as_read.accept();
        send();
    };
    let theirs = move || {
        if let Some(now) = as_read.accept().flatten() {
            written.take_over(&now);
        }
    };
    let now = Signal::derive(move || as_read.theirs().flatten().as_ref().map(what_there_is));
    let error = move |pointer: &'static str| {
        Signal::derive(move || {
            let own = fault.get().filter(|(place, _)| *place == pointer).map(|(_, text)| text.to_owned());
            own.or_else(|| submit.field(pointer).get())
        })
    };
    let kinds: Vec<_> = KINDS.iter().map(|(kind, label)| SelectOption::new(*kind, *label)).collect();
    let severities = vec![
        SelectOption::new("warning", "Warning: somebody should look"),
        SelectOption::new("critical", "Critical: somebody must act"),
    ];
    let sources = move || {
        let all = workspace.all_sources();
        (is_new && all.len() > 1).then(|| {
            let options: Vec<_> =
                all.into_iter().map(|one| SelectOption::new(one.name.clone(), one.name)).collect();
            view! {
                <Field label="Source">
                    <Select value=source options=options />
                </Field>
            }
        })
    };
    view! {
        <form class="space-y-4" on:submit=save>
            {sources}
            <Field label="Table" error=error("/table")>
                <TableSelect source=source value=written.table />
            </Field>
            <Field label="What must hold">
                <Select value=written.kind options=kinds />
            </Field>
            <RuleFields source=source written=written error=Callback::new(error) />
            <Field label="Severity" hint="A critical one costs the table more health">
                <Select value=written.severity options=severities />
            </Field>
            <Field label="Why" optional=true error=error("/description")>
                <Input value=written.description placeholder="The warehouse joins on it" />
            </Field>
            <FormFailure submit=submit pointers=POINTERS />
            <ChangedMeanwhile now=now on_mine=mine on_theirs=theirs />
            <div class="flex justify-end gap-2">
                <Button on_click=move || on_cancel.run(())>"Cancel"</Button>
                <Button variant=ButtonVariant::Primary submit=true loading=submit.busy>
                    {if is_new { "Add expectation" } else { "Save expectation" }}
                </Button>
            </div>
        </form>
    }
}

/// What somebody else has made of it, for the person who was about to save something else.
fn what_there_is(now: &Expectation) -> Vec<(&'static str, String)> {
    vec![
        ("What must hold", now.sentence.clone()),
        ("Severity", now.definition.severity.as_str().to_owned()),
        ("Why", now.definition.description.clone().unwrap_or_default()),
    ]
}

/// Finds what is wrong with a field, by its pointer.
type Errors = Callback<&'static str, Signal<Option<String>>>;

/// The fields that the kind of rule needs.
#[component]
fn RuleFields(source: RwSignal<String>, written: Written, error: Errors) -> impl IntoView {
    let columns = columns_of(source, written.table);
    let one = move || {
        view! {
            <Field label="Column" error=error.run("/rule/column")>
                <Select value=written.column options=options(columns, written.column) />
            </Field>
        }
    };
    let bounds = move |least: &'static str, most: &'static str, example: &'static str| {
        view! {
            <div class="grid gap-4 sm:grid-cols-2">
                <Field label=least optional=true error=error.run("/rule/minimum")>
                    <Input value=written.minimum placeholder=example />
                </Field>
                <Field label=most optional=true error=error.run("/rule/maximum")>
                    <Input value=written.maximum />
                </Field>
            </div>
        }
    };
    let kind = written.kind;
    move || {
        match kind.get().as_str() {
        "unique" => view! { <Pairs columns=columns others=None written=written error=error /> }.into_any(),
        "accepted_values" => view! {
            {one()}
            <Field label="Values" hint="One a line, as the database writes them" error=error.run("/rule/values")>
                <Textarea value=written.values mono=true />
            </Field>
        }
        .into_any(),
        "range" => view! {
            {one()}
            {bounds("Least value", "Greatest value", "0, 12.50 or 2026-01-31")}
        }
        .into_any(),
        "pattern" => view! {
            {one()}
            <Field
                label="Pattern"
                hint="A regular expression that matches somewhere; ^ and $ bind it"
                error=error.run("/rule/pattern")
            >
                <Input value=written.pattern mono=true placeholder="^[A-Z]{2}[0-9]+$" />
            </Field>
        }
        .into_any(),
        "row_count" => bounds("Fewest rows", "Most rows", "1000").into_any(),
        "freshness" => {
            let units: Vec<_> = UNITS.iter().map(|(key, label, _)| SelectOption::new(*key, *label)).collect();
            view! {
                <div class="grid gap-4 sm:grid-cols-2">
                    <Field label="A new row at least every" error=error.run("/rule/maximum_age_seconds")>
                        <Input value=written.age />
                    </Field>
                    <Field label="Unit">
                        <Select value=written.unit options=units />
                    </Field>
                </div>
            }
            .into_any()
        }
        "referential" => {
            let others = columns_of(source, written.references);
            view! {
                <Field label="The parent's table" error=error.run("/rule/references")>
                    <TableSelect source=source value=written.references />
                </Field>
                <Pairs columns=columns others=Some(others) written=written error=error />
            }
            .into_any()
        }
        _ => one().into_any(),
    }
    }
}

/// Columns one below the other, each beside the one of the other table that it is looked for in.
#[component]
fn Pairs(
    columns: Fetched<Vec<String>>,
    others: Option<Fetched<Vec<String>>>,
    written: Written,
    error: Errors,
) -> impl IntoView {
    let pairs = written.pairs;
    let remove = move |pair: Pair| pairs.update(|pairs| pairs.retain(|other| *other != pair));
    let first = move |pair: Pair| pairs.with(|pairs| pairs.first() == Some(&pair));
    let row = move |pair: Pair| {
        let (own, other) = if first(pair) {
            ("/rule/columns/0", "/rule/referenced_columns/0")
        } else {
            ("/rule/columns", "/rule/referenced_columns")
        };
        let beside = others.map(|others| {
            view! {
                <div class="min-w-0 flex-1">
                    <Field label="Its column" error=error.run(other)>
                        <Select value=pair.other options=options(others, pair.other) />
                    </Field>
                </div>
            }
        });
        view! {
            <div class="flex items-end gap-2">
                <div class="min-w-0 flex-1">
                    <Field label="Column" error=error.run(own)>
                        <Select value=pair.own options=options(columns, pair.own) />
                    </Field>
                </div>
                {beside}
                <Show when=move || pairs.with(|pairs| pairs.len() > 1)>
                    <IconButton label="Remove column" icon=Glyph::Trash on_click=move || remove(pair) />
                </Show>
            </div>
        }
    };
    view! {
        <div class="space-y-3">
            <For each=move || pairs.get() key=|pair| pair.own children=row />
            <Button
                size=ControlSize::Small
                icon=Glyph::Plus
                on_click=move || pairs.update(|pairs| pairs.push(Pair::new("", "")))
            >
                "Add column"
            </Button>
        </div>
    }
}

/// The tables of a source. Views are not read, so nothing can be expected of them.
#[component]
fn TableSelect(source: RwSignal<String>, value: RwSignal<String>) -> impl IntoView {
    let tables = Fetched::new(
        move || source.get(),
        |api, source| async move {
            let schema = api.schema(Some(source.as_str()).filter(|source| !source.is_empty())).await?;
            let tables = schema.tables.into_iter().filter(|table| table.kind == "table");
            Ok(tables.map(|table| table.path).collect::<Vec<_>>())
        },
    );
    view! { <Select value=value options=options(tables, value) /> }
}

/// The columns of a table; none before one is chosen.
fn columns_of(source: RwSignal<String>, table: RwSignal<String>) -> Fetched<Vec<String>> {
    let names =
        |object: ObjectDetail| object.columns.into_iter().map(|column| column.name).collect::<Vec<_>>();
    Fetched::new(
        move || (source.get(), table.get()),
        move |api, (source, table)| async move {
            if table.is_empty() {
                return Ok(Vec::new());
            }
            let source = Some(source.as_str()).filter(|source| !source.is_empty());
            api.object(source, &table).await.map(names)
        },
    )
}

/// What there is to choose from, and what is chosen although it is not there any more.
fn options(known: Fetched<Vec<String>>, chosen: RwSignal<String>) -> Signal<Vec<SelectOption>> {
    Signal::derive(move || {
        let mut names = known.get().unwrap_or_default();
        let chosen = chosen.get();
        if !chosen.is_empty() && !names.contains(&chosen) {
            names.insert(0, chosen);
        }
        let choose = SelectOption::new("", "Choose…");
        std::iter::once(choose)
            .chain(names.into_iter().map(|name| SelectOption::new(name.clone(), name)))
            .collect()
    })
}
