use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use crate::glyph::Glyph;
use crate::icon::Icon;
use crate::id::unique_id;

/// The menu that an item belongs to.
#[derive(Clone, Copy)]
struct MenuContext(NodeRef<html::Div>);

/// Where a popover of `size` goes so that it stays in a window of `view`: below its anchor and aligned with its right
/// edge when `end`, else its left; above when there is no room below. All `(x, y)` or `(left, top, right, bottom)`.
fn placement(anchor: (f64, f64, f64, f64), size: (f64, f64), view: (f64, f64), end: bool) -> (f64, f64) {
    const GAP: f64 = 4.0;
    const MARGIN: f64 = 8.0;
    let (left, top, right, bottom) = anchor;
    let wanted = if end { right - size.0 } else { left };
    let x = wanted.min(view.0 - size.0 - MARGIN).max(MARGIN);
    let below = bottom + GAP;
    let y = if below + size.1 + MARGIN <= view.1 { below } else { (top - GAP - size.1).max(MARGIN) };
    (x, y)
}

/// A button that opens a list of actions; native popover, so a click elsewhere or Esc closes it.
#[component]
pub fn Menu(
    /// The accessible name of the button, and its tooltip.
    #[prop(into)]
    label: String,
    /// What the button shows; three dots unless said.
    #[prop(optional, into)]
    trigger: Option<ViewFnOnce>,
    /// Classes of the button.
    #[prop(
        default = "inline-flex h-9 min-w-9 items-center justify-center gap-2 rounded-control px-2 text-body text-text-2 hover:bg-surface-2 hover:text-text".to_owned(),
        into
    )]
    class: String,
    /// Aligns the right edges.
    #[prop(optional)]
    end: bool,
    /// The button shows words: they follow the label in its accessible name, so that it can be called by what is seen.
    #[prop(optional)]
    worded: bool,
    children: Children,
) -> impl IntoView {
    let id = unique_id("menu");
    let button = NodeRef::<html::Button>::new();
    let popover = NodeRef::<html::Div>::new();
    let expanded = RwSignal::new(false);
    let toggled = move |_| {
        let (Some(button), Some(popover)) = (button.get_untracked(), popover.get_untracked()) else {
            return;
        };
        let open = popover.matches(":popover-open").unwrap_or(false);
        let _ = expanded.try_set(open);
        if !open {
            return;
        }
        let anchor = button.get_bounding_client_rect();
        let own = popover.get_bounding_client_rect();
        let extent = |value: Result<wasm_bindgen::JsValue, wasm_bindgen::JsValue>| {
            value.ok().and_then(|value| value.as_f64()).unwrap_or_default()
        };
        let (x, y) = placement(
            (anchor.left(), anchor.top(), anchor.right(), anchor.bottom()),
            (own.width(), own.height()),
            (extent(window().inner_width()), extent(window().inner_height())),
            end,
        );
        let style = web_sys::HtmlElement::style(&popover);
        let _ = style.set_property("left", &format!("{x}px"));
        let _ = style.set_property("top", &format!("{y}px"));
        focus_item(&popover, "ArrowDown", None);
    };
    let keydown = move |event: web_sys::KeyboardEvent| {
        let Some(popover) = popover.get_untracked() else {
            return;
        };
        let key = event.key();
        if matches!(key.as_str(), "ArrowDown" | "ArrowUp" | "Home" | "End") {
            event.prevent_default();
            focus_item(&popover, &key, document().active_element());
        }
    };
    let face = match trigger {
        Some(trigger) => trigger.run(),
        None => view! { <Icon glyph=Glyph::Ellipsis /> }.into_any(),
    };
    view! {
        <span class="inline-flex">
            <button
                node_ref=button
                type="button"
                class=class
                title=label.clone()
                aria-label=(!worded).then(|| label.clone())
                aria-haspopup="menu"
                aria-expanded=move || if expanded.get() { "true" } else { "false" }
                popovertarget=id.clone()
            >
                {worded.then(|| view! { <span class="sr-only">{format!("{label}: ")}</span> })}
                {face}
            </button>
            <div
                node_ref=popover
                id=id
                popover="auto"
                role="menu"
                aria-label=label
                class="popover"
                on:toggle=toggled
                on:keydown=keydown
            >
                <leptos::context::Provider value=MenuContext(popover)>{children()}</leptos::context::Provider>
            </div>
        </span>
    }
}

