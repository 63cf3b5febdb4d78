use leptos::prelude::*;
use types::account::ChangePassword;
use ui::{Button, Card, Field, Input, use_toasts};

use crate::session::use_session;
use crate::submit::{FormFailure, Submit};
use crate::workspace::use_workspace;

/// Changes the password; of whoever has none, says what they come in by.
#[component]
pub fn Password() -> impl IntoView {
    let session = use_session();
    let without = Memo::new(move |_| session.me().is_some_and(|me| me.without_password));
    move || match without.get() {
        true => view! { <NoPassword /> }.into_any(),
        false => view! { <ChangeIt /> }.into_any(),
    }
}

/// A link by mail is for those who forgot a password; the first one is set by a link of the operator.
#[component]
fn NoPassword() -> impl IntoView {
    view! {
        <Card title="Password" description="You have none here: you sign in with single sign-on.">
            <p class="text-table text-text-2">
                "If single sign-on ends, whoever runs this server can make a link for you by which you set one: ask them for "
                <code class="font-mono">"bastion reset-password"</code> " with your address."
            </p>
        </Card>
    }
}

#[component]
fn ChangeIt() -> impl IntoView {
    let session = use_session();
    let workspace = use_workspace();
    let toasts = use_toasts();
    let submit = Submit::new();
    let (current, new) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let send = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let api = session.api();
        let body = ChangePassword { current: current.get_untracked(), new: new.get_untracked() };
        submit.send(async move { api.change_password(&body).await }, move |()| {
            toasts.success("Password changed. Your other devices are signed out.");
            for field in [current, new] {
                let _ = field.try_set(String::new());
            }
            workspace.refresh();
        });
    };
    view! {
        <Card title="Password" description="Changing it signs you out on every other device.">
            <form class="space-y-4" on:submit=send>
                <div class="grid gap-4 sm:grid-cols-2">
                    <Field label="Present password" error=submit.field("/current")>
                        <Input
                            value=current
                            kind="password"
                            name="current-password"
                            autocomplete="current-password"
                            required=true
                        />
                    </Field>
                    <Field label="New password" hint="At least 12 characters." error=submit.field("/new")>
                        <Input value=new kind="password" name="new-password" autocomplete="new-password" required=true />
                    </Field>
                </div>
                <FormFailure submit=submit pointers=&["/current", "/new"] />
                <Button submit=true loading=submit.busy>
                    "Change password"
                </Button>
            </form>
        </Card>
    }
}
