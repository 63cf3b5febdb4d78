use leptos::prelude::*;
use types::Timestamp;
use types::profile::{ColumnFacets, Confidence, PiiClass, SemanticType, Semantics};
use types::schema::{ColumnDetail, ObjectDetail};
use ui::{Badge, Cell, EmptyState, Glyph, HeaderCell, Row, Table, Tone, format};

/// How many of a column's commonest forms are shown; hovering names the rest.
const FORMS: usize = 2;

/// What each column's values mean and look like. The values themselves never left the database.
#[component]
pub fn ValuesTab(detail: Signal<ObjectDetail>) -> impl IntoView {
    let head = || {
        view! {
            <HeaderCell>"Column"</HeaderCell>
            <HeaderCell>"Meaning"</HeaderCell>
            <HeaderCell>"Personal data"</HeaderCell>
            <HeaderCell>"Spread"</HeaderCell>
            <HeaderCell class="w-full">"Texts"</HeaderCell>
            <HeaderCell numeric=true>"Commonest"</HeaderCell>
        }
    };
    let known = move || detail.with(|detail| detail.columns.iter().any(|column| column.facets.is_some()));
    view! {
        <Show
            when=known
            fallback=|| {
                view! {
                    <EmptyState
                        icon=Glyph::Gauge
                        title="Not profiled yet"
                        text="The next scan that reads this table says here what its values look like and mean, without any of them."
                    />
                }
            }
        >
            <Table caption="Values" head=head class="max-h-[calc(100dvh-320px)] min-h-64">
                <For
                    each=move || detail.with(|detail| detail.columns.clone())
                    key=|column| (column.name.clone(), column.recorded_at)
                    children=|column| view! { <ValuesRow column=column /> }
                />
            </Table>
        </Show>
    }
}

#[component]
fn ValuesRow(column: ColumnDetail) -> impl IntoView {
    let facets = column.facets.clone().unwrap_or_default();
    let forms = forms(&facets);
    let spread = spread(&column, &facets);
    let commonest = facets.top_values.first().map_or_else(nothing, |top| format::percent(top.percent));
    let marker = column.name.clone();
    let texts = texts(&facets);
    let meaning =
        facets.semantics.as_ref().map_or_else(|| nothing().into_any(), |found| meaning(found).into_any());
    let personal = facets.semantics.as_ref().and_then(|found| personal(found.pii)).map_or_else(
        || nothing().into_any(),
        |(label, tone, why)| view! { <Badge label=label tone=tone title=why /> }.into_any(),
    );
    view! {
        <Row>
            <Cell mono=true>
                <span class="whitespace-nowrap" data-values=marker>
                    {column.name}
                </span>
            </Cell>
            <Cell>{meaning}</Cell>
            <Cell>{personal}</Cell>
            <Cell>
                <span class="block min-w-36">{spread}</span>
            </Cell>
            <Cell class="w-full min-w-40">
                <span class="block">{texts}</span>
                <span class="block font-mono text-label text-text-3" title=forms.1>
                    {forms.0}
                </span>
            </Cell>
            <Cell numeric=true>{commonest}</Cell>
        </Row>
    }
}

fn nothing() -> String {
    "–".to_owned()
}

fn meaning(found: &Semantics) -> impl IntoView + use<> {
    let sure = match found.confidence {
        Confidence::Low => "The name alone says so",
        Confidence::Medium => "The values have the form",
        Confidence::High => "The values prove it, or name and form agree",
    };
    let why = if found.evidence.is_empty() {
        sure.to_owned()
    } else {
        format!("{sure}: {}", found.evidence.join(", "))
    };
    view! {
        <span class="whitespace-nowrap" title=why>
            {word(found.semantic_type)}
        </span>
    }
}

