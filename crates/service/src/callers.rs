//! Who asked lately, and where they belong.
//!
//! Every request asks who holds its session. What was answered lately holds as long as nothing was committed since, whoever
//! might have signed out or lost a role; whether anything was is the one small question that every request asks.

use std::sync::Arc;
use std::time::Duration;

use quick_cache::sync::Cache;
use store::caller::{self, Caller, Within};
use store::session::TokenHash;
use store::{Moment, PlatformReads, Store};
use types::Timestamp;

use crate::Error;
use crate::clock::is_recent;

/// How many are kept: less than a kilobyte each.
const CAPACITY: usize = 10_000;
/// No answer is kept for longer: a server that took another's place may have lost what that had told.
const LONGEST: Duration = Duration::from_secs(20);

/// A session, and the organizations in which its person was looked for.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    session: TokenHash,
    places: Places,
}

#[derive(Clone, PartialEq, Eq, Hash)]
enum Places {
    None,
    Named(String),
    Any,
}

impl Key {
    fn of(session: &TokenHash, within: Within<'_>) -> Self {
        let places = match within {
            Within::None => Places::None,
            Within::Named(name) => Places::Named(name.to_owned()),
            Within::Any => Places::Any,
        };
        Self { session: session.clone(), places }
    }
}

struct Kept {
    moment: Moment,
    asked_at: Timestamp,
    caller: Caller,
}

impl Kept {
    fn holds(&self, moment: &Moment, now: Timestamp) -> bool {
        self.moment == *moment && is_recent(self.asked_at, LONGEST, now)
    }
}

/// What was answered lately; cheap to clone.
#[derive(Clone)]
pub(crate) struct Callers(Arc<Cache<Key, Arc<Kept>>>);

impl Callers {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Cache::new(CAPACITY)))
    }

    /// Who holds the session of a token, whether it has ended or not, as of which moment or a later one; nobody when their
    /// account is disabled.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn find(
        &self,
        store: &Store,
        tx: &impl PlatformReads,
        session: &TokenHash,
        within: Within<'_>,
        now: Timestamp,
    ) -> Result<(Option<Caller>, Option<Moment>), Error> {
        // Before anything is read: whatever is committed from now on makes another moment.
        let Some(moment) = store.moment().await? else {
            return Ok((caller::find(tx, session, within).await?, None));
        };
        let key = Key::of(session, within);
        if let Some(kept) = self.0.get(&key).filter(|kept| kept.holds(&moment, now)) {
            return Ok((Some(kept.caller.clone()), Some(moment)));
        }
        let found = caller::find(tx, session, within).await?;
        if let Some(caller) = &found {
            let kept = Kept { moment: moment.clone(), asked_at: now, caller: caller.clone() };
            self.0.insert(key, Arc::new(kept));
        }
        Ok((found, Some(moment)))
    }
}
