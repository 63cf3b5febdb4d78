use leptos::prelude::*;
use types::email::ResetPassword;
use ui::{Button, ButtonVariant, Field, Input, use_toasts};

use super::{Incomplete, token};
use crate::pages::sign_in::FormPage;
use crate::session::use_session;
use crate::submit::{FormFailure, Submit};
use crate::workspace::use_go;

/// Sets another password by a mailed link.
#[component]
pub fn ResetPasswordPage() -> impl IntoView {
    let session = use_session();
    let toasts = use_toasts();
    let go = use_go();
    let submit = Submit::new();
    let token = token();
    let new = RwSignal::new(String::new());
    let known = !token.is_empty();
    let send = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let (api, go) = (session.api(), go.clone());
        let body = ResetPassword { token: token.clone(), new: new.get_untracked() };
        submit.send(async move { api.reset_password(&body).await }, move |()| {
            toasts.success("Password set. You are signed out on every device.");
            session.forget();
            go("/sign-in", true);
        });
    };
    let content = match known {
        true => view! {
            <form class="flex flex-col gap-4" on:submit=send>
                <Field label="New password" hint="At least 12 characters." error=submit.field("/new")>
                    <Input
                        value=new
                        kind="password"
                        name="new-password"
                        autocomplete="new-password"
                        required=true
                        autofocus=true
                    />
                </Field>
                <FormFailure submit=submit pointers=&["/new"] />
                <Button variant=ButtonVariant::Primary submit=true loading=submit.busy>
                    "Set the password"
                </Button>
            </form>
        }
        .into_any(),
        false => view! { <Incomplete /> }.into_any(),
    };
    view! {
        <FormPage
            name="reset-password"
            title="Set another password"
            text="It signs you out on every device, this one included."
        >
            {content}
            <p class="mt-5 text-table text-text-2">
                "Does the link not work any more? "
                <a class="text-accent-text underline" href="/forgot-password">
                    "Ask for another"
                </a>
            </p>
        </FormPage>
    }
}
