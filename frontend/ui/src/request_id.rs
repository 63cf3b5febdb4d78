use leptos::prelude::*;

use crate::copy::CopyButton;

/// What finds a failed request in the server's log; to be copied.
#[component]
pub fn RequestId(id: Option<String>) -> impl IntoView {
    id.map(|id| {
        view! {
            <p class="mt-1 flex items-center gap-1 text-label text-text-2">
                "Request " <code class="font-mono break-all">{id.clone()}</code> <CopyButton text=id what="request id" />
            </p>
        }
    })
}
