use client::Query;
use leptos::prelude::*;
use leptos_router::hooks::use_location;
use types::quality::Health;
use types::run::RunState;
use types::source::Source;
use ui::{Glyph, HealthDot, Icon, Menu, MenuItem, MenuSeparator};

use crate::address::page_address;
use crate::session::Session;
use crate::words::purged_when;
use crate::workspace::use_workspace;

const TRIGGER: &str = "inline-flex h-9 max-w-52 items-center gap-2 rounded-control border border-border bg-surface \
                       px-2.5 text-body hover:border-control";

/// The organization whose data is shown, and the others of the person.
#[component]
pub fn OrganizationSwitcher() -> impl IntoView {
    let workspace = use_workspace();
    let pathname = use_location().pathname;
    let name = move || {
        workspace
            .membership
            .with(|own| own.as_ref().map_or_else(|| "No organization".to_owned(), |own| own.name.clone()))
    };
    let items = move || {
        let path = organization_page(&pathname.get());
        workspace
            .session
            .me()
            .map(|me| me.memberships)
            .unwrap_or_default()
            .into_iter()
            .map(|membership| {
                let href = page_address(&path, Some(&membership.slug), None, Query::new());
                let own = membership.slug.clone();
                let remembered = membership.slug.clone();
                view! {
                    <MenuItem
                        href=href
                        checked=Signal::derive(move || workspace.org.get().as_ref() == Some(&own))
                        on_select=move || remember(workspace.session, remembered.clone())
                    >
                        <span class="block truncate">{membership.name}</span>
                        <span class="block text-label text-text-3">{crate::words::role(membership.role)}</span>
                    </MenuItem>
                }
            })
            .collect_view()
    };
    let deleted = move || {
        let deleted = workspace.session.me().map(|me| me.deleted_organizations).unwrap_or_default();
        deleted
            .into_iter()
            .map(|organization| {
                view! {
                    <MenuItem icon=Glyph::RefreshCw href="/onboarding?new=1">
                        <span class="block truncate">"Restore " {organization.name}</span>
                        <span class="block text-label text-text-3">{purged_when(organization.purge_at)}</span>
                    </MenuItem>
                }
            })
            .collect_view()
    };
    view! {
        <Menu
            label="Switch organization"
            worded=true
            class=TRIGGER
            trigger=move || {
                view! {
                    <Icon glyph=Glyph::Users class="size-4 text-text-3" />
                    <span class="truncate">{name}</span>
                    <Icon glyph=Glyph::ChevronDown class="size-3.5 text-text-3" />
                }
            }
        >
            {items}
            {deleted}
            <MenuSeparator />
            <MenuItem icon=Glyph::Plus href="/onboarding?new=1">
                "Create or join an organization"
            </MenuItem>
        </Menu>
    }
}

/// Makes the organization the session's default, for the next visit. The URL decides now, so a failure costs nothing.
fn remember(session: Session, slug: String) {
    leptos::task::spawn_local(async move {
        let _ = session.api().switch_organization(&slug).await;
    });
}

/// Where to go in another organization: the same page, but not an object that only this organization has.
fn organization_page(pathname: &str) -> String {
    if pathname.starts_with("/dashboard/schema/") && pathname != "/dashboard/schema/graph" {
        "/dashboard/schema".to_owned()
    } else {
        pathname.to_owned()
    }
}

/// Whether a page shows all sources together; the schema and its graph are of one.
fn adds_sources_up(pathname: &str) -> bool {
    pathname
        .trim_end_matches('/')
        .strip_prefix("/dashboard/schema")
        .is_none_or(|rest| !rest.is_empty() && !rest.starts_with('/'))
}

/// How the last scan of a source went, as a dot.
fn last_scan(source: &Source) -> Health {
    match source.last_run.as_ref().map(|run| run.state) {
        Some(RunState::Succeeded) => Health::Healthy,
        Some(RunState::Failed) => Health::Critical,
        Some(RunState::Cancelled) => Health::Warning,
        Some(RunState::Queued | RunState::Running | RunState::Skipped) | None => Health::Unknown,
    }
}

