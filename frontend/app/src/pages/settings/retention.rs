use leptos::prelude::*;
use types::organization::{Organization, Retention};
use types::permission::Permission;
use ui::{Button, ButtonVariant, Card, Field, Input, use_toasts};

use crate::outdated::{AsRead, ChangedMeanwhile};
use crate::submit::{FormFailure, Submit};
use crate::workspace::use_workspace;

/// How long versions of the schema are kept.
#[component]
pub fn RetentionSettings(organization: Signal<Organization>) -> impl IntoView {
    let workspace = use_workspace();
    let toasts = use_toasts();
    let submit = Submit::new();
    let as_read = AsRead::new(organization.with_untracked(|one| one.retention));
    let kept = as_read.get();
    let versions = RwSignal::new(kept.versions.to_string());
    let days = RwSignal::new(kept.days.to_string());
    let locked = Signal::derive(move || !workspace.may(Permission::OrganizationManage));
    let send = move || {
        // What is no number is outside the limits, which the answer names.
        let number = |text: RwSignal<String>| text.get_untracked().trim().parse().unwrap_or_default();
        let retention = Retention { versions: number(versions), days: number(days) };
        let (api, was) = (workspace.api(), as_read.get());
        submit.send(async move { api.set_retention(retention, was).await }, move |change| {
            if as_read.settle(change.map(|now| now.retention), retention) {
                toasts.success("Retention saved.");
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
            versions.set(now.versions.to_string());
            days.set(now.days.to_string());
        }
    };
    let now = Signal::derive(move || {
        let Retention { versions, days } = as_read.theirs()?;
        Some(vec![("Newest versions kept", versions.to_string()), ("Days kept", days.to_string())])
    });
    view! {
        <Card
            title="Versions of the schema"
            description="A version that neither rule keeps is removed within a day. What changed with it stays in the drift history. The newest version, and those that an open incident, undecided drift or a check still needs, are always kept."
        >
            <form class="space-y-4" on:submit=save>
                <div class="grid gap-4 sm:grid-cols-2">
                    <Field
                        label="Newest versions kept"
                        hint="Of each source"
                        error=submit.field("/retention/versions")
                    >
                        <Input value=versions kind="number" disabled=locked required=true />
                    </Field>
                    <Field
                        label="Days kept"
                        hint="Whatever held within so many days"
                        error=submit.field("/retention/days")
                    >
                        <Input value=days kind="number" disabled=locked required=true />
                    </Field>
                </div>
                <FormFailure submit=submit pointers=&["/retention/versions", "/retention/days"] />
                <ChangedMeanwhile now=now on_mine=mine on_theirs=theirs />
                <Button variant=ButtonVariant::Primary submit=true disabled=locked loading=submit.busy>
                    "Save retention"
                </Button>
            </form>
        </Card>
    }
}
