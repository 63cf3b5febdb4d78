use leptos::prelude::*;
use wasm_bindgen::JsCast;

fn tab_id(group: &str, key: &str) -> String {
    format!("{group}-tab-{key}")
}

fn panel_id(group: &str, key: &str) -> String {
    format!("{group}-panel-{key}")
}

/// The tab that `key` leads to from `index` among `count`; `None` when the key does not move.
fn destination(key: &str, index: usize, count: usize) -> Option<usize> {
    if count == 0 {
        return None;
    }
    match key {
        "ArrowRight" => Some((index + 1) % count),
        "ArrowLeft" => Some((index + count - 1) % count),
        "Home" => Some(0),
        "End" => Some(count - 1),
        _ => None,
    }
}

/// A list of tabs: pairs of key and label. Arrows, Home and End move and select.
#[component]
pub fn Tabs(
    /// Unique on the page; the same as that of its [`TabPanel`]s.
    group: &'static str,
    /// What the tabs choose between.
    #[prop(into)]
    label: String,
    #[prop(into)] tabs: Signal<Vec<(String, String)>>,
    selected: RwSignal<String>,
) -> impl IntoView {
    let keydown = move |event: web_sys::KeyboardEvent| {
        let list = tabs.get_untracked();
        let current = selected.get_untracked();
        let index = list.iter().position(|(key, _)| *key == current).unwrap_or_default();
        let Some((key, _)) = destination(&event.key(), index, list.len()).and_then(|to| list.get(to)) else {
            return;
        };
        event.prevent_default();
        selected.set(key.clone());
        let element = document().get_element_by_id(&tab_id(group, key));
        if let Some(element) = element.and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok()) {
            let _ = element.focus();
        }
    };
    let items = move || {
        tabs.get()
            .into_iter()
            .map(|(key, label)| {
                let own = key.clone();
                let is_selected = Memo::new(move |_| selected.get() == own);
                let choose = key.clone();
                view! {
                    <button
                        type="button"
                        role="tab"
                        id=tab_id(group, &key)
                        aria-controls=panel_id(group, &key)
                        aria-selected=move || if is_selected.get() { "true" } else { "false" }
                        tabindex=move || if is_selected.get() { "0" } else { "-1" }
                        class="-mb-px h-9 border-b-2 border-transparent px-1 text-body whitespace-nowrap text-text-2 transition-colors hover:text-text focus-visible:-outline-offset-2 aria-selected:border-accent-text aria-selected:font-medium aria-selected:text-text"
                        on:click=move |_| selected.set(choose.clone())
                    >
                        {label}
                    </button>
                }
            })
            .collect_view()
    };
    view! {
        <div
            role="tablist"
            aria-label=label
            class="flex gap-5 overflow-x-auto border-b border-border"
            on:keydown=keydown
        >
            {items}
        </div>
    }
}

/// What a tab shows; built while it is selected.
#[component]
pub fn TabPanel(
    group: &'static str,
    #[prop(into)] key_name: String,
    selected: RwSignal<String>,
    children: ChildrenFn,
) -> impl IntoView {
    let own = key_name.clone();
    let shown = Memo::new(move |_| selected.get() == own);
    move || {
        shown.get().then(|| {
            view! {
                <div
                    role="tabpanel"
                    id=panel_id(group, &key_name)
                    aria-labelledby=tab_id(group, &key_name)
                    tabindex="0"
                    class="pt-4 focus-visible:outline-offset-4"
                >
                    {children()}
                </div>
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_wrap_around_the_ends() {
        assert_eq!(destination("ArrowRight", 2, 3), Some(0));
        assert_eq!(destination("ArrowLeft", 0, 3), Some(2));
        assert_eq!(destination("End", 0, 3), Some(2));
        assert_eq!(destination("a", 0, 3), None);
        assert_eq!(destination("End", 0, 0), None);
    }
}
