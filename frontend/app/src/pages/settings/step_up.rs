use client::{no_step_up, on_step_up, step_up_over};
use leptos::prelude::*;
use types::account::Confirm;
use types::second_factor::SecondFactorProof;
use ui::{Button, ButtonVariant, Dialog, Field, Input};

use crate::fetch::Fetched;
use crate::proof::{PROOF_FIELDS, ProofField, TypedProof};
use crate::session::use_session;
use crate::submit::{FormFailure, Submit};

/// Asks for the password again, and for a code where the person has a second factor, when something dangerous was asked
/// for, and lets that go on.
#[component]
pub fn StepUp() -> impl IntoView {
    let session = use_session();
    let open = RwSignal::new(false);
    let proved = RwSignal::new(false);
    on_step_up(move || {
        let _ = open.try_set(true);
    });
    on_cleanup(no_step_up);
    Effect::new(move |was_open: Option<bool>| {
        let is_open = open.get();
        if was_open == Some(true) && !is_open {
            step_up_over(proved.get_untracked());
            proved.set(false);
        }
        is_open
    });
    view! {
        <Dialog open=open title="Confirm that it is you">
            {move || {
                let without_password = session.me().is_some_and(|me| me.without_password);
                match without_password {
                    true => view! { <Elsewhere /> }.into_any(),
                    false => {
                        view! {
                            <Proof on_proved=move || {
                                proved.set(true);
                                open.set(false);
                            } />
                        }
                            .into_any()
                    }
                }
            }}
        </Dialog>
    }
}

/// What whoever has no password does instead.
#[component]
fn Elsewhere() -> impl IntoView {
    let session = use_session();
    let submit = Submit::new();
    let sign_out = move || {
        submit.send(async move { session.sign_out().await }, |()| {});
    };
    view! {
        <div class="flex flex-col gap-4">
            <p class="text-text-2">
                "What you are about to do is dangerous if somebody else does it. You have no password here: prove that it is you by signing in again as you did, and do it within ten minutes from then."
            </p>
            <FormFailure submit=submit pointers=&[] />
            <div class="flex justify-end">
                <Button variant=ButtonVariant::Primary loading=submit.busy on_click=sign_out>
                    "Sign in again"
                </Button>
            </div>
        </div>
    }
}

#[component]
fn Proof(#[prop(into)] on_proved: Callback<()>) -> impl IntoView {
    let session = use_session();
    let submit = Submit::new();
    let password = RwSignal::new(String::new());
    let proof = TypedProof::new();
    let factor = Fetched::new(|| (), |api, ()| async move { api.second_factor().await });
    let send = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let api = session.api();
        let SecondFactorProof { code, recovery_code } = proof.body();
        let body = Confirm { password: password.get_untracked(), code, recovery_code };
        submit.send(async move { api.confirm(&body).await }, move |()| on_proved.run(()));
    };
    // It may have been turned on in another window since.
    let awaits_code = Memo::new(move |_| {
        factor.with(|factor| factor.is_some_and(|factor| factor.enabled_at.is_some()))
            || submit.field("/code").get().is_some()
    });
    view! {
        <form class="flex flex-col gap-4" on:submit=send>
            <p class="text-text-2">
                "What you are about to do is dangerous if somebody else does it. Prove that it is you; you are not asked again for ten minutes."
            </p>
            <Field label="Password" error=submit.field("/password")>
                <Input
                    value=password
                    kind="password"
                    name="password"
                    autocomplete="current-password"
                    required=true
                    autofocus=true
                />
            </Field>
            <Show when=move || awaits_code.get()>
                <ProofField proof=proof submit=submit />
            </Show>
            <FormFailure submit=submit pointers=PROOF_FIELDS />
            <div class="flex justify-end">
                <Button variant=ButtonVariant::Primary submit=true loading=submit.busy>
                    "Confirm"
                </Button>
            </div>
        </form>
    }
}
