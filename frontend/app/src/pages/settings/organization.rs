use leptos::prelude::*;
use types::organization::{Organization, Placement, PlanLimits};
use types::permission::Permission;
use ui::{Button, ButtonVariant, Card, ConfirmDialog, CopyButton, Field, Input, use_toasts};

use crate::outdated::{AsRead, ChangedMeanwhile};
use crate::submit::{FormFailure, Submit};
use crate::workspace::{use_go, use_workspace};

/// Its name, its id, what else is set of it, and its end.
#[component]
pub fn OrganizationSettings(organization: Signal<Organization>, children: Children) -> impl IntoView {
    let workspace = use_workspace();
    let toasts = use_toasts();
    let rename = Submit::new();
    let as_read = AsRead::new(organization.with_untracked(|one| one.name.clone()));
    let name = RwSignal::new(as_read.get());
    let locked = Signal::derive(move || !workspace.may(Permission::OrganizationManage));
    let id = Signal::derive(move || organization.with(|one| one.id.to_string()));
    let limited = Signal::derive(move || organization.with(|one| limits(one.limits)));
    let apart = Signal::derive(move || organization.with(|one| one.placement == Placement::Silo));
    let send = move || {
        let (api, was) = (workspace.api(), as_read.get());
        let text = name.get_untracked().trim().to_owned();
        let saved = text.clone();
        rename.send(async move { api.rename_organization(&text, &was).await }, move |change| {
            if as_read.settle(change.map(|now| now.name), saved) {
                toasts.success("Organization renamed.");
                workspace.session.ask();
                workspace.refresh();
            }
        });
    };
    let save = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        send();
    };
    let mine = move || {
        as_read.accept();
        send();
    };
    let theirs = move || {
        if let Some(now) = as_read.accept() {
            name.set(now);
        }
    };
    let now = Signal::derive(move || as_read.theirs().map(|name| vec![("Name", name)]));
    view! {
        <Card title="Organization" description="Its name is shown to every member. Its id is what somebody who wants to join enters.">
            <form class="space-y-4" on:submit=save>
                <Field label="Name" error=rename.field("/name")>
                    <Input value=name disabled=locked required=true />
                </Field>
                <div>
                    <p class="text-label font-medium text-text-2">"Organization id"</p>
                    <p class="mt-1 flex items-center gap-1 font-mono text-table">
                        <span data-org-id>{id}</span>
                        <CopyButton text=id what="organization id" />
                    </p>
                </div>
                <Show when=move || limited.with(Option::is_some)>
                    <div>
                        <p class="text-label font-medium text-text-2">"Limits"</p>
                        <p class="mt-1 text-table" data-plan-limits>{move || limited.get()}</p>
                    </div>
                </Show>
                <Show when=move || apart.get()>
                    <div>
                        <p class="text-label font-medium text-text-2">"Data"</p>
                        <p class="mt-1 text-table" data-placement>
                            "In tables of its own, apart from other organizations. Whoever runs this Bastion can change that."
                        </p>
                    </div>
                </Show>
                <FormFailure submit=rename pointers=&["/name"] />
                <ChangedMeanwhile now=now on_mine=mine on_theirs=theirs />
                <Button variant=ButtonVariant::Primary submit=true disabled=locked loading=rename.busy>
                    "Save name"
                </Button>
            </form>
        </Card>
        {children()}
        <Show when=move || workspace.may(Permission::OrganizationDelete)>
            <Delete organization=organization />
        </Show>
    }
}

/// What the operator limits, if anything, as a sentence.
fn limits(limits: PlanLimits) -> Option<String> {
    let PlanLimits { members, sources, api_keys, requests_per_minute } = limits;
    let requests =
        requests_per_minute.map(|most| format!("{} a minute", ui::format::plural(most.into(), "request")));
    let parts: Vec<_> = [(members, "member"), (sources, "source"), (api_keys, "API key")]
        .into_iter()
        .filter_map(|(most, noun)| Some(ui::format::plural(most?.into(), noun)))
        .chain(requests)
        .collect();
    let all = parts.join(", ");
    (!parts.is_empty()).then(|| format!("At most {all}. Whoever runs this Bastion can change that."))
}

/// For how long it could be restored.
fn days(organization: &Organization) -> String {
    ui::format::plural(organization.deletion_grace_days.into(), "day")
}

#[component]
fn Delete(organization: Signal<Organization>) -> impl IntoView {
    let workspace = use_workspace();
    let go = use_go();
    let submit = Submit::new();
    let asking = RwSignal::new(false);
    let slug = Signal::derive(move || organization.with(|one| one.slug.clone()));
    let delete = move || {
        let (api, go, session, live) = (workspace.api(), go.clone(), workspace.session, workspace.live);
        submit.send_or(
            live.parting(async move {
                api.delete_organization().await?;
                // Or onboarding would go on with the organization that is no more.
                session.refresh().await;
                Ok(())
            }),
            move |()| go("/onboarding", true),
            move |_| {
                let _ = asking.try_set(false);
            },
        );
    };
    let period = organization.with_untracked(days);
    let describe = format!(
        "Its sources, versions, drift, statistics, members and secrets go. Owners can restore it for {period}; after that it cannot be undone."
    );
    view! {
        <Card title="Delete organization" description=describe>
            <div class="space-y-3">
                <FormFailure submit=submit pointers=&[] />
                <Button variant=ButtonVariant::Danger on_click=move || asking.set(true)>
                    "Delete organization"
                </Button>
            </div>
        </Card>
        <ConfirmDialog
            open=asking
            title="Delete organization"
            message=Signal::derive(move || {
                organization
                    .with(|one| {
                        format!(
                            "Nobody reaches {} any more, from now on, and nothing is scanned. Owners can restore it for {}; then all of it is deleted for good.",
                            one.name,
                            days(one),
                        )
                    })
            })
            confirm=Signal::derive(move || format!("Delete {}", slug.get()))
            phrase=slug
            busy=submit.busy
            on_confirm=delete
        />
    }
}
