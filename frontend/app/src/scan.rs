//! Starting a scan.

use leptos::prelude::*;
use types::permission::Permission;
use types::problem::Code;
use ui::{Button, ButtonVariant, Glyph, Tooltip, use_toasts};

use crate::submit::Submit;
use crate::workspace::{Workspace, use_workspace};

/// Starts scans of the source that the page is about.
#[derive(Clone, Copy)]
pub(crate) struct Scanner {
    workspace: Workspace,
    submit: Submit,
    toasts: ui::Toasts,
}

impl Scanner {
    pub(crate) fn new() -> Self {
        Self { workspace: use_workspace(), submit: Submit::new(), toasts: use_toasts() }
    }

    /// Whether the person may; tracked.
    pub(crate) fn allowed(self) -> bool {
        self.workspace.may(Permission::ScanRun)
    }

    /// Whether a scan of the source is under way or being started; tracked.
    pub(crate) fn is_running(self) -> bool {
        let name = self.workspace.one_source();
        self.submit.busy.get()
            || self.workspace.all_sources().iter().any(|source| {
                Some(&source.name) == name.as_ref()
                    && source.last_run.as_ref().is_some_and(|run| !run.state.is_final())
            })
    }

    /// Starts a scan of the source that the page is about.
    pub(crate) fn start(self) {
        let Some(name) = untrack(|| self.workspace.one_source()) else {
            return;
        };
        self.start_of(name);
    }

    /// Starts a scan of one source, by name.
    pub(crate) fn start_of(self, name: String) {
        let api = self.workspace.api();
        let asked = name.clone();
        let (workspace, toasts) = (self.workspace, self.toasts);
        self.submit.send_or(
            async move { api.start_scan(Some(&asked)).await },
            move |_| {
                toasts.info(format!("Scan of {name} started."));
                workspace.refresh();
            },
            move |failure| {
                if failure.is(Code::ScanRunning) {
                    toasts.info("A scan of this source is running already.");
                    workspace.refresh();
                } else {
                    toasts.failure(failure.to_string(), failure.request_id());
                }
            },
        );
    }
}

/// `Scan shop-db`.
#[component]
pub fn ScanButton(
    /// Words instead of `Scan` and the source's name.
    #[prop(optional)]
    label: Option<&'static str>,
    #[prop(optional)] variant: ButtonVariant,
) -> impl IntoView {
    let workspace = use_workspace();
    let scanner = Scanner::new();
    let words = move || match (label, workspace.one_source()) {
        (_, None) => "Scan".to_owned(),
        (Some(label), Some(_)) => label.to_owned(),
        (None, Some(name)) => format!("Scan {name}"),
    };
    let reason = move || {
        if !scanner.allowed() {
            "Your role may not start scans; an administrator can grant it".to_owned()
        } else if workspace.one_source().is_none() {
            "Add a source in Settings first".to_owned()
        } else if scanner.is_running() {
            "A scan of this source is running".to_owned()
        } else {
            "Read the schema and profile the data now".to_owned()
        }
    };
    view! {
        // In the bar at the top only below is room; in a page the content is below.
        <Tooltip text=Signal::derive(reason) below=label.is_none() end=true>
            <Button
                variant=variant
                icon=Glyph::RefreshCw
                loading=Signal::derive(move || scanner.is_running())
                disabled=Signal::derive(move || !scanner.allowed() || workspace.one_source().is_none())
                on_click=move || scanner.start()
            >
                <span class=if label.is_none() {
                    // In the bar at the top of a narrow window only the icon has room.
                    "sr-only sm:not-sr-only sm:max-w-48 sm:truncate"
                } else {
                    "max-w-48 truncate"
                }>{words}</span>
            </Button>
        </Tooltip>
    }
}
