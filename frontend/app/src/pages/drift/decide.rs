use client::DriftDecision;
use leptos::prelude::*;
use types::drift::{DecideDrift, DriftDetail, DriftStatus};
use types::permission::Permission;
use ui::{Button, ButtonVariant, Glyph, Input, RelativeTime, use_toasts};

use crate::submit::{FormFailure, Submit};
use crate::words::drift_status;
use crate::workspace::use_workspace;

/// What was decided, and the ways to decide.
#[component]
pub fn Decide(detail: Signal<DriftDetail>, #[prop(into)] on_decided: Callback<()>) -> impl IntoView {
    let workspace = use_workspace();
    let toasts = use_toasts();
    let submit = Submit::new();
    let reason = RwSignal::new(String::new());
    let status = Memo::new(move |_| detail.with(|detail| detail.drift.status));
    let decide = move |decision: DriftDecision, done: &'static str| {
        let id = detail.with_untracked(|detail| detail.drift.id);
        let text = reason.get_untracked().trim().to_owned();
        let api = workspace.api();
        submit.send(
            async move {
                let reason = (!text.is_empty()).then_some(text);
                api.decide_drift(id, decision, &DecideDrift { reason, ..DecideDrift::default() }).await
            },
            move |()| {
                toasts.success(done);
                let _ = reason.try_set(String::new());
                on_decided.run(());
            },
        );
    };
    let past = move || {
        detail.with(|detail| {
            detail.decision.clone().map(|decision| {
                view! {
                    <p class="text-table text-text-2">
                        {format!("{} by {} ", ui::format::capitalized(drift_status(detail.drift.status)), decision.by)}
                        <RelativeTime at=decision.at />
                        {decision.reason.map(|reason| format!(": {reason}"))}
                    </p>
                }
            })
        })
    };
    let buttons = move || {
        view! {
            <div class="mt-3 flex flex-wrap items-center gap-2">
                <div class="min-w-56 flex-1">
                    <Input
                        value=reason
                        label="Reason (optional)"
                        placeholder="Reason (optional): why this is expected, or who handles it"
                    />
                </div>
                <Button
                    icon=Glyph::Eye
                    loading=submit.busy
                    disabled=Signal::derive(move || status.get() != DriftStatus::New)
                    on_click=move || decide(DriftDecision::Acknowledge, "Acknowledged.")
                >
                    "Acknowledge"
                </Button>
                <Button
                    icon=Glyph::Minus
                    loading=submit.busy
                    disabled=Signal::derive(move || status.get() == DriftStatus::Ignored)
                    on_click=move || decide(DriftDecision::Ignore, "Ignored: it no longer counts against trust.")
                >
                    "Ignore"
                </Button>
                <Button
                    variant=ButtonVariant::Primary
                    icon=Glyph::Check
                    loading=submit.busy
                    disabled=Signal::derive(move || status.get() == DriftStatus::Accepted)
                    on_click=move || decide(DriftDecision::Accept, "Accepted: it no longer counts against trust, and the same changes stay quiet.")
                >
                    "Accept"
                </Button>
            </div>
            <div class="mt-3">
                <FormFailure submit=submit pointers=&[] />
            </div>
        }
    };
    view! {
        <section class="mt-5 border-t border-border pt-4" aria-label="Decision">
            {past}
            {move || {
                if workspace.may(Permission::DriftHandle) {
                    buttons().into_any()
                } else {
                    view! {
                        <p class="mt-2 text-table text-text-3">
                            "Your role may not decide about drift; an administrator can grant it."
                        </p>
                    }
                        .into_any()
                }
            }}
        </section>
    }
}
