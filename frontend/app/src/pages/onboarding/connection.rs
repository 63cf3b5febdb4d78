use leptos::prelude::*;
use types::organization::{ConnectionReport, Setup, TestConnection};
use ui::{Button, ButtonVariant, Card, Field, Glyph, Input, TabPanel, Tabs};

use super::{Onboarding, StepHeading};
use crate::pages::connection::ConnectionLadder;
use crate::submit::{FormFailure, Submit};
use crate::workspace::use_go;

const POINTERS: &[&str] =
    &["/archestra_url", "/api_key", "/gateway", "/gateway_token", "/bastion_mcp_url", "/bastion_mcp_token"];

/// What was typed on either tab.
#[derive(Clone, Copy)]
struct Form {
    way: RwSignal<String>,
    url: RwSignal<String>,
    api_key: RwSignal<String>,
    gateway: RwSignal<String>,
    gateway_token: RwSignal<String>,
    mcp_url: RwSignal<String>,
    mcp_token: RwSignal<String>,
}

impl Form {
    fn new() -> Self {
        let empty = || RwSignal::new(String::new());
        Self {
            way: RwSignal::new("archestra".to_owned()),
            url: empty(),
            api_key: empty(),
            gateway: empty(),
            gateway_token: empty(),
            mcp_url: empty(),
            mcp_token: empty(),
        }
    }

    /// Only the chosen tab's fields, without the empty ones; not tracked.
    fn entered(self) -> Setup {
        let text = |value: RwSignal<String>| {
            let text = value.get_untracked().trim().to_owned();
            (!text.is_empty()).then_some(text)
        };
        if self.way.get_untracked() == "archestra" {
            Setup {
                archestra_url: text(self.url),
                api_key: text(self.api_key),
                gateway: text(self.gateway),
                gateway_token: text(self.gateway_token),
                ..Setup::default()
            }
        } else {
            Setup {
                bastion_mcp_url: text(self.mcp_url),
                bastion_mcp_token: text(self.mcp_token),
                ..Setup::default()
            }
        }
    }
}

/// How Bastion reaches the agent.
#[component]
pub fn ConnectionStep() -> impl IntoView {
    let onboarding: Onboarding = expect_context();
    let go = use_go();
    let form = Form::new();
    let (save, test) = (Submit::new(), Submit::new());
    let report = RwSignal::new(None::<ConnectionReport>);
    // The addresses are known although nothing was typed again; what was typed before the answer came stays.
    let api = onboarding.api();
    leptos::task::spawn_local(async move {
        if let Ok(organization) = api.organization().await {
            let kept = organization.settings;
            let fields = [
                (form.url, kept.archestra_url),
                (form.gateway, kept.gateway),
                (form.mcp_url, kept.bastion_mcp_url),
            ];
            for (field, value) in fields {
                let untouched = field.try_with_untracked(String::is_empty) == Some(true);
                if let Some(value) = value.filter(|_| untouched) {
                    let _ = field.try_set(value);
                }
            }
        }
    });
    let store = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let (api, body, go) = (onboarding.api(), form.entered(), go.clone());
        save.send(async move { api.setup(&body).await }, move |_| {
            go(&untrack(|| onboarding.step("agent")), false);
        });
    };
    let try_it = move || {
        report.set(None);
        let api = onboarding.api();
        let body = TestConnection { setup: Some(form.entered()), source: None };
        test.send(async move { api.test_connection(&body).await }, move |answer| {
            let _ = report.try_set(Some(answer));
        });
    };
    let tabs = vec![
        ("archestra".to_owned(), "Archestra".to_owned()),
        ("direct".to_owned(), "Direct bastion-mcp".to_owned()),
    ];
    view! {
        <StepHeading
            title="Connect"
            text="Bastion asks an agent beside your database, through your Archestra or directly."
        />
        <Card>
            <form on:submit=store>
                <Tabs group="connection" label="Ways to connect" tabs=tabs selected=form.way />
                <TabPanel group="connection" key_name="archestra" selected=form.way>
                    <ArchestraFields form=form submit=save />
                </TabPanel>
                <TabPanel group="connection" key_name="direct" selected=form.way>
                    <DirectFields form=form submit=save />
                </TabPanel>
                <div class="mt-4 space-y-3">
                    <FormFailure submit=save pointers=POINTERS />
                    <FormFailure submit=test pointers=&[] />
                    {move || report.get().map(|report| view! { <ConnectionLadder report=report /> })}
                </div>
                <div class="mt-4 flex flex-wrap gap-2">
                    <Button variant=ButtonVariant::Primary submit=true loading=save.busy>
                        "Save and go on"
                    </Button>
                    <Button icon=Glyph::Activity loading=test.busy on_click=try_it>
                        "Test connection"
                    </Button>
                </div>
                <p class="mt-3 text-label text-text-3">
                    "Keys and tokens are encrypted with AES-256-GCM before they are stored and never shown again."
                </p>
            </form>
        </Card>
        <p class="mt-4 text-table text-text-2">
            "No agent is running yet? "
            <a class="text-accent-text underline" href=move || onboarding.step("agent")>
                "See how to start bastion-mcp"
            </a>
            ", then come back."
        </p>
    }
}

#[component]
fn ArchestraFields(form: Form, submit: Submit) -> impl IntoView {
    view! {
        <div class="space-y-4">
            <p class="text-text-2">"This is your local or deployed Archestra control plane."</p>
            <Field label="Archestra API URL" error=submit.field("/archestra_url")>
                <Input value=form.url kind="url" name="archestra_url" mono=true placeholder="https://archestra.example.com" />
            </Field>
            <Field label="API key" error=submit.field("/api_key")>
                <Input value=form.api_key kind="password" name="api_key" autocomplete="off" mono=true />
            </Field>
            <div class="grid gap-4 sm:grid-cols-2">
                <Field label="Gateway" hint="Found by itself when left empty" optional=true error=submit.field("/gateway")>
                    <Input value=form.gateway name="gateway" mono=true />
                </Field>
                <Field label="Gateway token" optional=true error=submit.field("/gateway_token")>
                    <Input value=form.gateway_token kind="password" name="gateway_token" autocomplete="off" mono=true />
                </Field>
            </div>
        </div>
    }
}

#[component]
fn DirectFields(form: Form, submit: Submit) -> impl IntoView {
    view! {
        <div class="space-y-4">
            <p class="text-text-2">"Without Archestra, Bastion calls the agent's MCP endpoint itself."</p>
            <Field label="bastion-mcp URL" error=submit.field("/bastion_mcp_url")>
                <Input
                    value=form.mcp_url
                    kind="url"
                    name="bastion_mcp_url"
                    mono=true
                    placeholder="http://127.0.0.1:7800/mcp"
                />
            </Field>
            <Field
                label="Token"
                hint="What bastion-mcp was started with, by --token-file"
                optional=true
                error=submit.field("/bastion_mcp_token")
            >
                <Input value=form.mcp_token kind="password" name="bastion_mcp_token" autocomplete="off" mono=true />
            </Field>
        </div>
    }
}
