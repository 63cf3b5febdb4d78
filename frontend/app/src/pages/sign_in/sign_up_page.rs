use client::SignedUp;
use leptos::prelude::*;
use types::session::SignUp;
use ui::{Button, ButtonVariant, Field, Input};

use super::{FormPage, leave_when_signed_in, other_page};
use crate::session::use_session;
use crate::submit::{FormFailure, Submit};

/// Makes an account.
#[component]
pub fn SignUpPage() -> impl IntoView {
    let session = use_session();
    leave_when_signed_in();
    let submit = Submit::new();
    let sent = RwSignal::new(false);
    let name = RwSignal::new(String::new());
    let (email, password) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let send = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let api = session.api();
        let body = SignUp {
            email: email.get_untracked(),
            password: password.get_untracked(),
            name: name.get_untracked(),
        };
        submit.send(async move { api.sign_up(&body).await }, move |answer| match answer {
            SignedUp::Me(me) => session.welcome(*me),
            SignedUp::LinkSent(_) => sent.set(true),
        });
    };
    view! {
        <FormPage name="sign-up" title="Sign up" text="Then create an organization, or join one.">
            <p role="status" class:hidden=move || !sent.get()>
                "We have sent mail to "
                <strong class="font-medium">{email}</strong>
                ". Open the link in it, and give your password again: that makes the account."
            </p>
            <div class:hidden=sent>
                <form class="flex flex-col gap-4" on:submit=send>
                    <Field label="Name" error=submit.field("/name")>
                        <Input value=name name="name" autocomplete="name" required=true autofocus=true />
                    </Field>
                    <Field label="E-mail" error=submit.field("/email")>
                        <Input value=email kind="email" name="email" autocomplete="username" required=true />
                    </Field>
                    <Field label="Password" hint="At least 12 characters." error=submit.field("/password")>
                        <Input
                            value=password
                            kind="password"
                            name="password"
                            autocomplete="new-password"
                            required=true
                        />
                    </Field>
                    <FormFailure submit=submit pointers=&["/name", "/email", "/password"] />
                    <Button variant=ButtonVariant::Primary submit=true loading=submit.busy>
                        "Sign up"
                    </Button>
                </form>
            </div>
            <p class="mt-5 text-table text-text-2">
                "Have an account? "
                <a class="text-accent-text underline" href=other_page("/sign-in")>
                    "Sign in"
                </a>
            </p>
        </FormPage>
    }
}
