use leptos::prelude::*;
use types::expectation::Expectation;
use ui::{ConfirmDialog, use_toasts};

use crate::opened::open_while;
use crate::submit::Submit;
use crate::workspace::use_workspace;

/// Asks before an expectation goes, with all that was found of it.
#[component]
pub fn Removal(
    removing: RwSignal<Option<Expectation>>,
    #[prop(into)] on_removed: Callback<()>,
) -> impl IntoView {
    let workspace = use_workspace();
    let toasts = use_toasts();
    let submit = Submit::new();
    let open = open_while(removing, Option::is_some);
    let message = Signal::derive(move || {
        removing.with(|expectation| {
            let sentence = expectation.as_ref().map(|expectation| expectation.sentence.clone());
            format!(
                "Nobody will expect any more that {}. What scans found of it goes as well.",
                sentence.unwrap_or_default()
            )
        })
    });
    let remove = move || {
        let Some(id) = removing.with_untracked(|expectation| expectation.as_ref().map(|one| one.id)) else {
            return;
        };
        let api = workspace.api();
        submit.send_or(
            async move { api.delete_expectation(id).await },
            move |()| {
                toasts.success("Expectation deleted.");
                open.set(false);
                on_removed.run(());
            },
            move |failure| toasts.failure(failure.to_string(), failure.request_id()),
        );
    };
    view! {
        <ConfirmDialog
            open=open
            title="Delete expectation"
            message=message
            confirm="Delete expectation"
            busy=submit.busy
            on_confirm=remove
        />
    }
}
