use client::Failure;
use leptos::prelude::*;
use types::problem::Code;
use types::sso::FinishSso;
use ui::{ButtonVariant, LinkButton};

use super::second_step::SecondStep;
use super::{FormPage, destination};
use crate::address::query_value;
use crate::session::{take_next, use_session};
use crate::submit::{FormFailure, Submit};
use crate::workspace::use_go;

/// Where the provider of single sign-on sends the browser back to: completes the sign-in, or says why not.
#[component]
pub fn CallbackPage() -> impl IntoView {
    let session = use_session();
    let submit = Submit::new();
    let (awaiting, done) = (RwSignal::new(false), RwSignal::new(false));
    let given = |name| query_value(name).get_untracked();
    let body = FinishSso {
        state: given("state").unwrap_or_default(),
        code: given("code"),
        iss: given("iss"),
        error: given("error"),
    };
    let known = !body.state.is_empty();
    Effect::new(move |sent: Option<bool>| {
        if !known || sent == Some(true) || !session.configured() {
            return sent.unwrap_or_default();
        }
        let (api, body) = (session.api(), body.clone());
        submit.send_or(
            async move { api.finish_sso(&body).await },
            move |me| {
                session.welcome(me);
                let _ = done.try_set(true);
            },
            move |failure| {
                if failure.is(Code::SecondFactorRequired) {
                    let _ = submit.failure.try_set(None);
                    let _ = awaiting.try_set(true);
                }
            },
        );
        true
    });
    let go = use_go();
    let leave = go.clone();
    Effect::new(move |_| {
        // Whoever was signed in here before is not whom the provider vouches for now.
        if (done.get() || awaiting.get())
            && let Some(me) = session.me()
        {
            go(&destination(take_next(), &me), true);
        }
    });
    let back = move |_: Option<Failure>| leave("/sign-in", true);
    move || match awaiting.get() {
        true => view! { <SecondStep on_back=back.clone() /> }.into_any(),
        false => view! { <Waiting submit=submit known=known /> }.into_any(),
    }
}

#[component]
fn Waiting(submit: Submit, known: bool) -> impl IntoView {
    let failed = move || !known || submit.failure.with(Option::is_some);
    view! {
        <FormPage name="sign-in-callback" title="Single sign-on" text="Your provider has sent you back.">
            <p role="status" class:hidden=failed>
                "Signing you in."
            </p>
            <div class="flex flex-col gap-4" class:hidden=move || !failed()>
                <FormFailure submit=submit pointers=&[] />
                <p role="alert" class:hidden=known>
                    "The address is incomplete. Enter your e-mail address and continue with single sign-on again."
                </p>
                <LinkButton href="/sign-in" variant=ButtonVariant::Primary>
                    "Back to sign-in"
                </LinkButton>
            </div>
        </FormPage>
    }
}
