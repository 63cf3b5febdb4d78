//! The organization and the source that the URL names, and what the person may do there.

use client::{Api, Failure, Query};
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate};
use types::permission::Permission;
use types::session::Membership;
use types::source::Source;

use crate::address::{page_address, query_value, with_query};
use crate::fetch::{Fetched, Reach};
use crate::live::Live;
use crate::one_source::OneSource;
use crate::session::{Session, use_session};

/// What every page of the dashboard shares.
#[derive(Clone, Copy)]
pub(crate) struct Workspace {
    pub(crate) session: Session,
    reach: Reach,
    /// The slug: the URL's, else the session's default, else the first.
    pub(crate) org: Memo<Option<String>>,
    /// The URL's source, by name or id.
    pub(crate) source: Memo<Option<String>>,
    pub(crate) membership: Memo<Option<Membership>>,
    pub(crate) sources: Fetched<Vec<Source>>,
    /// The source that a page about one source shows.
    pub(crate) one: Memo<OneSource>,
    pub(crate) live: Live,
}

impl Workspace {
    /// Reads the URL and makes [`use_workspace`] and [`Fetched::new`] work below.
    pub(crate) fn provide() -> Self {
        let session = use_session();
        let named = query_value("org");
        let source = query_value("source");
        let org = Memo::new(move |_| {
            named.get().or_else(|| {
                let me = session.me()?;
                me.default_org.or_else(|| me.memberships.first().map(|first| first.slug.clone()))
            })
        });
        let membership = Memo::new(move |_| {
            let org = org.get()?;
            let me = session.me()?;
            me.memberships
                .into_iter()
                .find(|membership| membership.slug == org || membership.org_id.to_string() == org)
        });
        let reach = Reach { session, org, epoch: RwSignal::new(0), suspended: RwSignal::new(None) };
        provide_context(reach);
        let sources = Fetched::new(|| (), |api, ()| async move { api.sources().await });
        let one = Memo::new(move |_| {
            let known: Option<Vec<String>> = sources.with(|sources: Option<&Vec<Source>>| {
                sources.map(|sources| sources.iter().map(|source| source.name.clone()).collect())
            });
            OneSource::of(source.get(), known.as_deref())
        });
        let is_member = Memo::new(move |_| membership.with(Option::is_some));
        let live = Live::follow(reach, is_member);
        let workspace = Self { session, reach, org, source, membership, sources, one, live };
        provide_context(workspace);
        workspace
    }

    /// The API in the name of the organization; not tracked.
    pub(crate) fn api(self) -> Api {
        self.reach.api()
    }

    /// Why nothing of the organization is shown, while it is suspended; tracked.
    pub(crate) fn suspended(self) -> Option<Failure> {
        self.reach.suspended.get()
    }

    /// Makes every page fetch its data again.
    pub(crate) fn refresh(self) {
        let _ = self.reach.epoch.try_update(|epoch| *epoch += 1);
    }

    /// The one source that a page about one source shows, once it is known which: the URL's, else the only one; tracked.
    pub(crate) fn one_source(self) -> Option<String> {
        match self.one.get() {
            OneSource::Named(name) => Some(name),
            OneSource::Unknown | OneSource::ToChoose | OneSource::Missing => None,
        }
    }

    /// The names of the sources that a page about several shows: the URL's, else all; tracked, empty until they are known.
    pub(crate) fn shown_sources(self) -> Vec<String> {
        match self.source.get() {
            Some(named) => vec![named],
            None => self.all_sources().into_iter().map(|source| source.name).collect(),
        }
    }

    /// The organization's sources; tracked, empty until they are known.
    pub(crate) fn all_sources(self) -> Vec<Source> {
        self.sources.with(|sources| sources.cloned().unwrap_or_default())
    }

    /// Whether the person may do this here; tracked.
    pub(crate) fn may(self, permission: Permission) -> bool {
        self.membership
            .with(|membership| membership.as_ref().is_some_and(|own| own.permissions.contains(&permission)))
    }

    /// The address of a page in this organization and source; tracked.
    pub(crate) fn href(self, path: &str) -> String {
        self.href_with(path, Query::new())
    }

    /// As [`Self::href`], with more in its query; tracked.
    pub(crate) fn href_with(self, path: &str, query: Query) -> String {
        page_address(path, self.org.get().as_deref(), self.source.get().as_deref(), query)
    }

    /// The address of a page in this organization, about another source; tracked.
    pub(crate) fn href_of(self, path: &str, source: Option<&str>) -> String {
        let source = source.map(ToOwned::to_owned).or_else(|| self.source.get());
        page_address(path, self.org.get().as_deref(), source.as_deref(), Query::new())
    }
}

/// What every page of the dashboard shares.
pub(crate) fn use_workspace() -> Workspace {
    expect_context()
}

/// Goes to another address of this application; `replace` leaves no step behind.
pub(crate) fn use_go() -> impl Fn(&str, bool) + Clone + Send + Sync + 'static {
    let navigate = use_navigate();
    move |address: &str, replace: bool| {
        navigate(address, NavigateOptions { replace, ..NavigateOptions::default() });
    }
}

/// This page's address; tracked.
pub(crate) fn use_here() -> Signal<String> {
    let location = use_location();
    Signal::derive(move || with_query(&location.pathname.get(), &location.search.get()))
}
