use leptos::prelude::*;
use types::organization::{
    ConnectionReport, Organization, OrganizationSettings, SecretView, Setup, TestConnection,
};
use types::permission::Permission;
use ui::{Button, ButtonVariant, Card, Field, Glyph, Input, use_toasts};

use super::secret_input::SecretInput;
use super::{changed, typed};
use crate::pages::connection::ConnectionLadder;
use crate::submit::{FormFailure, Submit};
use crate::workspace::use_workspace;

const POINTERS: &[&str] =
    &["/archestra_url", "/api_key", "/gateway", "/gateway_token", "/bastion_mcp_url", "/bastion_mcp_token"];

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
    let secret = move |of: fn(&OrganizationSettings) -> &SecretView| {
        Signal::derive(move || settings.with(|settings| of(settings).clone()))
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
                <SecretInput
                    label="API key"
                    value=api_key
                    kept=secret(|settings| &settings.api_key)
                    error=save.field("/api_key")
                    disabled=locked
                />
                <div class="grid gap-4 sm:grid-cols-2">
                    <Field
                        label="Gateway"
                        hint="Id or slug of the MCP gateway that has bastion-mcp"
                        optional=true
                        error=save.field("/gateway")
                    >
                        <Input value=gateway mono=true disabled=locked />
                    </Field>
                    <SecretInput
                        label="Gateway token"
                        value=gateway_token
                        kept=secret(|settings| &settings.gateway_token)
                        error=save.field("/gateway_token")
                        disabled=locked
                        optional=true
                    />
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
                        <SecretInput
                            label="bastion-mcp token"
                            value=mcp_token
                            kept=secret(|settings| &settings.bastion_mcp_token)
                            error=save.field("/bastion_mcp_token")
                            disabled=locked
                            optional=true
                        />
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
