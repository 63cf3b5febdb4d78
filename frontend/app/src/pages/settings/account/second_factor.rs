use leptos::prelude::*;
use types::second_factor::SecondFactor;
use ui::{Badge, Button, ButtonVariant, Card, ConfirmDialog, Glyph, SkeletonRows, Tone, format, use_toasts};

use super::recovery_codes::RecoveryCodeList;
use super::second_factor_setup::Setup;
use crate::fetch::Fetched;
use crate::page::Loaded;
use crate::session::use_session;
use crate::submit::{FormFailure, Submit};
use crate::workspace::use_workspace;

/// Fewer recovery codes than this are pointed out.
const FEW: u32 = 3;

/// The codes of an authenticator app beside the password: on, off, and recovery codes.
#[component]
pub fn SecondFactorSettings() -> impl IntoView {
    let factor = Fetched::new(|| (), |api, ()| async move { api.second_factor().await });
    // Shown until the person says that they have kept them.
    let codes = RwSignal::new(None::<Vec<String>>);
    let content = move |factor: Signal<SecondFactor>| {
        let on = Memo::new(move |_| factor.with(|factor| factor.enabled_at.is_some()));
        move || match (codes.get(), on.get()) {
            (Some(shown), _) => {
                view! { <RecoveryCodeList codes=shown on_kept=move || codes.set(None) /> }.into_any()
            }
            (None, true) => view! { <Enabled factor=factor codes=codes /> }.into_any(),
            (None, false) => view! { <Setup codes=codes /> }.into_any(),
        }
    };
    view! {
        <Card
            title="Second factor"
            description="A code of an authenticator app, asked for after your password and before what is dangerous. Turning it on or off signs you out on every other device."
        >
            <Loaded from=factor skeleton=|| view! { <SkeletonRows rows=1 what="second factor" /> } let:factor>
                {content(factor)}
            </Loaded>
        </Card>
    }
}

/// What can be done while it is on.
#[component]
fn Enabled(factor: Signal<SecondFactor>, codes: RwSignal<Option<Vec<String>>>) -> impl IntoView {
    let session = use_session();
    let workspace = use_workspace();
    let toasts = use_toasts();
    let (replace, disable) = (Submit::new(), Submit::new());
    let (asking_replace, asking_disable) = (RwSignal::new(false), RwSignal::new(false));
    let since = move || {
        factor.with(|factor| factor.enabled_at.map(|at| format!("since {}", format::date(at.millis()))))
    };
    let left = move || factor.with(|factor| factor.recovery_codes_left);
    let do_replace = move || {
        let api = session.api();
        replace.send_or(
            async move { api.replace_recovery_codes().await },
            move |answer| {
                let _ = asking_replace.try_set(false);
                let _ = codes.try_set(Some(answer.recovery_codes));
                workspace.refresh();
            },
            move |_| {
                let _ = asking_replace.try_set(false);
            },
        );
    };
    let do_disable = move || {
        let api = session.api();
        disable.send_or(
            async move { api.disable_second_factor().await },
            move |()| {
                let _ = asking_disable.try_set(false);
                toasts.success("Second factor turned off. Your other devices are signed out.");
                workspace.refresh();
            },
            move |_| {
                let _ = asking_disable.try_set(false);
            },
        );
    };
    let few = move || {
        (left() < FEW).then(|| view! { <Badge label="few" tone=Tone::Warn icon=Glyph::CircleAlert /> })
    };
    view! {
        <div class="space-y-4">
            <p class="flex flex-wrap items-center gap-2" data-second-factor="on">
                <Badge label="on" tone=Tone::Ok icon=Glyph::Check />
                <span class="text-text-2">{since}</span>
            </p>
            <p class="flex flex-wrap items-center gap-2">
                <span data-recovery-codes-left=move || left().to_string()>
                    {move || format!("{} left.", format::plural(left().into(), "recovery code"))}
                </span>
                {few}
            </p>
            <FormFailure submit=replace pointers=&[] />
            <FormFailure submit=disable pointers=&[] />
            <div class="flex flex-wrap gap-2">
                <Button loading=replace.busy on_click=move || asking_replace.set(true)>
                    "Make new recovery codes"
                </Button>
                <Button variant=ButtonVariant::Danger loading=disable.busy on_click=move || asking_disable.set(true)>
                    "Turn off"
                </Button>
            </div>
        </div>
        <ConfirmDialog
            open=asking_replace
            title="Make new recovery codes"
            message="The codes that you have kept open nothing any more. The new ones are shown once."
            confirm="Make new recovery codes"
            busy=replace.busy
            on_confirm=do_replace
        />
        <ConfirmDialog
            open=asking_disable
            title="Turn the second factor off"
            message="From then on your password alone signs you in. Your recovery codes are forgotten, and your other devices are signed out."
            confirm="Turn off"
            busy=disable.busy
            on_confirm=do_disable
        />
    }
}
