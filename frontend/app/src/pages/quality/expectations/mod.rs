//! What users expect of their data: listed with what scans found, written without SQL.

mod file;
mod form;
mod history;
mod list;
mod removal;
mod row;
mod written;

use client::ExpectationFilter;
use leptos::prelude::*;
use types::expectation::{Expectation, ExpectationPage, ExpectationTotals};
use types::page::Page;
use types::permission::Permission;
use ui::{Button, ButtonVariant, Glyph, SearchInput, Select, SelectOption, SkeletonRows, format};

use self::file::ExpectationsFile;
use self::form::ExpectationDialog;
use self::history::ExpectationHistory;
use self::list::ExpectationList;
use self::removal::Removal;
use super::filters::table_options;
use crate::address::{query_step, query_text, query_value};
use crate::fetch::{Fetched, Paged};
use crate::page::Loaded;
use crate::workspace::use_workspace;

/// How many are fetched at once.
const PAGE: u32 = 50;

/// What the form is about.
#[derive(Clone, Debug, PartialEq)]
enum Editing {
    /// A new one, about a table and a column if they are known.
    New {
        table: String,
        column: String,
    },
    One(Box<Expectation>),
}

/// Which expectations are listed; all but the text is in the URL.
#[derive(Clone, Copy)]
struct Narrowed {
    table: RwSignal<String>,
    state: RwSignal<String>,
    text: RwSignal<String>,
}

impl Narrowed {
    /// Tracked.
    fn is_narrow(self) -> bool {
        [self.table, self.state, self.text].iter().any(|part| part.with(|part| !part.is_empty()))
    }

    fn clear(self) {
        for part in [self.table, self.state, self.text] {
            part.set(String::new());
        }
    }
}

/// The tab.
#[component]
pub fn ExpectationsView(table: RwSignal<String>, ready: RwSignal<bool>) -> impl IntoView {
    let workspace = use_workspace();
    let narrowed = Narrowed { table, state: query_text("state"), text: RwSignal::new(String::new()) };
    let filter = Memo::new(move |_| {
        let filled = |part: RwSignal<String>| Some(part.get()).filter(|part| !part.is_empty());
        ExpectationFilter {
            source: workspace.source.get(),
            table: filled(narrowed.table),
            state: filled(narrowed.state),
            text: filled(narrowed.text),
            limit: Some(PAGE),
            cursor: None,
        }
    });
    let page =
        Fetched::new(move || filter.get(), |api, filter| async move { api.expectations(&filter).await });
    Effect::new(move |_| ready.set(page.is_there()));
    let editing = RwSignal::new(None::<Editing>);
    let removing = RwSignal::new(None::<Expectation>);
    let history = query_step("expectation");
    open_by_address(editing);
    let changes = RwSignal::new(0_u32);
    let changed = move || {
        changes.update(|changes| *changes += 1);
        page.reload();
    };
    let manages = Memo::new(move |_| workspace.may(Permission::QualityManage));
    let add = move || editing.set(Some(Editing::New { table: table.get_untracked(), column: String::new() }));
    let answer = move || page.with(|page| page.map(|page| sentence(page.totals)));
    view! {
        <div class="mb-4 flex flex-wrap items-end justify-between gap-3">
            <Filters narrowed=narrowed />
            <Show when=move || manages.get()>
                <Button variant=ButtonVariant::Primary icon=Glyph::Plus on_click=add>
                    "Add expectation"
                </Button>
            </Show>
        </div>
        <p class="mb-3 text-table text-text-2" role="status">
            {answer}
        </p>
        <Loaded from=page skeleton=waiting let:first>
            {
                let Paged { all, more } = Paged::new(
                    Signal::derive(move || first.with(as_page)),
                    move || filter.get(),
                    move |api, cursor| {
                        let mut filter = untrack(|| filter.get());
                        filter.cursor = Some(cursor);
                        async move { api.expectations(&filter).await.map(|page| as_page(&page)) }
                    },
                );
                view! {
                    <ExpectationList
                        page=all
                        narrowed=narrowed
                        more=more
                        manages=manages
                        editing=editing
                        removing=removing
                        history=history
                        on_changed=changed
                    />
                }
            }
        </Loaded>
        <div class="mt-4">
            <ExpectationsFile changes=changes on_applied=changed />
        </div>
        <ExpectationDialog editing=editing on_saved=changed />
        <Removal removing=removing on_removed=changed />
        <ExpectationHistory opened=history />
    }
}

