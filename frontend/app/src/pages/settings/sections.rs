//! The sections by what they are about, as the browser fetches them.

use leptos::prelude::*;
use types::organization::Organization;

use super::ai::AiSettings;
use super::api_keys::ApiKeys;
use super::archestra::ArchestraSettings;
use super::audit::Audit;
use super::members::Members;
use super::notifications::NotificationSettings;
use super::organization::OrganizationSettings;
use super::ownership::OwnershipSettings;
use super::retention::RetentionSettings;
use super::security::Security;
use super::sources::Sources;
use super::sso::SsoSection;

/// What Bastion talks to: Archestra, the assistant, mail and chat.
#[component]
pub fn Connections(
    key: &'static str,
    organization: Signal<Organization>,
    ready: RwSignal<bool>,
) -> impl IntoView {
    ready.set(true);
    match key {
        "ai" => view! { <AiSettings organization=organization /> }.into_any(),
        "notifications" => view! { <NotificationSettings /> }.into_any(),
        _ => view! { <ArchestraSettings organization=organization /> }.into_any(),
    }
}

/// What is watched, and whose it is.
#[component]
pub fn Watched(key: &'static str, ready: RwSignal<bool>) -> impl IntoView {
    ready.set(true);
    match key {
        "ownership" => view! { <OwnershipSettings /> }.into_any(),
        _ => view! { <Sources /> }.into_any(),
    }
}

/// Who may come in, and how.
#[component]
pub fn People(key: &'static str, ready: RwSignal<bool>) -> impl IntoView {
    ready.set(true);
    match key {
        "sso" => view! { <SsoSection /> }.into_any(),
        "api-keys" => view! { <ApiKeys /> }.into_any(),
        _ => view! { <Members /> }.into_any(),
    }
}

/// The organization itself.
#[component]
pub fn Administration(
    key: &'static str,
    organization: Signal<Organization>,
    ready: RwSignal<bool>,
) -> impl IntoView {
    ready.set(true);
    match key {
        "security" => view! { <Security organization=organization /> }.into_any(),
        "audit" => view! { <Audit /> }.into_any(),
        _ => view! {
            <OrganizationSettings organization=organization>
                <RetentionSettings organization=organization />
            </OrganizationSettings>
        }
        .into_any(),
    }
}
