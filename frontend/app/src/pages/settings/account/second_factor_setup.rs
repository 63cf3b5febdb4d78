use leptos::prelude::*;
use types::second_factor::SecondFactorSetup;
use ui::{Button, ButtonVariant, CopyButton, Field, Glyph, Input, use_toasts};

use crate::proof::focus_field;
use crate::session::use_session;
use crate::submit::{FormFailure, Submit};
use crate::workspace::use_workspace;

/// Turns it on: first the app gets the secret, then its first code shows that it has it.
#[component]
pub fn Setup(codes: RwSignal<Option<Vec<String>>>) -> impl IntoView {
    let session = use_session();
    let submit = Submit::new();
    let shown = RwSignal::new(None::<SecondFactorSetup>);
    let begin = move || {
        let api = session.api();
        submit.send(async move { api.set_up_second_factor().await }, move |setup| {
            let _ = shown.try_set(Some(setup));
            focus_field("input[name=first-code]");
        });
    };
    move || match shown.get() {
        Some(setup) => {
            view! { <Scan setup=setup codes=codes on_cancel=move || shown.set(None) /> }.into_any()
        }
        None => view! {
            <div class="space-y-4" data-second-factor="off">
                <p>"Off. Whoever knows your password can sign in as you."</p>
                <FormFailure submit=submit pointers=&[] />
                <Button variant=ButtonVariant::Primary icon=Glyph::Lock loading=submit.busy on_click=begin>
                    "Turn on"
                </Button>
            </div>
        }
        .into_any(),
    }
}

#[component]
fn Scan(
    setup: SecondFactorSetup,
    codes: RwSignal<Option<Vec<String>>>,
    #[prop(into)] on_cancel: Callback<()>,
) -> impl IntoView {
    let session = use_session();
    let workspace = use_workspace();
    let toasts = use_toasts();
    let submit = Submit::new();
    let code = RwSignal::new(String::new());
    let send = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let (api, text) = (session.api(), code.get_untracked());
        submit.send(async move { api.confirm_second_factor(&text).await }, move |answer| {
            toasts.success("Second factor turned on. Your other devices are signed out.");
            let _ = codes.try_set(Some(answer.recovery_codes));
            workspace.refresh();
        });
    };
    let SecondFactorSetup { secret, qr_code, .. } = setup;
    // A picture and no part of the page: whatever is in it is drawn and not run.
    let picture =
        format!("data:image/svg+xml;charset=utf-8,{}", String::from(js_sys::encode_uri_component(&qr_code)));
    view! {
        <form class="grid gap-5 sm:grid-cols-[auto_minmax(0,1fr)]" on:submit=send>
            <img
                src=picture
                alt="QR code with the secret for your authenticator app"
                width="208"
                height="208"
                class="rounded-control border border-border"
                data-qr-code
            />
            <div class="min-w-0 space-y-4">
                <div>
                    <p>"Scan the code with an authenticator app, or type its secret in:"</p>
                    <p class="mt-1 flex items-center gap-1 font-mono text-table break-all">
                        <span data-secret=secret.clone()>{in_groups(&secret)}</span>
                        <CopyButton text=secret what="secret" />
                    </p>
                </div>
                <Field label="Code" hint="The six digits that the app shows then." error=submit.field("/code")>
                    <Input
                        value=code
                        name="first-code"
                        autocomplete="one-time-code"
                        inputmode="numeric"
                        required=true
                        mono=true
                    />
                </Field>
                <FormFailure submit=submit pointers=&["/code"] />
                <div class="flex flex-wrap gap-2">
                    <Button variant=ButtonVariant::Primary submit=true loading=submit.busy>
                        "Turn on"
                    </Button>
                    <Button on_click=move || on_cancel.run(())>"Cancel"</Button>
                </div>
            </div>
        </form>
    }
}

/// Four characters at a time, as a person reads them.
fn in_groups(secret: &str) -> String {
    let mut text = String::with_capacity(secret.len() + secret.len() / 4);
    for (index, character) in secret.chars().enumerate() {
        if index > 0 && index % 4 == 0 {
            text.push(' ');
        }
        text.push(character);
    }
    text
}
