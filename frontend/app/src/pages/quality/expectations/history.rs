use charts::{LineChart, Series, Unit};
use leptos::prelude::*;
use types::ExpectationId;
use types::expectation::{ExpectationDetail, ExpectationResult};
use types::page::Page;
use ui::{Cell, Drawer, HeaderCell, RelativeTime, Row, Skeleton, Table};

use super::row::{OutcomeBadge, found};
use crate::fetch::{Fetched, MorePages, Paged};
use crate::opened::open_while;
use crate::page::Loaded;
use crate::pages::trend::millis;

/// What scans found of the expectation that the URL names, one after the other.
#[component]
pub fn ExpectationHistory(opened: RwSignal<String>) -> impl IntoView {
    let open = open_while(opened, |chosen: &String| !chosen.is_empty());
    view! {
        <Drawer open=open title=Signal::stored("History of an expectation".to_owned())>
            {move || match opened.with(|id| id.parse::<ExpectationId>()) {
                Ok(id) => view! { <History id=id /> }.into_any(),
                Err(_) => view! { <p class="text-text-2">"There is no such expectation."</p> }.into_any(),
            }}
        </Drawer>
    }
}

#[component]
fn History(id: ExpectationId) -> impl IntoView {
    let detail = Fetched::new(move || id, |api, id| async move { api.expectation(id).await });
    let results = Fetched::new(move || id, |api, id| async move { api.expectation_results(id, None).await });
    view! {
        <Loaded from=detail skeleton=|| view! { <Skeleton class="h-56 w-full" /> } let:detail>
            <About detail=detail />
        </Loaded>
        <div class="mt-5">
            <Loaded from=results skeleton=|| view! { <Skeleton class="h-56 w-full" /> } let:page>
                <Results id=id page=page />
            </Loaded>
        </div>
    }
}

/// What is expected, how it stands, and how many rows broke it over time.
#[component]
fn About(detail: Signal<ExpectationDetail>) -> impl IntoView {
    let lines = Memo::new(move |_| {
        detail.with(|detail| {
            let points = detail.results.iter().rev();
            let points = points.map(|result| {
                (millis(result.recorded_at), result.outcome.failing.map(|failing| failing as f64))
            });
            vec![Series::new("Rows that break it", points.collect())]
        })
    });
    let drawn = move || {
        lines.with(|lines| {
            lines.iter().any(|line| line.points.iter().filter(|(_, rows)| rows.is_some()).count() > 1)
        })
    };
    move || {
        let detail = detail.get();
        let expectation = detail.expectation;
        let (state, enabled) = (expectation.outcome.state, expectation.definition.enabled);
        let author = format!("Written by {}, ", expectation.author);
        view! {
            <p class="break-words font-medium">{expectation.sentence}</p>
            {expectation
                .definition
                .description
                .map(|text| view! { <p class="mt-1 text-table break-words text-text-2">{text}</p> })}
            <p class="mt-2 flex flex-wrap items-center gap-2 text-table text-text-2">
                <OutcomeBadge state=state enabled=enabled />
                <span>
                    {author} <RelativeTime at=expectation.created_at />
                </span>
            </p>
            <Show when=drawn>
                <div class="mt-4">
                    <LineChart series=lines label="Rows that break it" unit=Unit::Count height=140.0 />
                </div>
            </Show>
        }
    }
}

#[component]
fn Results(id: ExpectationId, page: Signal<Page<ExpectationResult>>) -> impl IntoView {
    let Paged { all, more } = Paged::new(
        page,
        move || id,
        move |api, cursor| async move { api.expectation_results(id, Some(&cursor)).await },
    );
    let empty = Memo::new(move |_| all.with(|page| page.items.is_empty()));
    view! {
        <Show
            when=move || !empty.get()
            fallback=|| view! { <p class="text-table text-text-2">"No scan has judged it yet."</p> }
        >
            <div class="overflow-hidden rounded-xl border border-border" data-history>
                <Table
                    caption="Results, newest first"
                    head=|| {
                        view! {
                            <HeaderCell>"When"</HeaderCell>
                            <HeaderCell>"State"</HeaderCell>
                            <HeaderCell>"Found"</HeaderCell>
                        }
                    }
                >
                    <For
                        each=move || all.get().items
                        key=|result| (result.recorded_at, result.run_id)
                        children=|result| {
                            let found = found(Some(&result.recorded_at), &result.outcome);
                            view! {
                                <Row>
                                    <Cell>
                                        <RelativeTime at=result.recorded_at />
                                    </Cell>
                                    <Cell>
                                        <OutcomeBadge state=result.outcome.state enabled=true />
                                    </Cell>
                                    <Cell class="whitespace-normal break-words">{found}</Cell>
                                </Row>
                            }
                        }
                    />
                </Table>
                <MorePages more=more noun="result" />
            </div>
        </Show>
    }
}
