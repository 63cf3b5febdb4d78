use std::hash::Hash;

use leptos::html;
use leptos::prelude::*;

use crate::size::use_size;
use crate::window::visible_rows;

/// A list of any length with rows of one height: only what is in view exists.
///
/// `row` builds the view of an item; the list gives each row its place. The list fills its parent, which needs a height.
#[component]
pub fn VirtualList<T, K, V>(
    #[prop(into)] items: Signal<Vec<T>>,
    /// Tells items apart.
    key: fn(&T) -> K,
    /// Pixels.
    row_height: f64,
    /// What the list holds.
    #[prop(into)]
    label: String,
    row: impl Fn(usize, T) -> V + Send + Sync + Clone + 'static,
) -> impl IntoView
where
    T: Clone + Send + Sync + 'static,
    K: Eq + Hash + Send + Sync + 'static,
    V: IntoView + 'static,
{
    let node = NodeRef::<html::Div>::new();
    let top = RwSignal::new(0.0);
    let size = use_size(node);
    let scrolled = move |_| {
        if let Some(element) = node.get_untracked() {
            let _ = top.try_set(f64::from(element.scroll_top()));
        }
    };
    let shown = Memo::new(move |_| visible_rows(items.with(Vec::len), row_height, top.get(), size.get().1));
    let each = move || {
        let range = shown.get();
        items.with(|items| {
            range.filter_map(|index| items.get(index).map(|item| (index, item.clone()))).collect::<Vec<_>>()
        })
    };
    #[expect(clippy::cast_precision_loss, reason = "a list is far shorter than 2^52")]
    let offset = move |index: usize| format!("translateY({}px)", index as f64 * row_height);
    #[expect(clippy::cast_precision_loss, reason = "a list is far shorter than 2^52")]
    let total = move || format!("{}px", items.with(Vec::len) as f64 * row_height);
    view! {
        <div
            node_ref=node
            class="h-full overflow-y-auto focus-visible:-outline-offset-2"
            role="list"
            aria-label=label
            tabindex="0"
            on:scroll=scrolled
        >
            <div class="relative" style:height=total>
                <For
                    each=each
                    key=move |(index, item)| (*index, key(item))
                    children=move |(index, item)| {
                        view! {
                            <div
                                class="virtual-row"
                                role="listitem"
                                aria-posinset=(index + 1).to_string()
                                aria-setsize=move || items.with(Vec::len).to_string()
                                style:height=format!("{row_height}px")
                                style:transform=offset(index)
                            >
                                {row(index, item)}
                            </div>
                        }
                    }
                />
            </div>
        </div>
    }
}
