use leptos::prelude::*;
use ui::{Button, ButtonVariant, CopyButton};

/// Recovery codes, which are shown once: to copy, to download, and then to put away.
#[component]
pub fn RecoveryCodeList(codes: Vec<String>, #[prop(into)] on_kept: Callback<()>) -> impl IntoView {
    let text = codes.join("\n");
    // Letters, digits and hyphens: nothing else has to be escaped.
    let file = format!("data:text/plain;charset=utf-8,{}%0A", codes.join("%0A"));
    let items = codes
        .iter()
        .map(|code| view! { <li data-recovery-code=code.clone()>{code.clone()}</li> })
        .collect_view();
    view! {
        <div class="space-y-4" role="status">
            <p>
                "Keep these recovery codes where you keep your passwords. Each signs you in once when you have lost your app. They are not shown again."
            </p>
            <ul class="grid gap-x-6 gap-y-1 rounded-control border border-border bg-bg px-4 py-3 font-mono text-table sm:grid-cols-2">
                {items}
            </ul>
            <div class="flex flex-wrap items-center gap-3">
                <Button variant=ButtonVariant::Primary on_click=move || on_kept.run(())>
                    "I have kept them"
                </Button>
                <a class="text-accent-text underline" href=file download="bastion-recovery-codes.txt">
                    "Download"
                </a>
                <CopyButton text=text what="recovery codes" />
            </div>
        </div>
    }
}
