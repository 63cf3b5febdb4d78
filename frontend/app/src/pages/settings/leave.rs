use leptos::prelude::*;
use ui::{Button, ButtonVariant, Card, ConfirmDialog, use_toasts};

use crate::submit::{FormFailure, Submit};
use crate::workspace::{use_go, use_workspace};

/// The person's own way out of the organization.
#[component]
pub fn Leave() -> impl IntoView {
    let workspace = use_workspace();
    let toasts = use_toasts();
    let go = use_go();
    let submit = Submit::new();
    let asking = RwSignal::new(false);
    let name = Signal::derive(move || {
        workspace.membership.with(|own| own.as_ref().map(|own| own.name.clone()).unwrap_or_default())
    });
    let leave = move || {
        let (api, go, left) = (workspace.api(), go.clone(), name.get_untracked());
        let (session, live) = (workspace.session, workspace.live);
        submit.send_or(
            live.parting(async move {
                api.leave_organization().await?;
                session.refresh().await;
                Ok(())
            }),
            move |()| {
                toasts.success(format!("You left {left}."));
                go("/dashboard", true);
            },
            move |_| {
                let _ = asking.try_set(false);
            },
        );
    };
    view! {
        <Card
            title="Leave this organization"
            description="You lose access at once; to come back you have to be invited again. The last owner cannot leave: make somebody else an owner first."
        >
            <div class="space-y-3">
                <FormFailure submit=submit pointers=&[] />
                <Button variant=ButtonVariant::Danger on_click=move || asking.set(true)>
                    "Leave organization"
                </Button>
            </div>
        </Card>
        <ConfirmDialog
            open=asking
            title="Leave organization"
            message=Signal::derive(move || format!("You lose access to {} at once.", name.get()))
            confirm=Signal::derive(move || format!("Leave {}", name.get()))
            busy=submit.busy
            on_confirm=leave
        />
    }
}
