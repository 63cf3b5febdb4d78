use leptos::prelude::*;
use types::permission::{Permission, Role};
use types::sso::{DomainRecord, SetSso, SsoDomain, SsoSettings};
use ui::{
    Badge, Button, ButtonVariant, Card, ConfirmDialog, CopyButton, Field, Glyph, Input, Select, SelectOption,
    SkeletonRows, Switch, Tone, use_toasts,
};

use super::secret_input::SecretInput;
use super::typed;
use crate::fetch::Fetched;
use crate::page::Loaded;
use crate::submit::{FormFailure, Submit};
use crate::words::role;
use crate::workspace::use_workspace;

const POINTERS: &[&str] =
    &["/issuer", "/client_id", "/client_secret", "/default_role", "/domains", "/required"];

/// By which provider the organization's people sign in.
#[component]
pub fn SsoSection() -> impl IntoView {
    let settings = Fetched::new(|| (), |api, ()| async move { api.sso().await });
    view! {
        <Loaded from=settings skeleton=|| view! { <SkeletonRows what="single sign-on" /> } let:settings>
            <Provider kept=settings.get_untracked() />
        </Loaded>
    }
}

#[component]
fn Provider(kept: SsoSettings) -> impl IntoView {
    let workspace = use_workspace();
    let toasts = use_toasts();
    let (save, removal) = (Submit::new(), Submit::new());
    let asking = RwSignal::new(false);
    let issuer = RwSignal::new(kept.issuer.clone().unwrap_or_default());
    let client_id = RwSignal::new(kept.client_id.clone().unwrap_or_default());
    let secret = RwSignal::new(String::new());
    let names: Vec<_> = kept.domains.iter().map(|one| one.domain.as_str()).collect();
    let domains = RwSignal::new(names.join(", "));
    let chosen = RwSignal::new(kept.default_role.as_str().to_owned());
    let required = RwSignal::new(kept.required);
    let redirect_uri = kept.redirect_uri.clone();
    let kept = RwSignal::new(kept);
    let locked = Signal::derive(move || !workspace.may(Permission::SsoManage));
    let is_on = move || kept.with(|kept| kept.issuer.is_some());
    let store = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let Some(default_role) = Role::parse(&chosen.get_untracked()) else { return };
        let body = SetSso {
            issuer: issuer.get_untracked(),
            client_id: client_id.get_untracked(),
            client_secret: typed(secret),
            default_role,
            required: required.get_untracked(),
            domains: domains.get_untracked().split([',', ' ']).map(str::to_owned).collect(),
        };
        let api = workspace.api();
        save.send(async move { api.set_sso(&body).await }, move |now| {
            let _ = secret.try_set(String::new());
            toasts.success("Single sign-on saved.");
            let _ = kept.try_set(now);
        });
    };
    let remove = move || {
        let api = workspace.api();
        removal.send_or(
            async move { api.remove_sso().await },
            move |()| {
                let _ = asking.try_set(false);
                toasts.success("Single sign-on removed.");
                for text in [issuer, client_id, secret, domains] {
                    let _ = text.try_set(String::new());
                }
                let _ = required.try_set(false);
                let _ = kept.try_update(|kept| {
                    *kept = SsoSettings {
                        issuer: None,
                        client_id: None,
                        client_secret: Default::default(),
                        required: false,
                        domains: Vec::new(),
                        ..kept.clone()
                    };
                });
            },
            move |_| {
                let _ = asking.try_set(false);
            },
        );
    };
    let roles = || {
        let given = Role::ALL.into_iter().filter(|one| *one != Role::Owner);
        given.map(|one| SelectOption::new(one.as_str(), role(one))).collect::<Vec<_>>()
    };
    view! {
        <Card
            title="Single sign-on"
            description="Members sign in by your own OpenID Connect provider, such as Okta, Keycloak or Google. Whoever it vouches for, at a domain of yours, becomes a member."
        >
            <form class="space-y-4" on:submit=store data-sso=move || if is_on() { "on" } else { "off" }>
                <p class="text-table text-text-2">
                    "Register Bastion with the provider as a web application, with this redirect URI:"
                </p>
                <p class="flex items-center gap-1 font-mono text-table break-all">
                    <span>{redirect_uri.clone()}</span>
                    <CopyButton text=redirect_uri what="redirect URI" />
                </p>
                <Field label="Issuer" hint="As the provider writes it, such as https://login.example.com" error=save.field("/issuer")>
                    <Input value=issuer kind="url" mono=true required=true disabled=locked />
                </Field>
                <div class="grid gap-4 sm:grid-cols-2">
                    <Field label="Client id" error=save.field("/client_id")>
                        <Input value=client_id mono=true required=true autocomplete="off" disabled=locked />
                    </Field>
                    <SecretInput
                        label="Client secret"
                        value=secret
                        kept=Signal::derive(move || kept.with(|kept| kept.client_secret.clone()))
                        error=save.field("/client_secret")
                        disabled=locked
                        optional=true
                    />
                    <Field
                        label="Domains"
                        hint="Of your people's e-mail addresses, with commas between them"
                        error=save.field("/domains")
                    >
                        <Input value=domains mono=true required=true disabled=locked />
                    </Field>
                    <Field label="Role of new members" error=save.field("/default_role")>
                        <Select value=chosen options=roles() disabled=locked />
                    </Field>
                </div>
                {move || {
                    let domains = kept.get().domains.into_iter();
                    domains.map(|one| view! { <Domain one=one kept=kept locked=locked /> }).collect_view()
                }}
                <Switch
                    checked=required
                    label="Require single sign-on"
                    hint="A password then lets nobody at these domains into this organization but its owners, which the audit log says."
                    disabled=locked
                />
                <FormFailure submit=save pointers=POINTERS />
                {move || save.field("/required").get().map(|fault| view! { <p role="alert" class="text-label text-bad">{fault}</p> })}
                <FormFailure submit=removal pointers=&[] />
                <div class="flex flex-wrap gap-2">
                    <Button variant=ButtonVariant::Primary submit=true disabled=locked loading=save.busy>
                        "Save single sign-on"
                    </Button>
                    <Show when=is_on>
                        <Button disabled=locked on_click=move || asking.set(true)>
                            "Remove"
                        </Button>
                    </Show>
                </div>
                <Show when=move || locked.get()>
                    <p class="text-table text-text-3">"Only an owner may change this."</p>
                </Show>
            </form>
            <ConfirmDialog
                open=asking
                title="Remove single sign-on"
                message="Nobody signs in by your provider any more. Whoever has no password needs a link to set one, which whoever runs this server can make."
                confirm="Remove single sign-on"
                busy=removal.busy
                on_confirm=remove
            />
        </Card>
    }
}

