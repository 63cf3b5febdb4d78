//! First pages that were put together lately.
//!
//! Every browser that is open asks for its page again whenever something happens, and a page is a dozen statements. Whether
//! one still holds is a single one, and none where nothing at all was committed.

use std::sync::Arc;
use std::time::Duration;

use quick_cache::sync::Cache;
use store::sequence::{self, Position};
use store::{Moment, Store, Tenant};
use types::overview::Overview;
use types::{OrgId, SourceId, Timestamp};

use crate::clock::is_recent;
use crate::{Error, Scope};

/// How many are kept: some kilobytes each.
const CAPACITY: usize = 2_000;
/// What time alone changes, such as the age of values, may be this old. It also bounds what retention takes away.
const LONGEST: Duration = Duration::from_secs(20);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    org: OrgId,
    /// The sources that whoever asks is limited to.
    limited_to: Option<Vec<SourceId>>,
    /// The one that was asked for, by name or id.
    source: Option<String>,
}

impl Key {
    fn of(tenant: &Tenant, source: Option<&str>) -> Self {
        let limited_to = tenant.sources().map(<[_]>::to_vec);
        Self { org: tenant.org(), limited_to, source: source.map(str::to_owned) }
    }
}

#[derive(Clone)]
struct Page {
    /// A state of the database in which it held.
    moment: Option<Moment>,
    position: Position,
    made_at: Timestamp,
    overview: Arc<Overview>,
}

/// The pages; cheap to clone.
#[derive(Clone)]
pub(crate) struct Overviews(Arc<Cache<Key, Arc<Page>>>);

impl Overviews {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Cache::new(CAPACITY)))
    }

    /// Where the page is kept that somebody asks for now.
    pub(super) fn place<P>(&self, scope: &Scope<P>, source: Option<&str>, now: Timestamp) -> Place<'_> {
        Place { pages: &self.0, key: Key::of(scope.tenant(), source), moment: scope.moment().cloned(), now }
    }
}

/// Where a page is kept, for somebody who asks now.
pub(super) struct Place<'a> {
    pages: &'a Cache<Key, Arc<Page>>,
    key: Key,
    moment: Option<Moment>,
    now: Timestamp,
}

impl Place<'_> {
    /// The page that was made last, if nothing has happened since.
    pub(super) async fn kept(&self, store: &Store, tenant: &Tenant) -> Result<Option<Overview>, Error> {
        let Some(page) = self.pages.get(&self.key).filter(|page| is_recent(page.made_at, LONGEST, self.now))
        else {
            return Ok(None);
        };
        if self.moment.is_some() && self.moment == page.moment {
            return Ok(Some(Overview::clone(&page.overview)));
        }
        if sequence::position(&store.glance(tenant).await).await? != page.position {
            return Ok(None);
        }
        // Whatever was committed since was somewhere else.
        let again = Page { moment: self.moment.clone(), ..Page::clone(&page) };
        self.pages.insert(self.key.clone(), Arc::new(again));
        Ok(Some(Overview::clone(&page.overview)))
    }

    /// Keeps a page that was read in a transaction whose position was this one.
    pub(super) fn keep(self, position: Position, overview: &Overview) {
        let page =
            Page { moment: self.moment, position, made_at: self.now, overview: Arc::new(overview.clone()) };
        self.pages.insert(self.key, Arc::new(page));
    }
}
