//! The invitation of a link. Its token stands behind the `#`, which no browser sends to a server, and is kept in this tab
//! until it is used: who is invited has to sign in or up before.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use crate::tab;
use crate::workspace::{use_go, use_here};

const KEPT: &str = "bastion.invitation";
const BEFORE: &str = "#invitation=";

/// The address that opens an invitation, on the site that is shown.
pub(crate) fn link(token: &str) -> String {
    let site = window().location().origin().unwrap_or_default();
    format!("{site}/onboarding?new=1{BEFORE}{token}")
}

/// Takes the invitation out of this page's address, so that it is neither shown nor copied along with it.
pub(crate) fn take() {
    let (hash, here, go) = (use_location().hash.get_untracked(), use_here().get_untracked(), use_go());
    if let Some(token) = hash.strip_prefix(BEFORE) {
        // Without storage the link has to be opened again after signing in.
        tab::keep(KEPT, Some(token));
        go(&here, true);
    }
}

/// The invitation that was taken in this tab.
pub(crate) fn kept() -> Option<String> {
    tab::kept(KEPT)
}

/// It was used.
pub(crate) fn forget() {
    tab::keep(KEPT, None);
}
