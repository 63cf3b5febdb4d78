use leptos::prelude::*;
use ui::{Glyph, Icon};

use crate::workspace::use_workspace;

/// What the operator of this server says to everybody.
#[component]
pub fn NoticeBar() -> impl IntoView {
    let workspace = use_workspace();
    move || {
        let notice = workspace.session.me()?.notice?;
        let text = if notice == "demo" {
            "Demo: the database and its history are simulated; the scans are real.".to_owned()
        } else {
            notice
        };
        Some(view! {
            <aside
                aria-label="Notice of this server"
                class="flex items-center gap-2 border-b border-border bg-info-tint px-6 py-1.5 text-table text-info"
            >
                <Icon glyph=Glyph::Info />
                {text}
            </aside>
        })
    }
}
