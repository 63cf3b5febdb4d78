//! Who is signed in.

use client::{Api, Config, Failure};
use leptos::prelude::*;
use leptos::task::spawn_local;
use types::problem::Code;
use types::session::Me;

use crate::tab;

/// Kept in the browser so that the landing page asks the API only when somebody may be signed in.
const HINT: &str = "bastion.signed-in";

/// Kept in the browser while Clerk knows who is at it: signing out ends that as well.
const BY_CLERK: &str = "bastion.by-clerk";
/// The page on which Clerk signs people in and out. It is fetched anew each time: no other page may load Clerk's library.
pub(crate) const CLERK_PAGE: &str = "/sign-in/clerk";

/// What is known of the person at the screen.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Who {
    /// Not asked yet, or being asked.
    Asking,
    Nobody,
    Somebody(Me),
    /// The API could not say.
    Unknown(Failure),
}

/// The session of this browser.
#[derive(Clone, Copy)]
pub(crate) struct Session {
    api: RwSignal<Option<Api>>,
    pub(crate) who: RwSignal<Who>,
}

impl Session {
    /// Reads where the API is and makes [`use_session`] work below.
    pub(crate) fn provide() -> Self {
        let session = Self { api: RwSignal::new(None), who: RwSignal::new(Who::Asking) };
        provide_context(session);
        spawn_local(async move {
            let config = Config::load().await;
            let _ = session.api.try_set(Some(Api::new(&config)));
        });
        session
    }

    /// The API; the page's own origin until `config.json` was read.
    pub(crate) fn api(self) -> Api {
        self.api.try_get_untracked().flatten().unwrap_or_else(|| Api::new(&Config::default()))
    }

    /// Whether `config.json` was read; tracked.
    pub(crate) fn configured(self) -> bool {
        self.api.with(Option::is_some)
    }

    /// The person; tracked.
    pub(crate) fn me(self) -> Option<Me> {
        match self.who.get() {
            Who::Somebody(me) => Some(me),
            Who::Asking | Who::Nobody | Who::Unknown(_) => None,
        }
    }

    /// Asks the API who is signed in.
    pub(crate) fn ask(self) {
        spawn_local(async move { self.refresh().await });
    }

    /// Asks the API who is signed in, and waits for the answer.
    pub(crate) async fn refresh(self) {
        match self.api().me().await {
            Ok(me) => self.welcome(me),
            Err(failure) if failure.is(Code::Unauthenticated) => self.forget(),
            Err(failure) => {
                let _ = self.who.try_set(Who::Unknown(failure));
            }
        }
    }

    /// Somebody signed in.
    pub(crate) fn welcome(self, me: Me) {
        keep(HINT, true);
        let _ = self.who.try_set(Who::Somebody(me));
    }

    /// Nobody is signed in any more.
    pub(crate) fn forget(self) {
        keep(HINT, false);
        let _ = self.who.try_set(Who::Nobody);
    }

    /// Signs out here, and then at Clerk where that is how one came.
    pub(crate) async fn sign_out(self) -> Result<(), Failure> {
        self.api().sign_out().await?;
        match is_kept(BY_CLERK) {
            true => {
                keep(HINT, false);
                let _ = window().location().set_href(&format!("{CLERK_PAGE}?leave=true"));
            }
            false => self.forget(),
        }
        Ok(())
    }

    /// Somebody signed in by Clerk: the pages that follow are others.
    pub(crate) fn came_by_clerk() {
        keep(HINT, true);
        keep(BY_CLERK, true);
    }

    /// Clerk knows nobody at this browser any more.
    pub(crate) fn left_clerk() {
        keep(BY_CLERK, false);
    }

    /// Whether somebody signed in here before and did not sign out.
    pub(crate) fn is_likely() -> bool {
        is_kept(HINT)
    }
}

/// Where to go once signed in, kept while the browser is away at a provider of single sign-on.
const NEXT: &str = "bastion.next";

/// Keeps where to go once signed in; nothing forgets what was kept before.
pub(crate) fn keep_next(next: Option<&str>) {
    // Without the storage one arrives at the overview.
    tab::keep(NEXT, next);
}

/// What [`keep_next`] kept, once.
pub(crate) fn take_next() -> Option<String> {
    let next = tab::kept(NEXT);
    keep_next(None);
    next
}

fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}

fn is_kept(name: &str) -> bool {
    storage().is_some_and(|storage| matches!(storage.get_item(name), Ok(Some(_))))
}

fn keep(name: &str, yes: bool) {
    // A full or forbidden storage only costs the hint.
    if let Some(storage) = storage() {
        let _ = if yes { storage.set_item(name, "1") } else { storage.remove_item(name) };
    }
}

/// The session of this browser.
pub(crate) fn use_session() -> Session {
    expect_context()
}
