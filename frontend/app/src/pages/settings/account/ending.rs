use leptos::prelude::*;
use ui::{Button, ButtonVariant, Card, ConfirmDialog};

use crate::session::use_session;
use crate::submit::{FormFailure, Submit};

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
    let session = use_session();
    let submit = Submit::new();
    let asking = RwSignal::new(false);
    let email = Signal::derive(move || session.me().map(|me| me.user.email).unwrap_or_default());
    let deactivate = move || {
        let (api, email) = (session.api(), email.get_untracked());
        submit.send_or(
            async move { api.deactivate_me(&email).await },
            move |()| session.forget(),
            move |_| {
                let _ = asking.try_set(false);
            },
        );
    };
    view! {
        <Card
            title="Deactivate account"
            description="You are signed out everywhere and cannot sign in again until whoever runs this server lets you. What you did is kept, and API keys that you made go on."
        >
            <div class="space-y-3">
                <FormFailure submit=submit pointers=&[] />
                <Button variant=ButtonVariant::Danger on_click=move || asking.set(true)>
                    "Deactivate account"
                </Button>
            </div>
        </Card>
        <ConfirmDialog
            open=asking
            title="Deactivate account"
            message="You are signed out in every browser, this one included. You stay a member of your organizations, but nobody can sign in as you. Only whoever runs this server can take it back."
            confirm="Deactivate account"
            phrase=email
            busy=submit.busy
            on_confirm=deactivate
        />
    }
}

/// The account's end, for good.
#[component]
pub fn Erase() -> impl IntoView {
    let session = use_session();
    let submit = Submit::new();
    let asking = RwSignal::new(false);
    let email = Signal::derive(move || session.me().map(|me| me.user.email).unwrap_or_default());
    let erase = move || {
        let (api, email) = (session.api(), email.get_untracked());
        submit.send_or(
            async move { api.erase_me(&email).await },
            move |()| session.forget(),
            move |_| {
                let _ = asking.try_set(false);
            },
        );
    };
    view! {
        <Card
            title="Erase my account"
            description="Your account goes, and your name and address with it, wherever they may be changed. The audit logs of your organizations keep your address, and the versions of their policies your name: they show who did what. It cannot be undone."
        >
            <div class="space-y-3">
                <FormFailure submit=submit pointers=&[] />
                <Button variant=ButtonVariant::Danger on_click=move || asking.set(true)>
                    "Erase my account"
                </Button>
            </div>
        </Card>
        <ConfirmDialog
            open=asking
            title="Erase my account"
            message="Your account, your devices and your memberships are gone at once, and nothing brings them back. What you wrote stays, as written by an erased person. Export your data first if you want to keep it."
            confirm="Erase my account"
            phrase=email
            busy=submit.busy
            on_confirm=erase
        />
    }
}
