//! What somebody else says of themselves, such as which keys they sign with.
//!
//! It is kept for a few minutes. Whoever asks for the same meanwhile waits for the one call, and nobody is called again within
//! half a minute, whatever tokens come: nobody makes this server flood one.

use std::sync::Arc;

use tokio::sync::{Mutex, OwnedMutexGuard};
use types::Timestamp;

use crate::ProviderError;

/// For how many seconds what is known is used without asking.
const FRESH: i64 = 5 * 60;
/// For how long, while nobody answers.
const STALE: i64 = 60 * 60;
/// How many seconds are between two calls, at least.
const FLOOR: i64 = 30;

struct Known<T> {
    /// With the time at which it was asked for.
    value: Option<(Arc<T>, Timestamp)>,
    tried_at: Option<Timestamp>,
    failed: Option<ProviderError>,
}

/// What one of them says.
pub(crate) struct Cached<T>(Arc<Mutex<Known<T>>>);

impl<T> Default for Cached<T> {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Known { value: None, tried_at: None, failed: None })))
    }
}

impl<T> Known<T> {
    fn may_ask(&self, now: Timestamp) -> bool {
        self.tried_at.is_none_or(|tried| now.seconds_since(tried) >= FLOOR)
    }

    fn hear(&mut self, answered: Result<T, ProviderError>, now: Timestamp) {
        match answered {
            Ok(value) => {
                self.failed = None;
                self.value = Some((Arc::new(value), now));
            }
            Err(error) => self.failed = Some(error),
        }
    }
}

impl<T: Send + Sync + 'static> Cached<T> {
    /// What is known, or what is answered now.
    pub(crate) async fn get<F>(
        &self,
        now: Timestamp,
        ask: impl FnOnce() -> F,
    ) -> Result<Arc<T>, ProviderError>
    where
        F: Future<Output = Result<T, ProviderError>> + Send + 'static,
    {
        let known = self.0.clone().lock_owned().await;
        match &known.value {
            Some((value, at)) if now.seconds_since(*at) < FRESH => Ok(value.clone()),
            _ => renew(known, now, ask).await,
        }
    }

    /// The same without waiting, as long as what is known may go on: it is asked for meanwhile. For what each request needs.
    pub(crate) async fn at_hand<F>(
        &self,
        now: Timestamp,
        ask: impl FnOnce() -> F,
    ) -> Result<Arc<T>, ProviderError>
    where
        F: Future<Output = Result<T, ProviderError>> + Send + 'static,
    {
        let mut known = self.0.clone().lock_owned().await;
        let Some((value, at)) = known.value.clone().filter(|(_, at)| now.seconds_since(*at) < STALE) else {
            return renew(known, now, ask).await;
        };
        if now.seconds_since(at) >= FRESH && known.may_ask(now) {
            known.tried_at = Some(now);
            let (answer, kept) = (ask(), self.0.clone());
            tokio::spawn(async move {
                let answered = answer.await;
                kept.lock().await.hear(answered, now);
            });
        }
        Ok(value)
    }

    /// What is answered after `old`, which lacked something.
    pub(crate) async fn newer<F>(
        &self,
        old: &Arc<T>,
        now: Timestamp,
        ask: impl FnOnce() -> F,
    ) -> Result<Arc<T>, ProviderError>
    where
        F: Future<Output = Result<T, ProviderError>> + Send + 'static,
    {
        let known = self.0.clone().lock_owned().await;
        match &known.value {
            // Somebody else asked while the lock was waited for.
            Some((value, _)) if !Arc::ptr_eq(value, old) => Ok(value.clone()),
            _ => renew(known, now, ask).await,
        }
    }
}

/// Asks, unless it was asked just now. While nobody answers, what was known goes on for a while.
async fn renew<T, F>(
    mut known: OwnedMutexGuard<Known<T>>,
    now: Timestamp,
    ask: impl FnOnce() -> F,
) -> Result<Arc<T>, ProviderError>
where
    T: Send + Sync + 'static,
    F: Future<Output = Result<T, ProviderError>> + Send + 'static,
{
    if known.may_ask(now) {
        known.tried_at = Some(now);
        let answer = ask();
        // To its end even when whoever asked hangs up: the others wait for the same answer, and may not ask again so soon.
        let asked = tokio::spawn(async move {
            let answered = answer.await;
            known.hear(answered, now);
            known
        });
        known = asked.await.map_err(|_| unanswered())?;
    }
    match &known.value {
        Some((value, at)) if now.seconds_since(*at) < STALE => Ok(value.clone()),
        _ => Err(known.failed.clone().unwrap_or_else(unanswered)),
    }
}

/// Of somebody who was asked a moment ago, and of whom nothing came of it.
fn unanswered() -> ProviderError {
    ProviderError::Unreachable(
        "The provider was asked just now and has not answered. Try again in a moment.".to_owned(),
    )
}
