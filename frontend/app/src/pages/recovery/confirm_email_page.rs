use leptos::prelude::*;
use types::email::ConfirmEmail;
use ui::{Button, ButtonVariant, Field, Input, LinkButton};

use super::{Incomplete, token};
use crate::address::query_value;
use crate::pages::sign_in::FormPage;
use crate::session::{Session, use_session};
use crate::submit::{FormFailure, Submit};

/// Confirms an address by a mailed link. By a button: programs that look at links before people do would use it up.
#[component]
pub fn ConfirmEmailPage() -> impl IntoView {
    let session = use_session();
    let submit = Submit::new();
    let token = token();
    let known = !token.is_empty();
    // Whoever signed up gives their password again: it may have been somebody else, with their address.
    let new_account = query_value("account").get_untracked().as_deref() == Some("new");
    let password = RwSignal::new(String::new());
    let confirmed = RwSignal::new(None);
    let send = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let api = session.api();
        let password = new_account.then(|| password.get_untracked());
        let body = ConfirmEmail { token: token.clone(), password };
        submit.send(async move { api.confirm_email(&body).await }, move |answer| {
            if answer.signed_up || Session::is_likely() {
                session.ask();
            }
            confirmed.set(Some(answer));
        });
    };
    let pointers: &'static [&'static str] = if new_account { &["/password"] } else { &[] };
    let form = match known {
        true => view! {
            <form class="flex flex-col gap-4" on:submit=send>
                {new_account
                    .then(|| {
                        view! {
                            <Field
                                label="Password"
                                hint="The one that you signed up with."
                                error=submit.field("/password")
                            >
                                <Input
                                    value=password
                                    kind="password"
                                    name="password"
                                    autocomplete="current-password"
                                    required=true
                                    autofocus=true
                                />
                            </Field>
                        }
                    })}
                <FormFailure submit=submit pointers=pointers />
                <Button variant=ButtonVariant::Primary submit=true loading=submit.busy>
                    {if new_account { "Make the account" } else { "Confirm the address" }}
                </Button>
            </form>
        }
        .into_any(),
        false => view! { <Incomplete /> }.into_any(),
    };
    let done = move || {
        let answer = confirmed.get()?;
        let (text, path, label) = match answer.signed_up {
            true => ("is confirmed, and you are signed in.", "/onboarding", "Go on"),
            false => ("is confirmed.", "/dashboard", "Go to the overview"),
        };
        Some(view! {
            <div class="flex flex-col gap-4">
                <p role="status">
                    <strong class="font-medium">{answer.email}</strong>
                    " "
                    {text}
                </p>
                <LinkButton href=path variant=ButtonVariant::Primary>
                    {label}
                </LinkButton>
            </div>
        })
    };
    view! {
        <FormPage name="confirm-email" title="Confirm your address" text="Then mail to it is known to reach you.">
            <div class:hidden=move || confirmed.with(Option::is_some)>{form}</div>
            {done}
        </FormPage>
    }
}
