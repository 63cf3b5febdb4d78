//! `/dashboard/settings`: connections, sources, security, members, keys, the audit log, one's own account.

pub(crate) mod account;
mod ai;
mod api_keys;
mod archestra;
mod audit;
mod configuration;
mod invitations;
mod leave;
mod members;
mod notifications;
mod organization;
mod ownership;
mod retention;
mod roles;
mod secret_input;
pub(crate) mod sections;
mod security;
mod source_form;
mod source_row;
mod sources;
mod sso;
mod step_up;

use client::Query;
use leptos::prelude::*;
use types::organization::Organization;
use types::permission::Permission;
use ui::{EmptyState, Glyph, Icon, PageHeader, SkeletonRows};

use crate::address::query_value;
use crate::fetch::Fetched;
use crate::page::{Loaded, PageFrame};
use crate::part::{AccountSection, ConnectionSections, OrganizationSections, PeopleSections, SourceSections};
use crate::workspace::use_workspace;

/// A section, with who may see it.
struct Section {
    key: &'static str,
    label: &'static str,
    glyph: Glyph,
    permission: Permission,
}

const SECTIONS: &[Section] = &[
    Section {
        key: "archestra",
        label: "Archestra",
        glyph: Glyph::Network,
        permission: Permission::OrganizationRead,
    },
    Section { key: "sources", label: "Sources", glyph: Glyph::Database, permission: Permission::SourceRead },
    Section { key: "ai", label: "AI", glyph: Glyph::Sparkles, permission: Permission::OrganizationRead },
    Section { key: "ownership", label: "Ownership", glyph: Glyph::Tag, permission: Permission::SchemaRead },
    Section {
        key: "security",
        label: "Security",
        glyph: Glyph::Lock,
        permission: Permission::OrganizationRead,
    },
    Section {
        key: "members",
        label: "Members",
        glyph: Glyph::Users,
        permission: Permission::OrganizationRead,
    },
    Section {
        key: "notifications",
        label: "Notifications",
        glyph: Glyph::Bell,
        permission: Permission::OrganizationRead,
    },
    Section {
        key: "sso",
        label: "Single sign-on",
        glyph: Glyph::ShieldCheck,
        permission: Permission::OrganizationManage,
    },
    Section { key: "api-keys", label: "API keys", glyph: Glyph::Key, permission: Permission::ApiKeyManage },
    Section { key: "audit", label: "Audit log", glyph: Glyph::ScrollText, permission: Permission::AuditRead },
    Section {
        key: "organization",
        label: "Organization",
        glyph: Glyph::Settings,
        permission: Permission::OrganizationRead,
    },
    Section {
        key: "account",
        label: "Account",
        glyph: Glyph::User,
        permission: Permission::OrganizationRead,
    },
];

/// The page.
#[component]
pub fn SettingsPage() -> impl IntoView {
    let workspace = use_workspace();
    let organization = Fetched::new(|| (), |api, ()| async move { api.organization().await });
    let named = query_value("section");
    let section = Memo::new(move |_| {
        let wanted = named.get().unwrap_or_default();
        SECTIONS.iter().position(|section| section.key == wanted).unwrap_or(0)
    });
    let items = move || {
        SECTIONS
            .iter()
            .enumerate()
            .map(|(index, one)| {
                let href = move || workspace.href_with("/dashboard/settings", Query::new().with("section", Some(one.key)));
                view! {
                    <a
                        href=href
                        class="flex h-9 items-center gap-2.5 rounded-control px-3 whitespace-nowrap text-text-2 hover:bg-surface-2 hover:text-text aria-[current=page]:bg-accent-tint aria-[current=page]:font-medium aria-[current=page]:text-accent-text"
                        aria-current=move || (section.get() == index).then_some("page")
                    >
                        <Icon glyph=one.glyph />
                        {one.label}
                    </a>
                }
            })
            .collect_view()
    };
    let section_ready = RwSignal::new(false);
    let answer = move || organization.with(|organization| organization.map(|one| one.name.clone()));
    // Of an organization that is suspended there is nothing to set, of oneself there is.
    let alone = Memo::new(move |_| workspace.suspended().is_some());
    let own = move || {
        view! {
            <PageHeader title="Your account" />
            <div class="max-w-4xl space-y-4">
                <AccountSection ready=section_ready />
            </div>
        }
    };
    let all = move || {
        view! {
            <PageHeader title="Settings" answer=Signal::derive(answer) />
            <div class="grid items-start gap-6 lg:grid-cols-[200px_minmax(0,1fr)]">
                <nav aria-label="Settings" class="flex gap-1 overflow-x-auto lg:sticky lg:top-20 lg:flex-col">
                    {items}
                </nav>
                <div class="min-w-0 max-w-4xl space-y-4">
                    <Loaded
                        from=organization
                        skeleton=|| {
                            view! {
                                <div class="rounded-xl border border-border bg-surface">
                                    <SkeletonRows what="settings" />
                                </div>
                            }
                        }
                        let:organization
                    >
                        {move || {
                            let allowed = workspace.may(SECTIONS[section.get()].permission);
                            chosen(section.get(), organization, allowed, section_ready)
                        }}
                    </Loaded>
                </div>
            </div>
        }
    };
    view! {
        <PageFrame
            name="settings"
            title="Settings"
            ready=Signal::derive(move || (alone.get() || organization.is_there()) && section_ready.get())
            refreshing=Signal::derive(move || organization.is_busy() && organization.is_there())
        >
            {move || if alone.get() { own().into_any() } else { all().into_any() }}
            <step_up::StepUp />
        </PageFrame>
    }
}

fn chosen(
    section: usize,
    organization: Signal<Organization>,
    allowed: bool,
    ready: RwSignal<bool>,
) -> AnyView {
    ready.set(!allowed);
    if !allowed {
        return view! {
            <EmptyState
                icon=Glyph::Lock
                title="Your role may not see this"
                text="An administrator or the owner of this organization can grant it."
            />
        }
        .into_any();
    }
    match SECTIONS[section].key {
        key @ ("sources" | "ownership") => view! { <SourceSections key=key ready=ready /> }.into_any(),
        key @ ("members" | "sso" | "api-keys") => view! { <PeopleSections key=key ready=ready /> }.into_any(),
        key @ ("security" | "audit" | "organization") => {
            view! { <OrganizationSections key=key organization=organization ready=ready /> }.into_any()
        }
        "account" => view! { <AccountSection ready=ready /> }.into_any(),
        key => view! { <ConnectionSections key=key organization=organization ready=ready /> }.into_any(),
    }
}

/// A text field's content as the API wants it: `None` leaves what is kept.
fn changed(value: RwSignal<String>, kept: Option<&str>) -> Option<String> {
    let text = value.get_untracked().trim().to_owned();
    (text != kept.unwrap_or_default()).then_some(text)
}

/// A secret's field: `None` unless something was typed.
fn typed(value: RwSignal<String>) -> Option<String> {
    let text = value.get_untracked().trim().to_owned();
    (!text.is_empty()).then_some(text)
}