/// `?add=note` opens the form about a column of the table that the address names.
fn open_by_address(editing: RwSignal<Option<Editing>>) {
    let (add, table) = (query_step("add"), query_value("table"));
    Effect::new(move |_| {
        let column = add.get();
        if !column.is_empty() {
            let table = table.get_untracked().unwrap_or_default();
            editing.set(Some(Editing::New { table, column }));
        }
    });
    Effect::new(move |was_open: Option<bool>| {
        let open = editing.with(Option::is_some);
        if was_open == Some(true) && !open {
            add.set(String::new());
        }
        open
    });
}

#[component]
fn Filters(narrowed: Narrowed) -> impl IntoView {
    let states = vec![
        SelectOption::new("", "Any state"),
        SelectOption::new("failed", "Failed"),
        SelectOption::new("passed", "Passed"),
        SelectOption::new("not_checked", "Not checked"),
        SelectOption::new("disabled", "Switched off"),
    ];
    view! {
        <div class="flex flex-wrap items-end gap-3" role="group" aria-label="Filters">
            <div class="w-64">
                <SearchInput value=narrowed.text label="Search expectations" />
            </div>
            <div class="w-56">
                <Select value=narrowed.table options=table_options(narrowed.table) label="Table" />
            </div>
            <div class="w-40">
                <Select value=narrowed.state options=states label="State" />
            </div>
        </div>
    }
}

/// The same geometry.
pub(crate) fn waiting() -> impl IntoView {
    view! {
        <div class="rounded-xl border border-border bg-surface">
            <SkeletonRows what="expectations" />
        </div>
    }
}

fn as_page(page: &ExpectationPage) -> Page<Expectation> {
    Page { items: page.items.clone(), next_cursor: page.next_cursor.clone(), total: None }
}

/// `3 expectations hold, 1 fails, 2 are not checked`.
fn sentence(totals: ExpectationTotals) -> String {
    let ExpectationTotals { passed, failed, not_checked, disabled } = totals;
    let judged = passed + failed + not_checked;
    if judged == 0 {
        return match disabled {
            0 => "Nothing is expected yet".to_owned(),
            _ => format!("{} switched off, none is judged", format::plural(disabled.into(), "expectation")),
        };
    }
    let parts = [
        (failed, "fails", "fail"),
        (passed, "holds", "hold"),
        (not_checked, "is not checked", "are not checked"),
        (disabled, "is switched off", "are switched off"),
    ];
    let words: Vec<String> = parts
        .into_iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, one, many)| {
            format!("{} {}", format::count(count.into()), if count == 1 { one } else { many })
        })
        .collect();
    format!("Of {}: {}", format::plural((judged + disabled).into(), "expectation"), words.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_says_first_what_fails() {
        let totals = |failed, passed, not_checked, disabled| ExpectationTotals {
            passed,
            failed,
            not_checked,
            disabled,
        };
        for (totals, expected) in [
            (totals(0, 0, 0, 0), "Nothing is expected yet"),
            (totals(0, 0, 0, 2), "2 expectations switched off, none is judged"),
            (totals(0, 1, 0, 0), "Of 1 expectation: 1 holds"),
            (totals(1, 3, 2, 1), "Of 7 expectations: 1 fails, 3 hold, 2 are not checked, 1 is switched off"),
        ] {
            assert_eq!(sentence(totals), expected);
        }
    }
}
