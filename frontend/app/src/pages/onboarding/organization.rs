use leptos::prelude::*;
use ui::{Button, ButtonVariant, Card, Field, Input, TabPanel, Tabs};

use super::deleted::DeletedOrganizations;
use super::join::JoinForm;
use super::received::ReceivedInvitations;
use super::{Onboarding, StepHeading};
use crate::address::{page_address, query_value};
use crate::invitation;
use crate::submit::{FormFailure, Submit};
use crate::workspace::use_go;

/// Create one, or join one.
#[component]
pub fn OrganizationStep() -> impl IntoView {
    let joining = query_value("join");
    let first =
        if joining.get_untracked().is_some() || invitation::kept().is_some() { "join" } else { "create" };
    let selected = RwSignal::new(first.to_owned());
    let tabs = vec![("create".to_owned(), "Create".to_owned()), ("join".to_owned(), "Join".to_owned())];
    view! {
        <StepHeading
            title="Your organization"
            text="All data belongs to an organization. Create one, or join the one your team has."
        />
        <ReceivedInvitations />
        <Card>
            <Tabs group="way" label="Create or join" tabs=tabs selected=selected />
            <TabPanel group="way" key_name="create" selected=selected>
                <CreateForm />
            </TabPanel>
            <TabPanel group="way" key_name="join" selected=selected>
                <JoinForm />
            </TabPanel>
        </Card>
        <DeletedOrganizations />
    }
}

#[component]
fn CreateForm() -> impl IntoView {
    let onboarding: Onboarding = expect_context();
    let session = onboarding.session;
    let go = use_go();
    let submit = Submit::new();
    let name = RwSignal::new(String::new());
    let create = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let (api, text, go) = (session.api(), name.get_untracked(), go.clone());
        submit.send(
            async move {
                let organization = api.create_organization(text.trim()).await?;
                session.refresh().await;
                Ok(organization)
            },
            move |organization| {
                let query = client::Query::new().with("step", Some("connection"));
                go(&page_address("/onboarding", Some(&organization.slug), None, query), false);
            },
        );
    };
    view! {
        <form class="space-y-4" on:submit=create>
            <Field label="Organization name" hint="1 to 80 characters" error=submit.field("/name")>
                <Input value=name name="organization" required=true autofocus=true placeholder="Acme" />
            </Field>
            <FormFailure submit=submit pointers=&["/name"] />
            <Button variant=ButtonVariant::Primary submit=true loading=submit.busy>
                "Create organization"
            </Button>
        </form>
    }
}
