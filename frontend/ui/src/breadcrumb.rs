use leptos::prelude::*;

use crate::glyph::Glyph;
use crate::icon::Icon;

/// One step of the way to this page; the last has no link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crumb {
    pub label: String,
    pub href: Option<String>,
}

/// Where this page is.
#[component]
pub fn Breadcrumb(#[prop(into)] crumbs: Signal<Vec<Crumb>>) -> impl IntoView {
    let items = move || {
        crumbs
            .get()
            .into_iter()
            .enumerate()
            .map(|(index, crumb)| {
                let content = match crumb.href {
                    Some(href) => view! {
                        <a href=href class="truncate text-text-2 hover:text-text">
                            {crumb.label}
                        </a>
                    }
                    .into_any(),
                    None => view! {
                        <span class="truncate font-medium" aria-current="page">
                            {crumb.label}
                        </span>
                    }
                    .into_any(),
                };
                view! {
                    <li class="flex min-w-0 items-center gap-1.5">
                        {(index > 0)
                            .then(|| view! { <Icon glyph=Glyph::ChevronRight class="size-3.5 text-text-3" /> })}
                        {content}
                    </li>
                }
            })
            .collect_view()
    };
    view! {
        <nav aria-label="Breadcrumb" class="min-w-0">
            <ol class="flex min-w-0 items-center gap-1.5 text-body">{items}</ol>
        </nav>
    }
}