/// Moves focus among the menu's items as `key` says, around the ends.
fn focus_item(menu: &web_sys::Element, key: &str, from: Option<web_sys::Element>) {
    let Ok(items) = menu.query_selector_all("[role=menuitem]:not(:disabled)") else {
        return;
    };
    let count = items.length();
    if count == 0 {
        return;
    }
    let current = from.and_then(|from| {
        (0..count).find(|index| items.item(*index).is_some_and(|item| item.is_same_node(Some(&from))))
    });
    let to = match (key, current) {
        ("ArrowDown", Some(index)) => (index + 1) % count,
        ("ArrowUp", Some(index)) => (index + count - 1) % count,
        ("ArrowUp", None) | ("End", _) => count - 1,
        _ => 0,
    };
    if let Some(item) = items.item(to).and_then(|item| item.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _ = item.focus();
    }
}

/// One action of a [`Menu`]; a link when `href` is given.
#[component]
pub fn MenuItem(
    #[prop(optional, into)] icon: Option<Glyph>,
    #[prop(optional, into)] href: Option<String>,
    #[prop(optional, into)] on_select: Option<Callback<()>>,
    #[prop(optional)] danger: bool,
    #[prop(optional, into)] disabled: Signal<bool>,
    /// A tick before it, for a choice among several.
    #[prop(optional, into)]
    checked: Signal<bool>,
    children: Children,
) -> impl IntoView {
    let menu = use_context::<MenuContext>();
    let select = move |_| {
        if let Some(popover) = menu.and_then(|menu| menu.0.get_untracked()) {
            // Fails only when it is closed already.
            let _ = web_sys::HtmlElement::hide_popover(&popover);
        }
        if let Some(on_select) = on_select {
            on_select.run(());
        }
    };
    let tone = if danger { "text-bad" } else { "text-text" };
    let class = format!(
        "flex min-h-8 w-full items-center gap-2.5 rounded-md px-2.5 py-1.5 text-left text-table {tone} hover:bg-border focus-visible:bg-border disabled:opacity-50",
    );
    let content = (
        icon.map(|glyph| view! { <Icon glyph=glyph /> }),
        view! { <span class="min-w-0 flex-1">{children()}</span> },
        move || {
            checked
                .get()
                .then(|| view! { <Icon glyph=Glyph::Check class="size-4 text-accent-text" label="chosen" /> })
        },
    );
    match href {
        Some(href) => view! {
            <a role="menuitem" href=href class=class on:click=select>
                {content}
            </a>
        }
        .into_any(),
        None => view! {
            <button type="button" role="menuitem" class=class disabled=disabled on:click=select>
                {content}
            </button>
        }
        .into_any(),
    }
}

/// A line between groups of items.
#[component]
pub fn MenuSeparator() -> impl IntoView {
    view! { <div role="separator" class="my-1 h-px bg-border"></div> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_menu_stays_inside_the_window() {
        let view = (1000.0, 600.0);
        let size = (200.0, 100.0);
        assert_eq!(placement((10.0, 10.0, 46.0, 46.0), size, view, false), (10.0, 50.0));
        assert_eq!(placement((950.0, 10.0, 990.0, 46.0), size, view, false), (792.0, 50.0));
        assert_eq!(placement((400.0, 10.0, 440.0, 46.0), size, view, true), (240.0, 50.0));
        assert_eq!(placement((10.0, 560.0, 46.0, 590.0), size, view, false), (10.0, 456.0));
    }
}
