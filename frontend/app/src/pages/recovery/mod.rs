//! `/forgot-password`, `/reset-password` and `/confirm-email`: the ways in by a mailed link. Its token stands behind the `#`
//! of the address, which no browser sends to a server.

mod confirm_email_page;
mod forgot_password_page;
mod reset_password_page;

pub use confirm_email_page::ConfirmEmailPage;
pub use forgot_password_page::ForgotPasswordPage;
pub use reset_password_page::ResetPasswordPage;

use leptos::prelude::*;
use leptos_router::hooks::use_location;

/// The token in the address; empty when the link is incomplete.
fn token() -> String {
    use_location().hash.get_untracked().trim_start_matches('#').to_owned()
}

/// What is said instead of a form to whoever comes without a token.
#[component]
fn Incomplete() -> impl IntoView {
    view! {
        <p role="alert">
            "The link is incomplete. Open it from the mail again, whole, or ask for another one."
        </p>
    }
}
