use leptos::prelude::*;
use types::account::Device;
use ui::{
    Badge, Button, ButtonVariant, Card, Cell, ConfirmDialog, ControlSize, Glyph, HeaderCell, RelativeTime,
    Row, SkeletonRows, Table, Tone, use_toasts,
};

use crate::fetch::Fetched;
use crate::page::Loaded;
use crate::session::use_session;
use crate::submit::{FormFailure, Submit};

/// Where the person is signed in.
#[component]
pub fn Devices() -> impl IntoView {
    let devices = Fetched::new(|| (), |api, ()| async move { api.devices().await });
    let head = || {
        view! {
            <HeaderCell>"Browser"</HeaderCell>
            <HeaderCell>"Signed in from"</HeaderCell>
            <HeaderCell>"Signed in"</HeaderCell>
            <HeaderCell>"Last used"</HeaderCell>
            <HeaderCell>
                <span class="sr-only">"Actions"</span>
            </HeaderCell>
        }
    };
    view! {
        <Card
            title="Devices"
            description="Every browser in which you are signed in. End what you do not know, and change your password then."
            actions=|| view! { <Everywhere /> }
            flush=true
        >
            <Loaded from=devices skeleton=|| view! { <SkeletonRows rows=2 what="devices" /> } let:list>
                <Table caption="Devices" head=head class="border-t border-border">
                    <For
                        each=move || list.get()
                        key=|device| (device.id, device.last_seen_at)
                        children=move |device| {
                            view! { <DeviceRow device=device on_ended=move || devices.reload() /> }
                        }
                    />
                </Table>
            </Loaded>
        </Card>
    }
}

#[component]
fn DeviceRow(device: Device, #[prop(into)] on_ended: Callback<()>) -> impl IntoView {
    let session = use_session();
    let toasts = use_toasts();
    let submit = Submit::new();
    let Device { id, browser, address, created_at, last_seen_at, current } = device;
    let end = move || {
        let api = session.api();
        submit.send_or(
            async move { api.end_device(id).await },
            move |()| {
                toasts.success("The device is signed out.");
                on_ended.run(());
            },
            move |failure| toasts.error(failure.to_string()),
        );
    };
    let action = if current {
        view! { <Badge label="this one" tone=Tone::Ok icon=Glyph::Check /> }.into_any()
    } else {
        view! {
            <Button size=ControlSize::Small loading=submit.busy on_click=end>
                "Sign out"
            </Button>
        }
        .into_any()
    };
    view! {
        <Row>
            <Cell class="font-medium">{browser}</Cell>
            <Cell mono=true>{address.unwrap_or_default()}</Cell>
            <Cell>
                <RelativeTime at=created_at />
            </Cell>
            <Cell>
                <RelativeTime at=last_seen_at />
            </Cell>
            <Cell numeric=true>{action}</Cell>
        </Row>
    }
}

/// Signs out in every browser, after asking.
#[component]
fn Everywhere() -> impl IntoView {
    let session = use_session();
    let submit = Submit::new();
    let asking = RwSignal::new(false);
    let everywhere = move || {
        let api = session.api();
        submit.send_or(
            async move { api.sign_out_everywhere().await },
            move |()| session.forget(),
            move |_| {
                let _ = asking.try_set(false);
            },
        );
    };
    view! {
        <FormFailure submit=submit pointers=&[] />
        <Button size=ControlSize::Small variant=ButtonVariant::Danger on_click=move || asking.set(true)>
            "Sign out everywhere"
        </Button>
        <ConfirmDialog
            open=asking
            title="Sign out everywhere"
            message="You are signed out in every browser, this one included. Programs with API keys go on."
            confirm="Sign out everywhere"
            busy=submit.busy
            on_confirm=everywhere
        />
    }
}
