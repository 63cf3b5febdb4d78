use leptos::prelude::*;
use types::organization::{Organization, Retention};
use types::permission::Permission;
use ui::{Button, ButtonVariant, Card, Field, Input, use_toasts};

use crate::submit::{FormFailure, Submit};
use crate::workspace::use_workspace;

/// How long versions of the schema are kept.
#[component]
pub fn RetentionSettings(organization: Signal<Organization>) -> impl IntoView {
    let workspace = use_workspace();
    let toasts = use_toasts();
    let submit = Submit::new();
    let kept = organization.with_untracked(|one| one.retention);
    let versions = RwSignal::new(kept.versions.to_string());
    let days = RwSignal::new(kept.days.to_string());
    let locked = Signal::derive(move || !workspace.may(Permission::OrganizationManage));
    let save = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        // What is no number is outside the limits, which the answer names.
        let number = |text: RwSignal<String>| text.get_untracked().trim().parse().unwrap_or_default();
        let retention = Retention { versions: number(versions), days: number(days) };
        let api = workspace.api();
        submit.send(async move { api.set_retention(retention).await }, move |_| {
            toasts.success("Retention saved.");
            workspace.refresh();
        });
    };
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
                <Button variant=ButtonVariant::Primary submit=true disabled=locked loading=submit.busy>
                    "Save retention"
                </Button>
            </form>
        </Card>
    }
}
