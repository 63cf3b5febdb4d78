use leptos::prelude::*;
use serde_json::Value;
use types::IncidentId;
use ui::Toasts;

use crate::submit::Submit;
use crate::workspace::Workspace;

/// Sends what is done to one incident.
#[derive(Clone, Copy)]
pub struct Desk {
    pub(super) id: IncidentId,
    pub(super) workspace: Workspace,
    pub(super) toasts: Toasts,
    pub(super) submit: Submit,
    pub(super) comment: RwSignal<String>,
    pub(super) on_changed: Callback<()>,
}

impl Desk {
    pub(super) fn send(self, verb: &'static str, body: Value, done: impl Into<String> + 'static) {
        self.send_then(verb, body, done, || ());
    }

    /// As [`Self::send`]; `then` follows when it was done.
    pub(super) fn send_then(
        self,
        verb: &'static str,
        body: Value,
        done: impl Into<String> + 'static,
        then: impl FnOnce() + 'static,
    ) {
        let api = self.workspace.api();
        self.submit.send(async move { api.change_incident(self.id, verb, &body).await }, move |()| {
            self.toasts.success(done);
            let _ = self.comment.try_set(String::new());
            then();
            self.on_changed.run(());
        });
    }

    /// What is written in the comment's field, if anything is.
    pub(super) fn said(self) -> Option<String> {
        let text = self.comment.get_untracked().trim().to_owned();
        (!text.is_empty()).then_some(text)
    }
}
