use client::Failure;
use leptos::prelude::*;
use types::problem::Code;
use ui::{Button, ButtonVariant};

use super::FormPage;
use crate::proof::{PROOF_FIELDS, ProofField, TypedProof, focus_proof};
use crate::session::use_session;
use crate::submit::{FormFailure, Submit};

/// Asks whoever has a second factor for its code, after the password.
#[component]
pub fn SecondStep(
    /// Called with why the password is asked for again, if that is the server's wish.
    #[prop(into)]
    on_back: Callback<Option<Failure>>,
) -> impl IntoView {
    let session = use_session();
    let submit = Submit::new();
    let proof = TypedProof::new();
    let send = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let (api, body) = (session.api(), proof.body());
        submit.send_or(
            async move { api.verify_second_factor(&body).await },
            move |me| session.welcome(me),
            move |failure| {
                proof.clear();
                if failure.is(Code::SignInExpired) {
                    on_back.run(Some(failure));
                }
            },
        );
    };
    focus_proof();
    view! {
        <FormPage name="sign-in" title="Enter your code" text="You have a second factor. One more step.">
            <form class="flex flex-col gap-4" on:submit=send>
                <ProofField proof=proof submit=submit />
                <FormFailure submit=submit pointers=PROOF_FIELDS />
                <Button variant=ButtonVariant::Primary submit=true loading=submit.busy>
                    "Sign in"
                </Button>
            </form>
            <p class="mt-5 text-table text-text-2">
                "Lost your app and your recovery codes? Whoever runs this server can turn your second factor off."
            </p>
            <p class="mt-2">
                <button
                    type="button"
                    class="rounded-control text-table text-accent-text underline"
                    on:click=move |_| on_back.run(None)
                >
                    "Sign in as somebody else"
                </button>
            </p>
        </FormPage>
    }
}
