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
/// Whoever came by single sign-on is shown nothing that the API refuses to them.
#[component]
pub fn AccountView(ready: RwSignal<bool>) -> impl IntoView {
    ready.set(true);
    let session = use_session();
    let whole = Memo::new(move |_| !session.me().is_some_and(|me| me.by_single_sign_on));
    let second_factor = move || whole.get().then(|| view! { <second_factor::SecondFactorSettings /> });
    let rest = move || match whole.get() {
        true => view! {
            <ending::Export />
            <ending::Deactivate />
            <ending::Erase />
        }
        .into_any(),
        false => view! { <Elsewhere /> }.into_any(),
    };
    view! {
        <Profile />
        <picture::Picture />
        <email::Email whole=whole />
        <password::Password />
        {second_factor}
        <devices::Devices />
        {rest}
    }
}

/// What is not changed from here, and how it is.
#[component]
fn Elsewhere() -> impl IntoView {
    view! {
        <Card
            title="Your whole account"
            description="You came by single sign-on, which is for your organization alone."
        >
            <p class="text-table text-text-2" data-elsewhere>
                "Sign in with your password to change your address or your second factor, to export your data, or to end your account. If you have no password, whoever runs this server can make a link to set one."
            </p>
        </Card>
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
