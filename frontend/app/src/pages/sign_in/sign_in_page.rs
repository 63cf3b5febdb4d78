use client::Failure;
use leptos::prelude::*;
use types::problem::Code;
use types::session::SignIn;
use ui::{Button, ButtonVariant, Field, Input};

use super::second_step::SecondStep;
use super::{FormPage, leave_when_signed_in, other_page};
use crate::session::use_session;
use crate::submit::{FormFailure, Submit};

/// Asks for e-mail and password, and whoever has a second factor for its code.
#[component]
pub fn SignInPage() -> impl IntoView {
    leave_when_signed_in();
    let submit = Submit::new();
    let email = RwSignal::new(String::new());
    let awaiting = RwSignal::new(false);
    let back = move |failure: Option<Failure>| {
        let _ = submit.failure.try_set(failure);
        let _ = awaiting.try_set(false);
    };
    move || match awaiting.get() {
        true => view! {
            <SecondStep on_back=back />
        }
        .into_any(),
        false => view! { <FirstStep email=email submit=submit awaiting=awaiting /> }.into_any(),
    }
}

#[component]
fn FirstStep(email: RwSignal<String>, submit: Submit, awaiting: RwSignal<bool>) -> impl IntoView {
    let session = use_session();
    let password = RwSignal::new(String::new());
    let send = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let api = session.api();
        let body = SignIn { email: email.get_untracked(), password: password.get_untracked() };
        submit.send_or(
            async move { api.sign_in(&body).await },
            move |me| session.welcome(me),
            move |failure| {
                if failure.is(Code::SecondFactorRequired) {
                    let _ = submit.failure.try_set(None);
                    let _ = awaiting.try_set(true);
                }
            },
        );
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
                <a class="text-accent-text underline" href="/forgot-password">
                    "Forgot your password?"
                </a>
            </p>
            <p class="mt-2 text-table text-text-2">
                "No account yet? "
                <a class="text-accent-text underline" href=other_page("/sign-up")>
                    "Sign up"
                </a>
            </p>
        </FormPage>
    }
}
