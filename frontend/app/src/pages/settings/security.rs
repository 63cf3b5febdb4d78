use leptos::prelude::*;
use types::organization::{KeyReport, Organization, OrganizationSettings};
use types::permission::Permission;
use ui::{Button, Card, ConfirmDialog, Glyph, format, use_toasts};

use crate::fetch::look_while;
use crate::submit::{FormFailure, Submit};
use crate::workspace::use_workspace;

/// How often it is looked how far the secrets have come.
const WATCH_MILLIS: u32 = 1_000;

fn of_settings(settings: &OrganizationSettings) -> KeyReport {
    KeyReport {
        data_key_version: settings.data_key_version,
        secrets: settings.secrets,
        secrets_on_old_key: settings.secrets_on_old_key,
        running: settings.re_encrypting,
    }
}

/// The organization's data key: make a new one, and rewrite what the old ones encrypt.
#[component]
pub fn Security(organization: Signal<Organization>) -> impl IntoView {
    let workspace = use_workspace();
    let toasts = use_toasts();
    let (rotate, rewrite) = (Submit::new(), Submit::new());
    let asking = RwSignal::new(false);
    let report = RwSignal::new(None::<KeyReport>);
    let keys = Signal::derive(move || {
        report.get().unwrap_or_else(|| organization.with(|one| of_settings(&one.settings)))
    });
    let running = Memo::new(move |_| keys.with(|keys| keys.running));
    look_while(running, WATCH_MILLIS, move || async move {
        if let Ok(now) = workspace.api().organization().await {
            let _ = report.try_set(Some(of_settings(&now.settings)));
        }
    });
    let rewriting = Signal::derive(move || rewrite.busy.get() || running.get());
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
            toasts.success("Secrets are being rewritten.");
            let _ = report.try_set(Some(answer));
            workspace.refresh();
        });
    };
    let counts = move || {
        let KeyReport { secrets, secrets_on_old_key, running, .. } = keys.get();
        let moved = secrets.saturating_sub(secrets_on_old_key);
        let percent = if secrets == 0 { 100.0 } else { f64::from(moved) / f64::from(secrets) * 100.0 };
        let said = format!(
            "{} on the newest key, {secrets_on_old_key} still on an older key.",
            format::plural(moved.into(), "secret")
        );
        (secrets > 0).then(|| {
            view! {
                <div class="mt-4 space-y-2">
                    <div
                        role="progressbar"
                        aria-label="Secrets on the newest data key"
                        aria-valuemin="0"
                        aria-valuemax="100"
                        aria-valuenow=format!("{percent:.0}")
                        aria-valuetext=said.clone()
                        class="h-1.5 w-full overflow-hidden rounded-full bg-surface-2"
                    >
                        <div class="h-full rounded-full bg-series-1" style:width=format!("{percent}%")></div>
                    </div>
                    <p role="status" class="text-table text-text-2" data-rewritten=moved.to_string() data-running=running.to_string()>
                        {said}
                    </p>
                </div>
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
                    <dd class="text-[20px] leading-7 font-semibold">{move || keys.with(|keys| keys.data_key_version)}</dd>
                </div>
                <div>
                    <dt class="text-label text-text-3">"Secrets on an older key"</dt>
                    <dd class="text-[20px] leading-7 font-semibold" data-old-secrets>
                        {move || keys.with(|keys| keys.secrets_on_old_key)}
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
            description="Rewrites every secret that still uses an older data key with the newest one, in the background. Data keys that no secret uses then are removed."
        >
            <Button icon=Glyph::RefreshCw disabled=locked loading=rewriting on_click=do_rewrite>
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
