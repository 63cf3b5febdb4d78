use leptos::prelude::*;
use wasm_bindgen::JsCast;

use crate::glyph::Glyph;
use crate::icon::Icon;

/// The column a table is sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    pub key: &'static str,
    pub descending: bool,
}

impl Sort {
    /// What clicking the header of `key` asks for: the other direction, or `key` ascending.
    #[must_use]
    pub fn toggled(self, key: &'static str) -> Self {
        Self { key, descending: self.key == key && !self.descending }
    }
}

/// A table whose head stays in view. Put [`HeaderCell`]s or [`SortHeader`]s in `head`, [`Row`]s in the body.
///
/// Arrow keys move between rows that can be opened.
#[component]
pub fn Table(
    /// What the table shows, for assistive technology.
    #[prop(into)]
    caption: String,
    #[prop(into)] head: ViewFnOnce,
    #[prop(optional, into)] class: Option<&'static str>,
    children: Children,
) -> impl IntoView {
    let label = caption.clone();
    view! {
        <div
            class=format!("relative overflow-auto {}", class.unwrap_or_default())
            tabindex="0"
            role="region"
            aria-label=label
        >
            <table class="w-full border-collapse text-table">
                <caption class="sr-only">{caption}</caption>
                <thead class="sticky top-0 z-10 bg-surface-2">
                    <tr>{head.run()}</tr>
                </thead>
                <tbody class="divide-y divide-border" on:keydown=move_focus>
                    {children()}
                </tbody>
            </table>
        </div>
    }
}

fn move_focus(event: web_sys::KeyboardEvent) {
    let down = match event.key().as_str() {
        "ArrowDown" => true,
        "ArrowUp" => false,
        _ => return,
    };
    let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    let Some(row) = target.filter(|element| element.tag_name() == "TR") else {
        return;
    };
    let next = if down { row.next_element_sibling() } else { row.previous_element_sibling() };
    if let Some(next) = next.and_then(|next| next.dyn_into::<web_sys::HtmlElement>().ok()) {
        event.prevent_default();
        let _ = next.focus();
    }
}

fn align(end: bool) -> &'static str {
    if end { "text-right" } else { "text-left" }
}

/// A column's heading.
#[component]
pub fn HeaderCell(
    #[prop(optional)] numeric: bool,
    #[prop(optional, into)] class: Option<&'static str>,
    children: Children,
) -> impl IntoView {
    view! {
        <th
            scope="col"
            class=format!(
                "h-9 px-3 text-label font-medium whitespace-nowrap text-text-2 first:pl-5 last:pr-5 {} {}",
                align(numeric),
                class.unwrap_or_default(),
            )
        >
            {children()}
        </th>
    }
}

/// A column's heading that sorts by it.
#[component]
pub fn SortHeader(
    #[prop(into)] label: String,
    key_name: &'static str,
    sort: RwSignal<Sort>,
    #[prop(optional)] numeric: bool,
) -> impl IntoView {
    let direction = move || {
        let sort = sort.get();
        (sort.key == key_name).then_some(sort.descending)
    };
    let aria = move || match direction() {
        None => "none",
        Some(false) => "ascending",
        Some(true) => "descending",
    };
    let glyph = move || match direction() {
        None => Glyph::ArrowUpDown,
        Some(false) => Glyph::ArrowUp,
        Some(true) => Glyph::ArrowDown,
    };
    view! {
        <th scope="col" aria-sort=aria class=format!("h-9 px-3 first:pl-5 last:pr-5 {}", align(numeric))>
            <button
                type="button"
                class="inline-flex h-7 items-center gap-1 rounded-md text-label font-medium whitespace-nowrap text-text-2 hover:text-text"
                on:click=move |_| sort.update(|sort| *sort = sort.toggled(key_name))
            >
                {label}
                <span class=move || if direction().is_some() { "text-accent-text" } else { "text-text-3" }>
                    <Icon glyph=Signal::derive(glyph) class="size-3.5" />
                </span>
            </button>
        </th>
    }
}

/// A row; with `on_open` it takes focus, and Enter or a click opens it.
#[component]
pub fn Row(
    #[prop(optional, into)] on_open: Option<Callback<()>>,
    #[prop(optional, into)] selected: Signal<bool>,
    children: Children,
) -> impl IntoView {
    let open = move || {
        if let Some(on_open) = on_open {
            on_open.run(());
        }
    };
    let interactive = if on_open.is_some() {
        "cursor-pointer hover:bg-surface-2 focus-visible:-outline-offset-2"
    } else {
        ""
    };
    view! {
        <tr
            class=format!("aria-[current=true]:bg-accent-tint {interactive}")
            tabindex=on_open.map(|_| "0")
            aria-current=move || selected.get().then_some("true")
            on:click=move |_| open()
            on:keydown=move |event| {
                let on_row = event
                    .target()
                    .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
                    .is_some_and(|element| element.tag_name() == "TR");
                if on_row && event.key() == "Enter" {
                    event.prevent_default();
                    open();
                }
            }
        >
            {children()}
        </tr>
    }
}

/// A cell; numbers are right-aligned, identifiers set in the mono face.
#[component]
pub fn Cell(
    #[prop(optional)] numeric: bool,
    #[prop(optional)] mono: bool,
    #[prop(optional, into)] class: Option<&'static str>,
    #[prop(optional, into)] title: Option<String>,
    children: Children,
) -> impl IntoView {
    let face = if mono { "font-mono" } else { "" };
    view! {
        <td
            class=format!(
                "h-10 px-3 py-1.5 first:pl-5 last:pr-5 {} {face} {}",
                align(numeric),
                class.unwrap_or_default(),
            )
            title=title
        >
            {children()}
        </td>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_click_on_a_header_turns_the_order() {
        let sort = Sort { key: "name", descending: false };
        assert_eq!(sort.toggled("name"), Sort { key: "name", descending: true });
        assert_eq!(sort.toggled("name").toggled("name"), sort);
        assert_eq!(sort.toggled("rows"), Sort { key: "rows", descending: false });
    }
}
