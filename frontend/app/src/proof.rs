//! The field in which a person enters the code of their second factor.

use leptos::prelude::*;
use types::second_factor::SecondFactorProof;
use ui::{Button, ButtonVariant, ControlSize, Field, Input};
use wasm_bindgen::JsCast as _;

use crate::submit::Submit;

/// The pointers that a wrong proof is answered with.
pub(crate) const PROOF_FIELDS: &[&str] = &["/password", "/code", "/recovery_code"];

/// What was typed, and as what.
#[derive(Clone, Copy)]
pub(crate) struct TypedProof {
    text: RwSignal<String>,
    recovery: RwSignal<bool>,
}

impl TypedProof {
    /// Nothing yet; a code of the app is awaited.
    pub(crate) fn new() -> Self {
        Self { text: RwSignal::new(String::new()), recovery: RwSignal::new(false) }
    }

    /// For the API; not tracked.
    pub(crate) fn body(self) -> SecondFactorProof {
        let text = Some(self.text.get_untracked()).filter(|text| !text.trim().is_empty());
        match self.recovery.get_untracked() {
            true => SecondFactorProof { code: None, recovery_code: text },
            false => SecondFactorProof { code: text, recovery_code: None },
        }
    }

    /// Empties the field, as no code is taken twice.
    pub(crate) fn clear(self) {
        let _ = self.text.try_set(String::new());
    }
}

/// A code of the app, or a recovery code instead.
#[component]
pub fn ProofField(proof: TypedProof, submit: Submit) -> impl IntoView {
    let (app_fault, recovery_fault) = (submit.field("/code"), submit.field("/recovery_code"));
    let fault = Signal::derive(move || app_fault.get().or_else(|| recovery_fault.get()));
    let field = move || {
        match proof.recovery.get() {
        true => view! {
            <Field label="Recovery code" hint="One of the ten that were shown when you turned your second factor on." error=fault>
                <Input value=proof.text name="recovery-code" autocomplete="off" required=true mono=true />
            </Field>
        }
        .into_any(),
        false => view! {
            <Field label="Code" hint="The six digits that your authenticator app shows for Bastion." error=fault>
                <Input
                    value=proof.text
                    name="code"
                    autocomplete="one-time-code"
                    inputmode="numeric"
                    required=true
                    mono=true
                />
            </Field>
        }
        .into_any(),
    }
    };
    let toggle = move || {
        proof.clear();
        submit.failure.set(None);
        proof.recovery.update(|recovery| *recovery = !*recovery);
        focus_proof();
    };
    let other = move || match proof.recovery.get() {
        true => "Use the app's code instead",
        false => "Use a recovery code instead",
    };
    view! {
        {field}
        <div class="-mt-2">
            <Button variant=ButtonVariant::Ghost size=ControlSize::Small on_click=toggle>
                {other}
            </Button>
        </div>
    }
}

/// Puts the cursor into the field once it is drawn.
pub(crate) fn focus_proof() {
    focus_field("input[name=code], input[name=recovery-code]");
}

/// Puts the cursor into the first field that the selector names, once it is drawn.
pub(crate) fn focus_field(selector: &'static str) {
    request_animation_frame(move || {
        let field = document().query_selector(selector).ok().flatten();
        if let Some(field) = field.and_then(|field| field.dyn_into::<web_sys::HtmlElement>().ok()) {
            let _ = field.focus();
        }
    });
}
