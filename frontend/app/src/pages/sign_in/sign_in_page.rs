use leptos::prelude::*;
use types::session::SignIn;
use ui::{Button, ButtonVariant, Field, Input};

use super::{FormPage, leave_when_signed_in, other_page};
use crate::session::use_session;
use crate::submit::{FormFailure, Submit};

/// Asks for e-mail and password.
#[component]
pub fn SignInPage() -> impl IntoView {
    let session = use_session();
    leave_when_signed_in();
    let submit = Submit::new();
    let (email, password) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let send = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let api = session.api();
        let body = SignIn { email: email.get_untracked(), password: password.get_untracked() };
        submit.send(async move { api.sign_in(&body).await }, move |me| session.welcome(me));
    };
    view! {
        <FormPage name="sign-in" title="Sign in" text="Go on where you were.">
            <form class="flex flex-col gap-4" on:submit=send>
                <Field label="E-mail" error=submit.field("/email")>
                    <Input value=email kind="email" name="email" autocomplete="username" required=true autofocus=true />
                </Field>
                <Field label="Password" error=submit.field("/password")>
                    <Input
                        value=password
                        kind="password"
                        name="password"
                        autocomplete="current-password"
                        required=true
                    />
                </Field>
                <FormFailure submit=submit pointers=&["/email", "/password"] />
                <Button variant=ButtonVariant::Primary submit=true loading=submit.busy>
                    "Sign in"
                </Button>
            </form>
            <p class="mt-5 text-table text-text-2">
                "No account yet? "
                <a class="text-accent-text underline" href=other_page("/sign-up")>
                    "Sign up"
                </a>
            </p>
        </FormPage>
    }
}
