use leptos::prelude::*;

use crate::glyph::Glyph;
use crate::icon::Icon;

/// An entry of the sidebar. Collapsed, only the icon shows and the label is its tooltip.
#[component]
pub fn NavItem(
    #[prop(into)] href: String,
    #[prop(into)] label: String,
    icon: Glyph,
    #[prop(into)] active: Signal<bool>,
    #[prop(optional, into)] collapsed: Signal<bool>,
    /// How many things there want attention; zero shows nothing.
    #[prop(optional, into)]
    count: Signal<u64>,
) -> impl IntoView {
    let title = label.clone();
    view! {
        <a
            href=href
            class="relative flex h-9 items-center gap-3 rounded-control px-3 text-body text-text-2 transition-colors hover:bg-surface-2 hover:text-text aria-[current=page]:bg-accent-tint aria-[current=page]:font-medium aria-[current=page]:text-accent-text"
            aria-current=move || active.get().then_some("page")
            title=move || collapsed.get().then(|| title.clone())
        >
            <Icon glyph=icon />
            <span class="truncate" class:sr-only=move || collapsed.get()>
                {label}
            </span>
            {move || {
                let count = count.get();
                (count > 0)
                    .then(|| {
                        view! {
                            <span class=move || {
                                if collapsed.get() {
                                    "absolute top-1 right-1 size-2 overflow-hidden rounded-full bg-bad text-transparent"
                                } else {
                                    "ml-auto rounded-full bg-neutral-tint px-2 text-label text-text-2"
                                }
                            }>{count}</span>
                        }
                    })
            }}
        </a>
    }
}
