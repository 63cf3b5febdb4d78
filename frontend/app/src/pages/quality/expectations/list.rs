use leptos::prelude::*;
use types::expectation::Expectation;
use types::page::Page;
use ui::{Button, ButtonVariant, Card, EmptyState, Glyph};

use super::row::ExpectationRow;
use super::{Editing, Narrowed};
use crate::fetch::{More, MorePages};

/// Expectations by table, or what to do where there is none.
#[component]
pub fn ExpectationList(
    page: Signal<Page<Expectation>>,
    narrowed: Narrowed,
    more: More,
    manages: Memo<bool>,
    editing: RwSignal<Option<Editing>>,
    removing: RwSignal<Option<Expectation>>,
    /// The id of the one whose history is shown.
    history: RwSignal<String>,
    #[prop(into)] on_changed: Callback<()>,
) -> impl IntoView {
    let empty = Memo::new(move |_| page.with(|page| page.items.is_empty()));
    let add = move || {
        view! {
            <Show when=move || manages.get()>
                <Button
                    variant=ButtonVariant::Primary
                    icon=Glyph::Plus
                    on_click=move || {
                        editing.set(Some(Editing::New { table: String::new(), column: String::new() }));
                    }
                >
                    "Add the first expectation"
                </Button>
            </Show>
        }
    };
    view! {
        <Card title="Expectations" flush=true>
            {move || {
                if !empty.get() {
                    view! {
                        <ol class="divide-y divide-border border-t border-border" aria-label="Expectations">
                            <For
                                each=move || page.get().items
                                key=|expectation| {
                                    (expectation.id, expectation.updated_at, expectation.recorded_at)
                                }
                                children=move |expectation| {
                                    view! {
                                        <ExpectationRow
                                            expectation=expectation
                                            manages=manages
                                            editing=editing
                                            removing=removing
                                            history=history
                                            on_changed=on_changed
                                        />
                                    }
                                }
                            />
                        </ol>
                    }
                        .into_any()
                } else if narrowed.is_narrow() {
                    view! {
                        <EmptyState
                            icon=Glyph::Filter
                            title="No expectation matches"
                            text="No expectation has these words, this table and this state together."
                            action=move || view! { <Button on_click=move || narrowed.clear()>"Clear filters"</Button> }
                        />
                    }
                        .into_any()
                } else {
                    view! {
                        <EmptyState
                            icon=Glyph::ShieldCheck
                            title="Nothing is expected yet"
                            text="Say what must hold in a table: that a column is never NULL, is unique, holds certain values or has a parent. Every scan then judges it, and opens an incident when it does not hold."
                            action=add
                        />
                    }
                        .into_any()
                }
            }}
            <MorePages more=more noun="expectation" />
        </Card>
    }
}
