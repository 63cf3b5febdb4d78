use leptos::prelude::*;
use leptos_router::hooks::use_location;
use ui::{ButtonVariant, Glyph, Icon, IconButton, NavItem};

use crate::fetch::Fetched;
use crate::workspace::use_workspace;

const KEY: &str = "bastion.sidebar";

/// An entry of the sidebar, and of what `g` and a letter lead to.
pub(crate) struct Destination {
    pub(crate) path: &'static str,
    pub(crate) label: &'static str,
    pub(crate) glyph: Glyph,
    /// After `g`.
    pub(crate) key: &'static str,
}

const INCIDENTS: &str = "/dashboard/incidents";

/// The pages, in the order of the sidebar.
pub(crate) const DESTINATIONS: [Destination; 7] = [
    Destination { path: "/dashboard", label: "Overview", glyph: Glyph::LayoutDashboard, key: "o" },
    Destination { path: "/dashboard/schema", label: "Schema", glyph: Glyph::Table, key: "s" },
    Destination { path: "/dashboard/quality", label: "Quality", glyph: Glyph::Gauge, key: "q" },
    Destination { path: "/dashboard/drift", label: "Drift", glyph: Glyph::GitCompare, key: "d" },
    Destination { path: INCIDENTS, label: "Incidents", glyph: Glyph::Siren, key: "i" },
    Destination { path: "/dashboard/agents", label: "Agents", glyph: Glyph::Bot, key: "a" },
    Destination { path: "/dashboard/settings", label: "Settings", glyph: Glyph::Settings, key: "t" },
];

impl Destination {
    /// Whether an address is on this page.
    pub(crate) fn holds(&self, pathname: &str) -> bool {
        let pathname = pathname.trim_end_matches('/');
        let alias = self.path == "/dashboard/quality" && pathname == "/dashboard/health";
        alias
            || pathname == self.path
            || (self.path != "/dashboard"
                && pathname.strip_prefix(self.path).is_some_and(|rest| rest.starts_with('/')))
    }
}

/// Whether the sidebar was collapsed when it was last seen.
pub(super) fn kept_collapsed() -> bool {
    storage().is_some_and(|storage| matches!(storage.get_item(KEY), Ok(Some(_))))
}

fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}

fn keep(collapsed: bool) {
    if let Some(storage) = storage() {
        // A full or forbidden storage only means that the choice is not kept.
        let _ = if collapsed { storage.set_item(KEY, "1") } else { storage.remove_item(KEY) };
    }
}

/// The product's name and mark.
#[component]
pub fn Brand(#[prop(optional, into)] collapsed: Signal<bool>) -> impl IntoView {
    view! {
        <span class="flex items-center gap-2.5">
            <span class="flex size-8 shrink-0 items-center justify-center rounded-control bg-accent text-on-accent">
                <Icon glyph=Glyph::ShieldCheck class="size-4.5" />
            </span>
            <span class="text-body font-semibold tracking-tight" class:sr-only=move || collapsed.get()>
                "Bastion"
            </span>
        </span>
    }
}

/// The pages; on a narrow window a panel that opens over the content.
#[component]
pub fn Sidebar(collapsed: RwSignal<bool>, open: RwSignal<bool>) -> impl IntoView {
    let workspace = use_workspace();
    let pathname = use_location().pathname;
    Effect::new(move |_| {
        pathname.track();
        open.set(false);
    });
    let incidents = Fetched::new(|| (), |api, ()| async move { api.active_incidents().await });
    let active = move || incidents.with(|count| count.map_or(0, |count| u64::from(*count)));
    let items = move || {
        DESTINATIONS
            .iter()
            .map(|destination| {
                view! {
                    <NavItem
                        href=workspace.href(destination.path)
                        label=destination.label
                        icon=destination.glyph
                        active=Signal::derive(move || destination.holds(&pathname.get()))
                        collapsed=collapsed
                        count=Signal::derive(move || if destination.path == INCIDENTS { active() } else { 0 })
                    />
                }
            })
            .collect_view()
    };
    let width = move || if collapsed.get() { "lg:w-16" } else { "lg:w-58" };
    let place = move || {
        if open.get() { "fixed inset-y-0 left-0 z-40 flex w-58" } else { "hidden lg:sticky lg:top-0 lg:flex" }
    };
    let fold = move |_| {
        let now = !collapsed.get_untracked();
        collapsed.set(now);
        keep(now);
    };
    view! {
        <Show when=move || open.get()>
            <div class="fixed inset-0 z-30 bg-bg/70 lg:hidden" on:click=move |_| open.set(false)></div>
        </Show>
        <aside class=move || {
            format!(
                "h-dvh shrink-0 flex-col border-r border-border bg-surface transition-[width] {} {}",
                width(),
                place(),
            )
        }>
            <div class="flex h-14 items-center px-4">
                <a href=move || workspace.href("/dashboard") class="rounded-control" aria-label="Bastion, overview">
                    <Brand collapsed=collapsed />
                </a>
            </div>
            <nav aria-label="Pages" class="flex flex-1 flex-col gap-1 overflow-y-auto px-3 py-2">
                {items}
            </nav>
            <div class="hidden border-t border-border p-3 lg:block">
                <IconButton
                    label=Signal::derive(move || {
                        if collapsed.get() { "Expand sidebar" } else { "Collapse sidebar" }.to_owned()
                    })
                    icon=Glyph::PanelLeft
                    variant=ButtonVariant::Ghost
                    on_click=move || fold(())
                />
            </div>
        </aside>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_belongs_to_one_entry() {
        let cases = [
            ("/dashboard", "Overview"),
            ("/dashboard/", "Overview"),
            ("/dashboard/schema/graph", "Schema"),
            ("/dashboard/schema/public.film", "Schema"),
            ("/dashboard/health", "Quality"),
            ("/dashboard/settings", "Settings"),
        ];
        for (path, expected) in cases {
            let found: Vec<_> = DESTINATIONS
                .iter()
                .filter(|destination| destination.holds(path))
                .map(|destination| destination.label)
                .collect();
            assert_eq!(found, [expected], "{path}");
        }
    }
}
