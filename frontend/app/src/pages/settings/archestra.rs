use leptos::prelude::*;
use types::organization::{ConnectionReport, Organization, SecretView, Setup, TestConnection};
use types::permission::Permission;
use ui::{Button, ButtonVariant, Card, Field, Glyph, Input, use_toasts};

use super::{changed, typed};
use crate::pages::connection::ConnectionLadder;
use crate::submit::{FormFailure, Submit};
use crate::workspace::use_workspace;

const POINTERS: &[&str] =
    &["/archestra_url", "/api_key", "/gateway", "/gateway_token", "/bastion_mcp_url", "/bastion_mcp_token"];

/// `Kept, ends in 1a2b` or what an empty field means.
pub(super) fn masked(secret: &SecretView) -> String {
    match (secret.set, &secret.last4) {
        (true, Some(last4)) => format!("Kept encrypted: •••• {last4}. Leave empty to keep it."),
        (true, None) => "Kept encrypted. Leave empty to keep it.".to_owned(),
        (false, _) => "Not set.".to_owned(),
    }
}

/// What stands in an empty secret field.
pub(super) fn dots(secret: &SecretView) -> String {
    match (secret.set, &secret.last4) {
        (true, Some(last4)) => format!("••••••••{last4}"),
        (true, None) => "••••••••".to_owned(),
        (false, _) => String::new(),
    }
}

/// The address of the organization's Archestra, its key, and the test of both.
#[component]
pub fn ArchestraSettings(organization: Signal<Organization>) -> impl IntoView {
    let workspace = use_workspace();
    let toasts = use_toasts();
    let settings = Signal::derive(move || organization.get().settings);
    let kept = settings.get_untracked();
    let url = RwSignal::new(kept.archestra_url.clone().unwrap_or_default());
    let gateway = RwSignal::new(kept.gateway.clone().unwrap_or_default());
    let mcp_url = RwSignal::new(kept.bastion_mcp_url.clone().unwrap_or_default());
    let (api_key, gateway_token, mcp_token) =
        (RwSignal::new(String::new()), RwSignal::new(String::new()), RwSignal::new(String::new()));
    let report = RwSignal::new(None::<ConnectionReport>);
    let (save, test) = (Submit::new(), Submit::new());
    let may = move || workspace.may(Permission::ConnectionManage);
    let locked = Signal::derive(move || !may());
    let entered = move || {
        let kept = settings.get_untracked();
        Setup {
            archestra_url: changed(url, kept.archestra_url.as_deref()),
            api_key: typed(api_key),
            gateway: changed(gateway, kept.gateway.as_deref()),
            gateway_token: typed(gateway_token),
            llm_key: None,
            bastion_mcp_url: changed(mcp_url, kept.bastion_mcp_url.as_deref()),
            bastion_mcp_token: typed(mcp_token),
        }
    };
    let store = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let (api, body) = (workspace.api(), entered());
        save.send(async move { api.setup(&body).await }, move |_| {
            for secret in [api_key, gateway_token, mcp_token] {
                let _ = secret.try_set(String::new());
            }
            toasts.success("Connection saved. Secrets are encrypted.");
            workspace.refresh();
        });
    };
    let try_it = move || {
        report.set(None);
        let api = workspace.api();
        let body = TestConnection { setup: Some(entered()), source: None };
        test.send(async move { api.test_connection(&body).await }, move |answer| {
            let _ = report.try_set(Some(answer));
        });
    };
    let secret_hint = move |of: fn(&types::organization::OrganizationSettings) -> &SecretView| {
        Signal::derive(move || Some(settings.with(|settings| masked(of(settings)))))
    };
    view! {
        <Card
            title="Archestra config"
            description="This is your local or deployed Archestra control plane. Bastion asks its MCP gateway; the key is encrypted before it is stored and never shown again."
        >
            <form class="space-y-4" on:submit=store>
                <Field label="API URL" error=save.field("/archestra_url")>
                    <Input value=url kind="url" placeholder="https://archestra.example.com" mono=true disabled=locked />
                </Field>
                <Field label="API key" hint=secret_hint(|settings| &settings.api_key) error=save.field("/api_key")>
                    <Input
                        value=api_key
                        kind="password"
                        autocomplete="off"
                        placeholder=dots(&kept.api_key)
                        mono=true
                        disabled=locked
                    />
                </Field>
                <div class="grid gap-4 sm:grid-cols-2">
                    <Field
                        label="Gateway"
                        hint="Id or slug of the MCP gateway that has bastion-mcp"
                        optional=true
                        error=save.field("/gateway")
                    >
                        <Input value=gateway mono=true disabled=locked />
                    </Field>
                    <Field
                        label="Gateway token"
                        hint=secret_hint(|settings| &settings.gateway_token)
                        optional=true
                        error=save.field("/gateway_token")
                    >
                        <Input
                            value=gateway_token
                            kind="password"
                            autocomplete="off"
                            placeholder=dots(&kept.gateway_token)
                            mono=true
                            disabled=locked
                        />
                    </Field>
                </div>
                <div class="border-t border-border pt-4">
                    <p class="mb-3 text-table text-text-2">
                        "Without Archestra, Bastion can reach a bastion-mcp directly."
                    </p>
                    <div class="grid gap-4 sm:grid-cols-2">
                        <Field label="bastion-mcp URL" optional=true error=save.field("/bastion_mcp_url")>
                            <Input
                                value=mcp_url
                                kind="url"
                                placeholder="https://agent.example.com:7800/mcp"
                                mono=true
                                disabled=locked
                            />
                        </Field>
                        <Field
                            label="bastion-mcp token"
                            hint=secret_hint(|settings| &settings.bastion_mcp_token)
                            optional=true
                            error=save.field("/bastion_mcp_token")
                        >
                            <Input
                                value=mcp_token
                                kind="password"
                                autocomplete="off"
                                placeholder=dots(&kept.bastion_mcp_token)
                                mono=true
                                disabled=locked
                            />
                        </Field>
                    </div>
                </div>
                <FormFailure submit=save pointers=POINTERS />
                <FormFailure submit=test pointers=&[] />
                {move || report.get().map(|report| view! { <ConnectionLadder report=report /> })}
                {move || {
                    if may() {
                        view! {
                            <div class="flex flex-wrap gap-2">
                                <Button variant=ButtonVariant::Primary submit=true loading=save.busy>
                                    "Save connection"
                                </Button>
                                <Button icon=Glyph::Activity loading=test.busy on_click=try_it>
                                    "Test connection"
                                </Button>
                            </div>
                        }
                            .into_any()
                    } else {
                        view! {
                            <p class="text-table text-text-3">
                                "Your role may not change connections; an administrator can grant it."
                            </p>
                        }
                            .into_any()
                    }
                }}
            </form>
        </Card>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_shows_its_last_four_characters_only() {
        let secret = SecretView { set: true, last4: Some("1a2b".to_owned()) };
        assert_eq!(masked(&secret), "Kept encrypted: •••• 1a2b. Leave empty to keep it.");
        assert_eq!(dots(&secret), "••••••••1a2b");
        assert_eq!(dots(&SecretView::default()), "");
    }
}