fn word(semantic: SemanticType) -> &'static str {
    match semantic {
        SemanticType::Identifier => "identifier",
        SemanticType::Category => "category",
        SemanticType::Flag => "flag",
        SemanticType::Quantity => "quantity",
        SemanticType::Money => "money",
        SemanticType::Time => "time",
        SemanticType::FreeText => "free text",
        SemanticType::Document => "document",
        SemanticType::PersonName => "person's name",
        SemanticType::Email => "e-mail address",
        SemanticType::Phone => "phone number",
        SemanticType::Address => "address",
        SemanticType::PostalCode => "postal code",
        SemanticType::Place => "place",
        SemanticType::Country => "country",
        SemanticType::Coordinate => "coordinate",
        SemanticType::BirthDate => "birth date",
        SemanticType::Gender => "gender",
        SemanticType::NationalId => "national id",
        SemanticType::PaymentCard => "payment card",
        SemanticType::BankAccount => "bank account",
        SemanticType::Password => "password",
        SemanticType::ApiKey => "API key",
        SemanticType::IpAddress => "IP address",
        SemanticType::MacAddress => "MAC address",
        SemanticType::Uuid => "UUID",
        SemanticType::Url => "URL",
        SemanticType::Health => "health",
        SemanticType::Unknown => "unknown",
    }
}

/// The class, and why it matters; nothing for what is nobody's in particular.
pub(super) fn personal(class: PiiClass) -> Option<(&'static str, Tone, &'static str)> {
    match class {
        PiiClass::None => None,
        PiiClass::Direct => Some(("direct", Tone::Warn, "Points at one person")),
        PiiClass::Indirect => Some(("indirect", Tone::Info, "Narrows down who it is")),
        PiiClass::Secret => Some(("secret", Tone::Bad, "Opens something: a password, a key")),
        PiiClass::Health => Some(("health", Tone::Warn, "Somebody's health")),
        PiiClass::Finance => Some(("finance", Tone::Warn, "Somebody's money")),
    }
}

/// `0.99 … 2.99 … 4.99, mean 2.98`: the smallest, the middle and the largest; times by their day.
fn spread(column: &ColumnDetail, facets: &ColumnFacets) -> String {
    let text = |value: &serde_json::Value| match value {
        serde_json::Value::Number(number) => number.as_f64().map_or_else(nothing, format::compact),
        serde_json::Value::String(text) => {
            Timestamp::parse(text).map_or_else(|| text.clone(), |at| format::date(at.millis()))
        }
        _ => nothing(),
    };
    let middle = facets.quantiles.iter().find(|quantile| (quantile.rank - 0.5).abs() < 1e-9);
    let ends = [column.min.as_ref(), middle.map(|quantile| &quantile.value), column.max.as_ref()];
    let ends: Vec<String> = ends.into_iter().flatten().map(text).collect();
    let Some(first) = ends.first() else { return nothing() };
    if column.min.is_some() && column.min == column.max {
        return format!("always {first}");
    }
    // The mean of numbers that count nothing says nothing.
    let counts = !facets
        .semantics
        .as_ref()
        .is_some_and(|found| matches!(found.semantic_type, SemanticType::Identifier | SemanticType::Flag));
    let mean = facets
        .mean
        .filter(|_| counts)
        .map(|mean| format!(", mean {}", format::compact(mean)))
        .unwrap_or_default();
    format!("{}{mean}", ends.join(" … "))
}

/// `3 to 40 characters, 12 on average; 2 empty, 1 blank`.
fn texts(facets: &ColumnFacets) -> String {
    let lengths = facets.lengths.map(|lengths| {
        let (min, max) = (format::count(lengths.min), format::count(lengths.max));
        let range = if lengths.min == lengths.max { max } else { format!("{min} to {max}") };
        format!("{range} characters, {} on average", format::decimal(lengths.mean, 1))
    });
    let counts = [
        (facets.empty_count, "empty"),
        (facets.blank_count, "blank"),
        (facets.zero_count, "zero"),
        (facets.negative_count, "negative"),
    ];
    let counts: Vec<String> = counts
        .into_iter()
        .filter_map(|(count, word)| {
            count.filter(|count| *count > 0).map(|count| format!("{} {word}", format::count(count)))
        })
        .collect();
    let counts = (!counts.is_empty()).then(|| counts.join(", "));
    let parts: Vec<String> = lengths.into_iter().chain(counts).collect();
    if parts.is_empty() { nothing() } else { parts.join("; ") }
}

/// The commonest forms, and all of them for hovering: `a` and `A` stand for letters, `9` for digits, `+` for more.
fn forms(facets: &ColumnFacets) -> (String, String) {
    let form = |shape: &types::profile::Shape| format!("{} {}", shape.shape, format::percent(shape.percent));
    let all: Vec<String> = facets.shapes.iter().map(form).collect();
    (all.iter().take(FORMS).cloned().collect::<Vec<_>>().join("  "), all.join("\n"))
}
