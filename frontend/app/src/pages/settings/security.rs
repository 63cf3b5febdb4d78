use leptos::prelude::*;
use types::organization::{KeyReport, Organization};
use types::permission::Permission;
use ui::{Button, Card, ConfirmDialog, Glyph, format, use_toasts};

use crate::submit::{FormFailure, Submit};
use crate::workspace::use_workspace;

/// The organization's data key: make a new one, and rewrite what the old ones encrypt.
#[component]
pub fn Security(organization: Signal<Organization>) -> impl IntoView {
    let workspace = use_workspace();
    let toasts = use_toasts();
    let (rotate, rewrite) = (Submit::new(), Submit::new());
    let asking = RwSignal::new(false);
    let report = RwSignal::new(None::<KeyReport>);
    let version = move || {
        report.get().map_or_else(
            || organization.with(|one| one.settings.data_key_version),
            |report| report.data_key_version,
        )
    };
    let remaining = move || {
        report.get().map_or_else(
            || organization.with(|one| one.settings.secrets_on_old_key),
            |report| report.secrets_on_old_key,
        )
    };
    let locked = Signal::derive(move || !workspace.may(Permission::SecretRotate));
    let do_rotate = move || {
        let api = workspace.api();
        rotate.send_or(
            async move { api.rotate_keys().await },
            move |answer| {
                let _ = asking.try_set(false);
                toasts.success(format!("Data key version {} made.", answer.data_key_version));
                let _ = report.try_set(Some(answer));
                workspace.refresh();
            },
            move |_| {
                let _ = asking.try_set(false);
            },
        );
    };
    let do_rewrite = move || {
        let api = workspace.api();
        rewrite.send(async move { api.re_encrypt().await }, move |answer| {
            toasts.success(format!(
                "{} rewritten; {} on an older key.",
                format::plural(answer.rewritten.into(), "secret"),
                answer.secrets_on_old_key
            ));
            let _ = report.try_set(Some(answer));
            workspace.refresh();
        });
    };
    let counts = move || {
        report.get().map(|report| {
            view! {
                <p role="status" class="mt-3 text-table text-text-2" data-rewritten=report.rewritten.to_string()>
                    {format!(
                        "Last run: {} rewritten, {} still on an older key.",
                        format::plural(report.rewritten.into(), "secret"),
                        report.secrets_on_old_key,
                    )}
                </p>
            }
        })
    };
    view! {
        <Card
            title="Encryption"
            description="Secrets are sealed with AES-256-GCM under this organization's data key, which the server's master key wraps. Nothing ever returns a secret."
        >
            <dl class="grid grid-cols-2 gap-4">
                <div>
                    <dt class="text-label text-text-3">"Data key version"</dt>
                    <dd class="text-[20px] leading-7 font-semibold">{version}</dd>
                </div>
                <div>
                    <dt class="text-label text-text-3">"Secrets on an older key"</dt>
                    <dd class="text-[20px] leading-7 font-semibold" data-old-secrets>
                        {remaining}
                    </dd>
                </div>
            </dl>
            {counts}
            <div class="mt-3 space-y-3">
                <FormFailure submit=rotate pointers=&[] />
                <FormFailure submit=rewrite pointers=&[] />
            </div>
        </Card>
        <Card
            title="Rotate keys"
            description="Makes a new data key. From then on new secrets use it; the older ones stay readable until encryption is run again."
        >
            <Button icon=Glyph::Key disabled=locked loading=rotate.busy on_click=move || asking.set(true)>
                "Rotate keys"
            </Button>
        </Card>
        <Card
            title="Re-run encryption"
            description="Rewrites every secret that still uses an older data key with the newest one."
        >
            <Button icon=Glyph::RefreshCw disabled=locked loading=rewrite.busy on_click=do_rewrite>
                "Re-run encryption"
            </Button>
        </Card>
        {move || {
            locked
                .get()
                .then(|| {
                    view! {
                        <p class="text-table text-text-3">"Your role may not rotate keys; an administrator can grant it."</p>
                    }
                })
        }}
        <ConfirmDialog
            open=asking
            title="Rotate keys"
            message="A new data key is made. No secret is lost and nothing stops working; the older key stays until encryption is run again."
            confirm="Rotate keys"
            busy=rotate.busy
            on_confirm=do_rotate
        />
    }
}
