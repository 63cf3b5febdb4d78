//! How a person shows: their picture, or the first letter of their name.

use client::Query;
use leptos::prelude::*;
use types::UserId;
use ui::letters;

use crate::session::use_session;

/// A circle of 36 pixels, or of 24 in a list. It says nothing that the name beside it does not.
#[component]
pub fn Avatar(
    user: UserId,
    #[prop(into)] name: String,
    /// The picture's hash, if there is one.
    avatar: Option<String>,
    #[prop(optional)] small: bool,
) -> impl IntoView {
    let session = use_session();
    let broken = RwSignal::new(false);
    let letter = name.chars().next().map(|first| letters::upper(&first.to_string())).unwrap_or_default();
    let size = if small { "size-6 text-label" } else { "size-9 text-body" };
    let address = avatar.map(|hash| {
        session.api().address(&format!("/api/people/{user}/avatar"), Query::new().with("hash", Some(hash)))
    });
    move || {
        match address.clone().filter(|_| !broken.get()) {
        Some(address) => view! {
            <img
                src=address
                alt=""
                class=format!("inline-block shrink-0 rounded-full object-cover {size}")
                data-avatar="picture"
                on:error=move |_| {
                    let _ = broken.try_set(true);
                }
            />
        }
        .into_any(),
        None => view! {
            <span
                aria-hidden="true"
                class=format!(
                    "inline-flex shrink-0 items-center justify-center rounded-full bg-accent-tint font-semibold text-accent-text {size}",
                )
                data-avatar="letter"
            >
                {letter.clone()}
            </span>
        }
        .into_any(),
    }
    }
}
