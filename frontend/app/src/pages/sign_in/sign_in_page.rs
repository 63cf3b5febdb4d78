use client::{Failure, Query};
use leptos::prelude::*;
use leptos::task::spawn_local;
use types::problem::Code;
use types::session::SignIn;
use ui::{Button, ButtonVariant, Field, Input};

use super::second_step::SecondStep;
use super::{FormPage, leave_when_signed_in, other_page};
use crate::address::query_value;
use crate::part::expect_overview;
use crate::session::{CLERK_PAGE, keep_next, use_session};
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
        // Most people go there, and the answer takes a while.
        expect_overview();
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
    let away = Submit::new();
    let next = query_value("next");
    let leave = move || {
        let (api, email) = (session.api(), email.get_untracked());
        away.send(async move { api.start_sso(&email).await }, move |started| {
            keep_next(next.get_untracked().as_deref());
            let _ = window().location().set_href(&started.authorization_url);
        });
    };
    let (email_fault, sso_fault) = (submit.field("/email"), away.field("/email"));
    let email_fault = Signal::derive(move || email_fault.get().or_else(|| sso_fault.get()));
    view! {
        <FormPage name="sign-in" title="Sign in" text="Go on where you were.">
            <form class="flex flex-col gap-4" on:submit=send>
                <Field label="E-mail" error=email_fault>
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
                <FormFailure submit=away pointers=&["/email"] />
                <Button variant=ButtonVariant::Primary submit=true loading=submit.busy>
                    "Sign in"
                </Button>
                <Button loading=away.busy on_click=leave>
                    "Continue with single sign-on"
                </Button>
                <WithClerk />
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

/// The way to Clerk's page, where this server has one.
#[component]
fn WithClerk() -> impl IntoView {
    let session = use_session();
    let next = query_value("next");
    let is_on = RwSignal::new(false);
    Effect::new(move |asked: Option<bool>| {
        if asked == Some(true) || !session.configured() {
            return asked.unwrap_or_default();
        }
        spawn_local(async move {
            // Without an answer the other ways are left, and they say what is wrong.
            if let Ok(methods) = session.api().sign_in_methods().await {
                let _ = is_on.try_set(methods.clerk.is_some());
            }
        });
        true
    });
    let leave = move || {
        let query = Query::new().with("next", next.get_untracked());
        let _ = window().location().set_href(&format!("{CLERK_PAGE}{query}"));
    };
    move || is_on.get().then(|| view! { <Button on_click=leave>"Continue with Clerk"</Button> })
}