/// A domain, and what is left to do for it.
#[component]
fn Domain(one: SsoDomain, kept: RwSignal<SsoSettings>, locked: Signal<bool>) -> impl IntoView {
    let workspace = use_workspace();
    let toasts = use_toasts();
    let check = Submit::new();
    let SsoDomain { domain, verified_at, record } = one;
    let verified = verified_at.is_some();
    let (label, tone, icon) = match verified {
        true => ("Verified", Tone::Ok, Glyph::CircleCheck),
        false => ("Not verified", Tone::Warn, Glyph::Clock),
    };
    let asked = domain.clone();
    let look = move || {
        let (api, domain) = (workspace.api(), asked.clone());
        let told = format!("{domain} is verified.");
        check.send(async move { api.verify_sso_domain(&domain).await }, move |now| {
            toasts.success(told);
            let _ = kept.try_set(now);
        });
    };
    let left = (!verified).then(|| {
        view! {
            <p class="mt-1 text-text-2">
                "Nobody signs in by it yet. Publish this TXT record where the domain is run, then check it. It can take an hour until others see it."
            </p>
            {record.map(|record| view! { <Record record=record /> })}
            <FormFailure submit=check pointers=&[] />
            <div class="mt-2">
                <Button disabled=locked loading=check.busy on_click=look.clone()>
                    {format!("Check {domain}")}
                </Button>
            </div>
        }
    });
    view! {
        <div class="text-table" data-domain=domain.clone() data-verified=verified.to_string()>
            <span class="mr-2 font-mono">{domain.clone()}</span>
            <Badge label=label tone=tone icon=icon />
            {left}
        </div>
    }
}

/// What is to be published.
#[component]
fn Record(record: DomainRecord) -> impl IntoView {
    let DomainRecord { name, value } = record;
    let line = |label: &'static str, what: &'static str, text: String| {
        view! {
            <dt class="text-text-3">{label}</dt>
            <dd class="flex min-w-0 items-center gap-1 font-mono break-all">
                <span>{text.clone()}</span>
                <CopyButton text=text what=what />
            </dd>
        }
    };
    view! {
        <dl class="mt-1 grid grid-cols-[auto_minmax(0,1fr)] items-center gap-x-3">
            {line("Name", "name of the record", name)} {line("Text", "text of the record", value)}
        </dl>
    }
}
