use leptos::prelude::*;
use leptos_router::hooks::use_location;
use ui::{Breadcrumb, Crumb, Glyph, Icon, IconButton, use_theme};

use super::navigation::DESTINATIONS;
use super::switchers::{OrganizationSwitcher, SourceSwitcher};
use super::user_menu::UserMenu;
use crate::scan::ScanButton;
use crate::workspace::{Workspace, use_workspace};

/// Asks for the sheet of keyboard shortcuts.
#[derive(Clone, Copy)]
pub(crate) struct ShortcutSheet(pub(crate) RwSignal<bool>);

fn crumbs(workspace: Workspace, pathname: &str) -> Vec<Crumb> {
    let Some(destination) = DESTINATIONS.iter().find(|destination| destination.holds(pathname)) else {
        return Vec::new();
    };
    let rest = pathname
        .strip_prefix(destination.path)
        .map(|rest| rest.trim_matches('/'))
        .filter(|rest| !rest.is_empty());
    let mut crumbs = vec![Crumb {
        label: destination.label.to_owned(),
        href: rest.map(|_| workspace.href(destination.path)),
    }];
    if let Some(rest) = rest {
        let label =
            if rest == "graph" { "Graph".to_owned() } else { leptos_router::location::Url::unescape(rest) };
        crumbs.push(Crumb { label, href: None });
    }
    crumbs
}

/// Where one is, and what one can do from everywhere.
#[component]
pub fn TopBar(palette: RwSignal<bool>, drawer: RwSignal<bool>) -> impl IntoView {
    let workspace = use_workspace();
    let pathname = use_location().pathname;
    let theme = use_theme();
    let ShortcutSheet(sheet) = expect_context();
    view! {
        <header class="sticky top-0 z-20 flex h-14 items-center gap-2 border-b border-border bg-bg px-4 lg:px-6">
            <span class="lg:hidden">
                <IconButton label="Open navigation" icon=Glyph::Menu on_click=move || drawer.set(true) />
            </span>
            <span class="hidden min-w-0 flex-1 md:block">
                <Breadcrumb crumbs=Signal::derive(move || crumbs(workspace, &pathname.get())) />
            </span>
            <button
                type="button"
                class="hidden h-9 w-56 items-center gap-2 rounded-control border border-border bg-surface px-3 text-body text-text-3 hover:border-control xl:flex"
                title="Search and commands"
                aria-keyshortcuts="Control+K Meta+K"
                on:click=move |_| palette.set(true)
            >
                <Icon glyph=Glyph::Search />
                <span class="flex-1 text-left">"Search"</span>
                <kbd class="rounded border border-border px-1.5 font-sans text-label">"Ctrl K"</kbd>
            </button>
            <span class="ml-auto flex items-center gap-2 md:ml-0">
                <span class="xl:hidden">
                    <IconButton label="Search and commands" icon=Glyph::Search on_click=move || palette.set(true) />
                </span>
                <span class="hidden sm:inline-flex">
                    <OrganizationSwitcher />
                </span>
                <SourceSwitcher />
                <ScanButton bar=true />
                <IconButton
                    label=Signal::derive(move || format!("Use {}", crate::words::theme(theme.get().next())))
                    icon=Signal::derive(move || crate::words::theme_glyph(theme.get()))
                    on_click=move || theme.update(|theme| *theme = theme.next())
                />
                <UserMenu on_shortcuts=move || sheet.set(true) />
            </span>
        </header>
    }
}
