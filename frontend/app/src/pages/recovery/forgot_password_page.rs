use leptos::prelude::*;
use ui::{Button, ButtonVariant, Field, Input};

use crate::pages::sign_in::FormPage;
use crate::session::use_session;
use crate::submit::{FormFailure, Submit};
use crate::words::link_sent;

/// Asks for a link to set another password.
#[component]
pub fn ForgotPasswordPage() -> impl IntoView {
    let session = use_session();
    let submit = Submit::new();
    let email = RwSignal::new(String::new());
    let sent = RwSignal::new(None);
    let send = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let (api, address) = (session.api(), email.get_untracked());
        submit.send(async move { api.forgot_password(&address).await }, move |answer| sent.set(Some(answer)));
    };
    let form = move || {
        view! {
            <form class="flex flex-col gap-4" on:submit=send>
                <Field label="E-mail" error=submit.field("/email")>
                    <Input value=email kind="email" name="email" autocomplete="username" required=true autofocus=true />
                </Field>
                <FormFailure submit=submit pointers=&["/email"] />
                <Button variant=ButtonVariant::Primary submit=true loading=submit.busy>
                    "Send the link"
                </Button>
            </form>
        }
    };
    view! {
        <FormPage
            name="forgot-password"
            title="Forgot your password?"
            text="Set another one by a link that works once, within 30 minutes."
        >
            {move || match sent.get() {
                Some(answer) => {
                    view! {
                        <p role="status">
                            "If there is an account with this address, " {link_sent(answer.delivery)}
                        </p>
                    }
                        .into_any()
                }
                None => form().into_any(),
            }}
            <p class="mt-5 text-table text-text-2">
                <a class="text-accent-text underline" href="/sign-in">
                    "Back to sign-in"
                </a>
            </p>
        </FormPage>
    }
}
