use client::Query;
use leptos::prelude::*;
use leptos::task::spawn_local;
use ui::{Glyph, Menu, MenuItem, MenuSeparator, Theme, use_theme, use_toasts};

use crate::avatar::Avatar;
use crate::session::use_session;
use crate::words;
use crate::workspace::{use_go, use_workspace};

/// The person at the screen: theme, sign-out.
#[component]
pub fn UserMenu(#[prop(into)] on_shortcuts: Callback<()>) -> impl IntoView {
    let session = use_session();
    let theme = use_theme();
    let toasts = use_toasts();
    let (workspace, go) = (use_workspace(), use_go());
    let account = move || {
        let query = Query::new().with("section", Some("account"));
        go(&untrack(|| workspace.href_with("/dashboard/settings", query)), false);
    };
    let picture = move || {
        session.me().map(|me| view! { <Avatar user=me.user.id name=me.user.name avatar=me.avatar /> })
    };
    let sign_out = move || {
        spawn_local(async move {
            if let Err(failure) = workspace.live.parting(session.sign_out()).await {
                toasts.failure(failure.to_string(), failure.request_id());
            }
        });
    };
    let who = move || {
        session.me().map(|me| {
            view! {
                <div class="px-2.5 py-2">
                    <p class="truncate text-table font-medium">{me.user.name}</p>
                    <p class="truncate text-label text-text-3">{me.user.email}</p>
                </div>
            }
        })
    };
    let themes = move || {
        Theme::EACH
            .into_iter()
            .map(|one| {
                view! {
                    <MenuItem
                        icon=words::theme_glyph(one)
                        checked=Signal::derive(move || theme.get() == one)
                        on_select=move || theme.set(one)
                    >
                        {format!("Use {}", words::theme(one))}
                    </MenuItem>
                }
            })
            .collect_view()
    };
    view! {
        <Menu
            label="Your account"
            end=true
            class="inline-flex size-9 items-center justify-center rounded-full hover:opacity-80"
            trigger=move || view! { {picture} }
        >
            {who}
            <MenuSeparator />
            <MenuItem icon=Glyph::User on_select=account>
                "Account"
            </MenuItem>
            {themes}
            <MenuItem icon=Glyph::CircleQuestion on_select=on_shortcuts>
                "Keyboard shortcuts"
            </MenuItem>
            <MenuSeparator />
            <MenuItem icon=Glyph::LogOut on_select=sign_out>
                "Sign out"
            </MenuItem>
        </Menu>
    }
}
