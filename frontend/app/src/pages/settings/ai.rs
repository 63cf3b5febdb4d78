use leptos::prelude::*;
use types::ai::SetAi;
use types::organization::Organization;
use types::permission::Permission;
use ui::{Button, ButtonVariant, Card, use_toasts};

use super::secret_input::SecretInput;
use crate::submit::{FormFailure, Submit};
use crate::workspace::use_workspace;

/// The key of a language model: set, replaced, removed.
#[component]
pub fn AiSettings(organization: Signal<Organization>) -> impl IntoView {
    let workspace = use_workspace();
    let toasts = use_toasts();
    let submit = Submit::new();
    let key = RwSignal::new(String::new());
    let kept = Signal::derive(move || organization.with(|one| one.settings.llm_key.clone()));
    let locked = Signal::derive(move || !workspace.may(Permission::ConnectionManage));
    let send = move |llm_key: String, said: &'static str| {
        let api = workspace.api();
        submit.send(async move { api.set_ai(&SetAi { llm_key }).await }, move |_| {
            let _ = key.try_set(String::new());
            toasts.success(said);
            workspace.refresh();
        });
    };
    let save = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        send(key.get_untracked(), "Key saved. It is encrypted.");
    };
    let removal = move || {
        (kept.with(|kept| kept.set) && !locked.get()).then(|| {
            view! {
                <Button loading=submit.busy on_click=move || send(String::new(), "Key removed.")>
                    "Remove key"
                </Button>
            }
        })
    };
    view! {
        <Card
            title="Language model"
            description="The key of a language model, such as a virtual key of your Archestra. It is encrypted before it is stored and never shown again. This version keeps the key and asks no model."
        >
            <form class="space-y-4" on:submit=save>
                <SecretInput
                    label="Key"
                    value=key
                    kept=kept
                    error=submit.field("/llm_key")
                    disabled=locked
                    required=true
                />
                <FormFailure submit=submit pointers=&["/llm_key"] />
                <div class="flex flex-wrap gap-2">
                    <Button variant=ButtonVariant::Primary submit=true disabled=locked loading=submit.busy>
                        "Save key"
                    </Button>
                    {removal}
                </div>
            </form>
        </Card>
    }
}
