use leptos::prelude::*;
use types::connection::Transport;
use types::source::{CreateSource, Schedule, Source};
use ui::{Button, ButtonVariant, Field, Glyph, Input};

use super::Onboarding;
use crate::submit::{FormFailure, Submit};

/// Gives the database behind the Archestra gateway its name in Bastion: all that is missing once the gateway is known.
#[component]
pub fn GatewaySource(
    /// What to do with the source that was added.
    added: Callback<Source>,
) -> impl IntoView {
    let onboarding: Onboarding = expect_context();
    let submit = Submit::new();
    let name = RwSignal::new("database".to_owned());
    let add = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let api = onboarding.api();
        let source = CreateSource {
            name: name.get_untracked().trim().to_owned(),
            transport: Transport::Gateway,
            url: None,
            token: None,
            agent_source: None,
            tool_prefix: None,
            schedule: Schedule::default(),
        };
        submit.send(async move { api.create_source(&source).await }, move |source| added.run(source));
    };
    view! {
        <form class="space-y-4" on:submit=add>
            <p class="text-text-2">
                "Your Archestra is connected. What shall the database behind its gateway be called here?"
            </p>
            <Field label="Source name" hint="Such as the database's own name" error=submit.field("/name")>
                <Input value=name name="source" required=true autofocus=true mono=true />
            </Field>
            <FormFailure submit=submit pointers=&["/name"] />
            <Button variant=ButtonVariant::Primary icon=Glyph::Plus submit=true loading=submit.busy>
                "Add source"
            </Button>
        </form>
    }
}
