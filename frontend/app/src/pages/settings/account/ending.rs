use std::future::Future;
use std::pin::Pin;

use client::{Api, Failure};
use leptos::prelude::*;
use ui::{Button, ButtonVariant, Card, ConfirmDialog};

use crate::session::use_session;
use crate::submit::{FormFailure, Submit};
use crate::workspace::use_workspace;

/// All that is kept of the person, as a file.
#[component]
pub fn Export() -> impl IntoView {
    let session = use_session();
    let submit = Submit::new();
    let file = RwSignal::new(None::<String>);
    let gather = move || {
        let api = session.api();
        submit.send(async move { api.export_me().await }, move |text| {
            let encoded = String::from(js_sys::encode_uri_component(&text));
            let _ = file.try_set(Some(format!("data:application/json;charset=utf-8,{encoded}")));
        });
    };
    let download = move || {
        file.get().map(|address| {
            view! {
                <a class="text-accent-text underline" href=address download="bastion-account.json" data-export>
                    "Download bastion-account.json"
                </a>
            }
        })
    };
    view! {
        <Card
            title="Your data"
            description="Everything that is kept of you, as one JSON file: your account, your devices, and what names you in your organizations. It holds no secrets."
        >
            <div class="space-y-3">
                <FormFailure submit=submit pointers=&[] />
                <div class="flex flex-wrap items-center gap-3" role="status">
                    <Button loading=submit.busy on_click=gather>
                        "Export my data"
                    </Button>
                    {download}
                </div>
            </div>
        </Card>
    }
}

/// The account's end, for a while: whoever runs the server takes it back.
#[component]
pub fn Deactivate() -> impl IntoView {
    view! {
        <Ending
            what="Deactivate account"
            description="You are signed out everywhere and cannot sign in again until whoever runs this server lets you. What you did is kept, and API keys that you made go on."
            message="You are signed out in every browser, this one included. You stay a member of your organizations, but nobody can sign in as you. Only whoever runs this server can take it back."
            end=|api, email| Box::pin(async move { api.deactivate_me(&email).await })
        />
    }
}

/// The account's end, for good.
#[component]
pub fn Erase() -> impl IntoView {
    view! {
        <Ending
            what="Erase my account"
            description="Your account goes, and your name and address with it, wherever they may be changed. The audit logs of your organizations keep your address, and the versions of their policies your name: they show who did what. It cannot be undone."
            message="Your account, your devices and your memberships are gone at once, and nothing brings them back. What you wrote stays, as written by an erased person. Export your data first if you want to keep it."
            end=|api, email| Box::pin(async move { api.erase_me(&email).await })
        />
    }
}

/// Ends the account of whoever types this address.
type End = fn(Api, String) -> Pin<Box<dyn Future<Output = Result<(), Failure>>>>;

/// One way to end the account, after the person has typed their address.
#[component]
fn Ending(
    /// The verb and the object.
    what: &'static str,
    description: &'static str,
    /// What happens, said once more before it does.
    message: &'static str,
    end: End,
) -> impl IntoView {
    let session = use_session();
    let submit = Submit::new();
    let asking = RwSignal::new(false);
    let email = Signal::derive(move || session.me().map(|me| me.user.email).unwrap_or_default());
    let live = use_workspace().live;
    let confirmed = move || {
        let request = live.parting(end(session.api(), email.get_untracked()));
        submit.send_or(
            request,
            move |()| session.forget(),
            move |_| {
                let _ = asking.try_set(false);
            },
        );
    };
    view! {
        <Card title=what description=description>
            <div class="space-y-3">
                <FormFailure submit=submit pointers=&[] />
                <Button variant=ButtonVariant::Danger on_click=move || asking.set(true)>
                    {what}
                </Button>
            </div>
        </Card>
        <ConfirmDialog
            open=asking
            title=what
            message=message
            confirm=what
            phrase=email
            busy=submit.busy
            on_confirm=confirmed
        />
    }
}
