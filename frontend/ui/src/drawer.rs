use leptos::html;
use leptos::prelude::*;

use crate::button::{ControlSize, IconButton};
use crate::dialog::{follow, is_backdrop};
use crate::glyph::Glyph;
use crate::id::unique_id;

/// A modal panel at the right edge, for the details of one thing.
#[component]
pub fn Drawer(
    open: RwSignal<bool>,
    #[prop(into)] title: Signal<String>,
    children: ChildrenFn,
) -> impl IntoView {
    let node = NodeRef::<html::Dialog>::new();
    follow(node, open);
    let id = unique_id("drawer");
    let heading = id.clone();
    let content = move || {
        let children = children.clone();
        let heading = heading.clone();
        open.get().then(move || {
            view! {
                <PanelHeader id=heading title=title on_close=move || open.set(false) />
                <div class="min-h-0 flex-1 overflow-y-auto p-5">{children()}</div>
            }
        })
    };
    view! {
        <dialog
            node_ref=node
            class="drawer"
            aria-labelledby=id
            on:close=move |_| open.set(false)
            on:click=move |event| {
                if is_backdrop(&event) {
                    open.set(false);
                }
            }
        >
            {content}
        </dialog>
    }
}

/// A panel beside the content that leaves the content usable; Esc inside it closes it.
#[component]
pub fn SidePanel(
    #[prop(into)] title: Signal<String>,
    #[prop(into)] on_close: Callback<()>,
    children: Children,
) -> impl IntoView {
    let id = unique_id("panel");
    let heading = id.clone();
    view! {
        <aside
            class="flex h-full w-full min-w-0 flex-col border-l border-border bg-surface"
            aria-labelledby=id
            on:keydown=move |event| {
                if event.key() == "Escape" {
                    event.stop_propagation();
                    on_close.run(());
                }
            }
        >
            <PanelHeader id=heading title=title on_close=on_close />
            <div class="min-h-0 flex-1 overflow-y-auto p-5">{children()}</div>
        </aside>
    }
}

#[component]
fn PanelHeader(id: String, title: Signal<String>, #[prop(into)] on_close: Callback<()>) -> impl IntoView {
    view! {
        <header class="flex items-center justify-between gap-4 border-b border-border px-5 py-3">
            <h2 id=id class="truncate text-body font-semibold">
                {title}
            </h2>
            <IconButton
                label="Close"
                icon=Glyph::Close
                size=ControlSize::Small
                on_click=move || on_close.run(())
            />
        </header>
    }
}
