use leptos::prelude::*;
use ui::{Badge, Button, Card, Field, Input, Tone, use_toasts};

use crate::session::use_session;
use crate::submit::{FormFailure, Submit};
use crate::words::link_sent;

/// The address, whether it is confirmed, and how another takes its place.
#[component]
pub fn Email(
    /// Whether the session may change what concerns the whole account.
    whole: Memo<bool>,
) -> impl IntoView {
    let session = use_session();
    let toasts = use_toasts();
    let (confirmation, change) = (Submit::new(), Submit::new());
    let new = RwSignal::new(String::new());
    let email = move || session.me().map(|me| me.user.email);
    let confirmed = Memo::new(move |_| session.me().is_some_and(|me| me.user.email_confirmed_at.is_some()));
    let confirm = move |()| {
        let api = session.api();
        confirmation.send(async move { api.send_confirmation().await }, move |sent| {
            toasts.success(format!("To confirm the address, {}", link_sent(sent.delivery)));
        });
    };
    let send = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let (api, address) = (session.api(), new.get_untracked());
        change.send(async move { api.change_email(&address).await }, move |sent| {
            toasts.success(format!("To change your address to the new one, {}", link_sent(sent.delivery)));
            let _ = new.try_set(String::new());
        });
    };
    let mark = move || match confirmed.get() {
        true => view! { <Badge label="Confirmed" tone=Tone::Ok /> }.into_any(),
        false => view! {
            <Badge label="Not confirmed" tone=Tone::Warn />
            <Button on_click=confirm loading=confirmation.busy>
                "Send a link to confirm it"
            </Button>
        }
        .into_any(),
    };
    view! {
        <Card title="E-mail" description="You sign in with it, and a forgotten password is set anew by mail to it.">
            <div class="flex flex-wrap items-center gap-3" class=("mb-4", whole)>
                <p data-email>{email}</p>
                {mark}
            </div>
            <FormFailure submit=confirmation pointers=&[] />
            <Show when=move || whole.get()>
                <form class="space-y-4" on:submit=send>
                    <Field label="New address" hint="It takes the place of the present one when you open the link that is sent to it." error=change.field("/email")>
                        <Input value=new kind="email" name="email" autocomplete="email" required=true />
                    </Field>
                    <FormFailure submit=change pointers=&["/email"] />
                    <Button submit=true loading=change.busy>
                        "Change address"
                    </Button>
                </form>
            </Show>
        </Card>
    }
}
