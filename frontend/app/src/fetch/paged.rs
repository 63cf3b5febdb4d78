//! A list whose later pages come when somebody asks for them.

use std::future::Future;
use std::pin::Pin;

use client::{Api, Failure};
use leptos::prelude::*;
use leptos::task::spawn_local;
use types::page::Page;
use ui::{Button, ControlSize, format};

use super::Reach;

type Load<T> =
    Box<dyn Fn(Api, String) -> Pin<Box<dyn Future<Output = Result<Page<T>, Failure>>>> + Send + Sync>;

/// The first page, and those after it that were asked for.
pub(crate) struct Paged<T: Send + Sync + 'static> {
    /// All that is there, with the cursor of the page that is not.
    pub(crate) all: Signal<Page<T>>,
    /// For [`MorePages`].
    pub(crate) more: More,
}

/// How a list goes on, without its type.
#[derive(Clone, Copy)]
pub(crate) struct More {
    shown: Signal<usize>,
    /// As the first page says it.
    total: Signal<Option<u64>>,
    is_there: Signal<bool>,
    busy: RwSignal<bool>,
    failure: RwSignal<Option<String>>,
    load: Callback<()>,
}

impl<T: Clone + PartialEq + Send + Sync + 'static> Paged<T> {
    /// Pages after `first`. What was loaded is let go when the first page ends elsewhere or `key`, which is tracked, is
    /// another: its cursor would go on with another list.
    pub(crate) fn new<K, F>(
        first: Signal<Page<T>>,
        key: impl Fn() -> K + Send + Sync + 'static,
        load: impl Fn(Api, String) -> F + Send + Sync + 'static,
    ) -> Self
    where
        K: PartialEq + Clone + Send + Sync + 'static,
        F: Future<Output = Result<Page<T>, Failure>> + 'static,
    {
        let list = Memo::new(move |_| (key(), first.with(|page| page.next_cursor.clone())));
        let turn = StoredValue::new(0_u64);
        let (busy, failure) = (RwSignal::new(false), RwSignal::new(None));
        let later = RwSignal::new(None::<Page<T>>);
        Effect::new(move |_| {
            list.track();
            turn.update_value(|turn| *turn += 1);
            later.set(None);
            busy.set(false);
            failure.set(None);
        });
        let load: Load<T> = Box::new(move |api, cursor| Box::pin(load(api, cursor)));
        Self::follow(first, later, (turn, busy, failure), load)
    }

    fn follow(
        first: Signal<Page<T>>,
        later: RwSignal<Option<Page<T>>>,
        (turn, busy, failure): (StoredValue<u64>, RwSignal<bool>, RwSignal<Option<String>>),
        load: Load<T>,
    ) -> Self {
        let reach: Reach = expect_context();
        let all = Memo::new(move |_| {
            let mut page = first.get();
            later.with(|later| {
                if let Some(later) = later {
                    page.items.extend_from_slice(&later.items);
                    page.next_cursor.clone_from(&later.next_cursor);
                }
            });
            page
        });
        let go = move || {
            let Some(cursor) = all.with_untracked(|page| page.next_cursor.clone()) else { return };
            busy.set(true);
            failure.set(None);
            let own = turn.get_value();
            let answer = load(reach.api(), cursor);
            spawn_local(async move {
                let answer = answer.await;
                if turn.try_get_value() != Some(own) {
                    return;
                }
                match answer {
                    Ok(next) => {
                        let _ = later.try_update(|later| {
                            let later = later.get_or_insert_with(|| Page {
                                items: Vec::new(),
                                next_cursor: None,
                                total: None,
                            });
                            later.items.extend(next.items);
                            later.next_cursor = next.next_cursor;
                        });
                    }
                    Err(problem) => {
                        let _ = failure.try_set(Some(problem.to_string()));
                    }
                }
                let _ = busy.try_set(false);
            });
        };
        let more = More {
            shown: Signal::derive(move || all.with(|page| page.items.len())),
            total: Signal::derive(move || first.with(|page| page.total)),
            is_there: Signal::derive(move || all.with(|page| page.next_cursor.is_some())),
            busy,
            failure,
            load: Callback::new(move |()| go()),
        };
        Self { all: all.into(), more }
    }
}

/// `200 of 1,234 columns`, or `50 runs loaded, with more to load` when nobody knows how many there are. Loaded, not
/// shown: the page may show fewer of them.
fn words(shown: usize, total: Option<u64>, noun: &str) -> String {
    let count = shown as u64;
    match total {
        Some(total) if total > count => {
            format!("{} of {}", format::count(count), format::plural(total, noun))
        }
        _ => format!("{} loaded, with more to load", format::plural(count, noun)),
    }
}

/// How much of a list is shown, and the button for more; nothing once all of it is.
#[component]
pub fn MorePages(
    more: More,
    /// One item of the list: `column`.
    noun: &'static str,
    /// How many there are in all, when that is known otherwise than by the list itself.
    #[prop(optional, into)]
    total: Signal<Option<u64>>,
) -> impl IntoView {
    move || {
        more.is_there.get().then(|| {
            view! {
                <div class="flex flex-wrap items-center justify-between gap-3 border-t border-border px-5 py-3" data-more=noun>
                    <p class="text-table text-text-2" role="status">
                        {move || words(more.shown.get(), total.get().or(more.total.get()), noun)}
                        {move || more.failure.get().map(|text| view! { <span class="ml-2 text-bad">{text}</span> })}
                    </p>
                    <Button size=ControlSize::Small loading=more.busy on_click=move || more.load.run(())>
                        "Load more"
                    </Button>
                </div>
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_says_how_much_of_it_is_shown() {
        assert_eq!(words(200, Some(1234), "column"), "200 of 1,234 columns");
        assert_eq!(words(50, None, "run"), "50 runs loaded, with more to load");
        assert_eq!(words(200, Some(150), "column"), "200 columns loaded, with more to load");
    }
}
