//! The section of the person at the screen, which is the same in each of their organizations.

mod devices;
mod email;
mod ending;
mod password;
mod picture;
mod recovery_codes;
mod second_factor;
mod second_factor_setup;

use leptos::prelude::*;
use ui::{Button, ButtonVariant, Card, Field, Input, use_toasts};

use crate::session::use_session;
use crate::submit::{FormFailure, Submit};

/// Name, picture, address, password, second factor and devices; then what is kept of the person, and the account's end.
#[component]
pub fn AccountView(ready: RwSignal<bool>) -> impl IntoView {
    ready.set(true);
    view! {
        <Profile />
        <picture::Picture />
        <email::Email />
        <password::Password />
        <second_factor::SecondFactorSettings />
        <devices::Devices />
        <ending::Export />
        <ending::Deactivate />
        <ending::Erase />
    }
}

#[component]
fn Profile() -> impl IntoView {
    let session = use_session();
    let toasts = use_toasts();
    let submit = Submit::new();
    let known = untrack(|| session.me());
    let name = RwSignal::new(known.map(|me| me.user.name).unwrap_or_default());
    let save = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let (api, text) = (session.api(), name.get_untracked());
        submit.send(async move { api.rename_me(&text).await }, move |me| {
            toasts.success("Name saved.");
            session.welcome(me);
        });
    };
    view! {
        <Card title="You" description="The same in every organization that you belong to. Other members read your name and your e-mail address.">
            <form class="space-y-4" on:submit=save>
                <Field label="Your name" error=submit.field("/name")>
                    <Input value=name name="name" autocomplete="name" required=true />
                </Field>
                <FormFailure submit=submit pointers=&["/name"] />
                <Button variant=ButtonVariant::Primary submit=true loading=submit.busy>
                    "Save your name"
                </Button>
            </form>
        </Card>
    }
}
