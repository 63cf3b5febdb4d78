//! Data of a page: fetched when what it depends on changes, kept while it is fetched again.

mod paged;

use std::future::Future;
use std::pin::Pin;

use client::{Api, Failure};
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;
use types::problem::Code;

use crate::session::Session;
pub(crate) use paged::{More, MorePages, Paged};

/// Under which name and how fresh; provided by the shell.
#[derive(Clone, Copy)]
pub(crate) struct Reach {
    pub(crate) session: Session,
    /// The organization's slug.
    pub(crate) org: Memo<Option<String>>,
    /// Grows when something happened that may have changed any data.
    pub(crate) epoch: RwSignal<u64>,
    /// What the API answers of an organization that is suspended; the shell shows it in the place of every page.
    pub(crate) suspended: RwSignal<Option<Failure>>,
}

impl Reach {
    /// The API in the name of the organization that the URL names; not tracked.
    pub(crate) fn api(self) -> Api {
        let org = self.org.try_get_untracked().flatten();
        self.session.api().within(org.as_deref())
    }

    /// Notes that the organization is suspended, if a failure says so; once, as the parts of a page fail one by one.
    pub(crate) fn notice(self, failure: &Failure) {
        if failure.is(Code::OrganizationSuspended)
            && self.suspended.try_with_untracked(Option::is_none) == Some(true)
        {
            self.suspended.set(Some(failure.clone()));
        }
    }

    /// The organization answers, or another one is asked: what is shown again is fetched again.
    pub(crate) fn resume(self) {
        if self.suspended.try_with_untracked(Option::is_some) == Some(true) {
            self.suspended.set(None);
            self.epoch.update(|epoch| *epoch += 1);
        }
    }
}

/// Looks every so many milliseconds while `wanted` holds and whoever asked for it is there.
pub(crate) fn look_while<F: Future<Output = ()> + 'static>(
    wanted: Memo<bool>,
    millis: u32,
    look: impl Fn() -> F + Copy + 'static,
) {
    let turn = StoredValue::new(0_u64);
    Effect::new(move |_| {
        let own = turn.get_value() + 1;
        turn.set_value(own);
        if wanted.get() {
            spawn_local(async move {
                loop {
                    TimeoutFuture::new(millis).await;
                    if turn.try_get_value() != Some(own) {
                        return;
                    }
                    look().await;
                }
            });
        }
    });
}

/// One try. Boxed, so that the browser downloads what follows once a type of data and not once a page.
type Try<T> = Pin<Box<dyn Future<Output = Result<T, Failure>>>>;

/// What a page has of its data.
pub(crate) struct Fetched<T: Send + Sync + 'static> {
    data: RwSignal<Option<T>>,
    failure: RwSignal<Option<Failure>>,
    busy: RwSignal<bool>,
    again: RwSignal<u64>,
}

impl<T: Send + Sync + 'static> Clone for Fetched<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T: Send + Sync + 'static> Copy for Fetched<T> {}

impl<T: Clone + PartialEq + Send + Sync + 'static> Fetched<T> {
    /// Fetches now, and again when `key` or the organization changes or something happened. What was fetched for another
    /// key stays until the new answer is here; what belongs to another organization does not.
    pub(crate) fn new<K, F>(key: impl Fn() -> K + 'static, load: impl Fn(Api, K) -> F + 'static) -> Self
    where
        F: Future<Output = Result<T, Failure>> + 'static,
    {
        Self::of(move || Some(key()), load)
    }

    /// As [`Self::new`], but while there is no key nothing is fetched, and nothing is there.
    pub(crate) fn of<K, F>(
        key: impl Fn() -> Option<K> + 'static,
        load: impl Fn(Api, K) -> F + 'static,
    ) -> Self
    where
        F: Future<Output = Result<T, Failure>> + 'static,
    {
        let reach: Reach = expect_context();
        Self::follow(reach, Box::new(move || Some(Box::pin(load(reach.api(), key()?)))))
    }

    fn follow(reach: Reach, fetch: Box<dyn Fn() -> Option<Try<T>>>) -> Self {
        let this = Self {
            data: RwSignal::new(None),
            failure: RwSignal::new(None),
            busy: RwSignal::new(true),
            again: RwSignal::new(0),
        };
        let turn = StoredValue::new(0_u64);
        Effect::new(move |previous: Option<Option<String>>| {
            let org = reach.org.get();
            reach.epoch.track();
            this.again.track();
            if previous.is_some_and(|previous| previous != org) {
                this.data.set(None);
            }
            let own = turn.get_value() + 1;
            turn.set_value(own);
            let Some(answer) = fetch() else {
                this.busy.set(false);
                this.failure.set(None);
                this.data.set(None);
                return org;
            };
            this.busy.set(true);
            spawn_local(async move {
                let answer = answer.await;
                if turn.try_get_value() == Some(own) {
                    this.take(answer, reach);
                }
            });
            org
        });
        this
    }

    fn take(self, answer: Result<T, Failure>, reach: Reach) {
        match answer {
            Ok(data) => {
                let _ = self.failure.try_set(None);
                let same = self.data.try_with_untracked(|old| old.as_ref() == Some(&data)).unwrap_or(true);
                if !same {
                    let _ = self.data.try_set(Some(data));
                }
            }
            Err(failure) => {
                if failure.is(Code::Unauthenticated) {
                    reach.session.forget();
                }
                reach.notice(&failure);
                let _ = self.failure.try_set(Some(failure));
            }
        }
        let _ = self.busy.try_set(false);
    }

    /// Fetches again.
    pub(crate) fn reload(self) {
        let _ = self.again.try_update(|count| *count += 1);
    }

    /// What is there; tracked.
    pub(crate) fn get(self) -> Option<T> {
        self.data.get()
    }

    /// What is there, seen in place; tracked.
    pub(crate) fn with<R>(self, look: impl FnOnce(Option<&T>) -> R) -> R {
        self.data.with(|data| look(data.as_ref()))
    }

    /// What is there; not tracked.
    pub(crate) fn get_untracked(self) -> Option<T> {
        self.data.try_get_untracked().flatten()
    }

    /// Whether there is anything; tracked.
    pub(crate) fn is_there(self) -> bool {
        self.data.with(Option::is_some)
    }

    /// Whether it is being fetched; tracked.
    pub(crate) fn is_busy(self) -> bool {
        self.busy.get()
    }

    /// Why the last try failed; tracked.
    pub(crate) fn failure(self) -> Option<Failure> {
        self.failure.get()
    }
}
