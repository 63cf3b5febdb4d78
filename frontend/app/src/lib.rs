//! Bastion's single-page application.
//!
//! Rules: the URL is the state (`?org=`, `?source=`, filters, what is open), so every view can be linked to; stale data
//! stays in place while it is fetched again; nothing is drawn by `style="…"`, which the content security policy forbids;
//! whatever runs later (timers, streams, answers) uses `try_…` on signals, because its page may be gone.

#![expect(unreachable_pub, reason = "the component macro moves each function into a private module")]

use wasm_bindgen::prelude::wasm_bindgen;

mod address;
mod app;
mod avatar;
mod day;
mod fetch;
mod invitation;
mod live;
mod one_source;
mod opened;
mod outdated;
mod overlay;
mod owners;
mod page;
mod pages;
mod part;
mod proof;
mod scan;
mod session;
mod shell;
mod submit;
mod tab;
mod words;
mod workspace;
mod yaml;

/// Puts the application into the page.
#[wasm_bindgen(start)]
pub fn start() {
    overlay::install();
    leptos::mount::mount_to_body(app::App);
}