/// The source whose data is shown; where the pages can add sources up, also all of them.
#[component]
pub fn SourceSwitcher() -> impl IntoView {
    let workspace = use_workspace();
    let pathname = use_location().pathname;
    let adds_up = Memo::new(move |_| pathname.with(|path| adds_sources_up(path)));
    let several = Memo::new(move |_| workspace.all_sources().len() > 1);
    let name = move || {
        let chosen = workspace.source.get();
        let all = workspace.all_sources();
        match chosen {
            Some(chosen) => all
                .iter()
                .find(|source| source.name == chosen || source.id.to_string() == chosen)
                .map_or(chosen, |source| source.name.clone()),
            None if all.is_empty() => "No source".to_owned(),
            None if several.get() && adds_up.get() => "All sources".to_owned(),
            None if several.get() => "Choose a source".to_owned(),
            None => all.first().map(|source| source.name.clone()).unwrap_or_default(),
        }
    };
    let items = move || {
        let path = organization_page(&pathname.get());
        let org = workspace.org.get();
        let every = (several.get() && adds_up.get()).then(|| {
            let href = page_address(&path, org.as_deref(), None, Query::new());
            view! {
                <MenuItem href=href checked=Signal::derive(move || workspace.source.get().is_none())>
                    "All sources"
                </MenuItem>
                <MenuSeparator />
            }
        });
        let each = workspace
            .all_sources()
            .into_iter()
            .map(|source| {
                let href = page_address(&path, org.as_deref(), Some(&source.name), Query::new());
                let health = last_scan(&source);
                let own = source.name.clone();
                let detail = match (source.engine, source.schema_version) {
                    (Some(engine), Some(version)) => {
                        format!("{} · version {version}", crate::words::engine(engine))
                    }
                    (Some(engine), None) => crate::words::engine(engine).to_owned(),
                    (None, _) => "not scanned yet".to_owned(),
                };
                view! {
                    <MenuItem
                        href=href
                        checked=Signal::derive(move || workspace.source.get().as_ref() == Some(&own))
                    >
                        <span class="flex items-center gap-2">
                            <HealthDot health=health />
                            <span class="min-w-0">
                                <span class="block truncate font-mono">{source.name}</span>
                                <span class="block text-label text-text-3">{detail}</span>
                            </span>
                        </span>
                    </MenuItem>
                }
            })
            .collect_view();
        (every, each)
    };
    view! {
        <Menu
            label="Switch source"
            worded=true
            class=TRIGGER
            trigger=move || {
                view! {
                    <Icon glyph=Glyph::Database class="size-4 text-text-3" />
                    <span class="truncate">{name}</span>
                    <Icon glyph=Glyph::ChevronDown class="size-3.5 text-text-3" />
                }
            }
        >
            {items}
            <MenuSeparator />
            <MenuItem icon=Glyph::Settings href=workspace.href("/dashboard/settings?section=sources")>
                "Manage sources"
            </MenuItem>
        </Menu>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_organization_is_not_asked_for_a_table_of_this_one() {
        assert_eq!(organization_page("/dashboard/schema/public.film"), "/dashboard/schema");
        assert_eq!(organization_page("/dashboard/schema/graph"), "/dashboard/schema/graph");
        assert_eq!(organization_page("/dashboard/drift"), "/dashboard/drift");
    }

    #[test]
    fn only_the_schema_and_its_graph_are_of_one_source() {
        for one in [
            "/dashboard/schema",
            "/dashboard/schema/",
            "/dashboard/schema/graph",
            "/dashboard/schema/public.film",
        ] {
            assert!(!adds_sources_up(one), "{one}");
        }
        for all in ["/dashboard", "/dashboard/quality", "/dashboard/incidents", "/dashboard/settings"] {
            assert!(adds_sources_up(all), "{all}");
        }
    }
}
