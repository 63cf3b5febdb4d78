//! What happens in the organization while a page is open.

use std::collections::VecDeque;

use client::{LiveState, Subscription};
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;
use types::activity::Activity;
use types::problem::Code;

use crate::fetch::Reach;

/// How often it looks whether the stream still delivers, and asks when it does not.
const EVERY_MILLIS: u32 = 3_000;
/// After an error.
const LATER_MILLIS: u32 = 15_000;
/// Several events within this time make data be fetched again once.
const GATHER_MILLIS: u32 = 300;
const KEPT: usize = 50;

/// The organization's activity, newest first.
#[derive(Clone, Copy)]
pub(crate) struct Live {
    pub(crate) items: RwSignal<VecDeque<Activity>>,
    /// Whether the first answer is there.
    pub(crate) known: RwSignal<bool>,
    latest: StoredValue<Option<i64>>,
    gathering: StoredValue<bool>,
    /// Open while somebody looks at the tab: a browser has few connections for all its tabs.
    stream: StoredValue<Option<Subscription>, LocalStorage>,
    /// How the stream is; [`LiveState::Waiting`] without one.
    state: StoredValue<LiveState>,
    /// Whether the person is deleting or leaving the organization, or ending their session, and goes elsewhere after that.
    parting: StoredValue<bool>,
}

impl Live {
    /// Follows the activity for as long as the owner lives: by a stream, and by asking where there is none. Every news
    /// makes all data be fetched again. Nothing is asked in the name of an organization that the person is no member of.
    pub(crate) fn follow(reach: Reach, is_member: Memo<bool>) -> Self {
        let live = Self {
            items: RwSignal::new(VecDeque::new()),
            known: RwSignal::new(false),
            latest: StoredValue::new(None),
            gathering: StoredValue::new(false),
            stream: StoredValue::new_local(None),
            state: StoredValue::new(LiveState::Waiting),
            parting: StoredValue::new(false),
        };
        let turn = StoredValue::new(0_u64);
        Effect::new(move |_| {
            let org = reach.org.get();
            let own = turn.get_value() + 1;
            turn.set_value(own);
            live.close();
            live.items.set(VecDeque::new());
            live.known.set(false);
            live.latest.set_value(None);
            live.part(false);
            reach.resume();
            if org.is_some() && is_member.get() {
                spawn_local(async move {
                    while turn.try_get_value() == Some(own) {
                        let wait = live.look(reach, || turn.try_get_value() == Some(own)).await;
                        TimeoutFuture::new(wait).await;
                    }
                });
            }
        });
        on_cleanup(move || live.close());
        live
    }

    fn close(self) {
        let _ = self.stream.try_set_value(None);
        let _ = self.state.try_set_value(LiveState::Waiting);
    }

    /// Waits for what deletes or leaves the organization, or ends the session: nothing else is asked meanwhile, nor after it,
    /// unless it fails.
    pub(crate) async fn parting<T, E>(self, request: impl Future<Output = Result<T, E>>) -> Result<T, E> {
        self.part(true);
        let answer = request.await;
        if answer.is_err() {
            self.part(false);
        }
        answer
    }

    fn part(self, parting: bool) {
        let _ = self.parting.try_set_value(parting);
    }

    /// The server says that the person may not listen any more: whether they are a member still is shown by the shell.
    fn ended(self, reach: Reach) {
        if self.parting.try_get_value() == Some(false) {
            spawn_local(async move {
                match reach.api().me().await {
                    Ok(me) => reach.session.welcome(me),
                    Err(failure) if failure.is(Code::Unauthenticated) => reach.session.forget(),
                    // It is looked for again.
                    Err(_) => {}
                }
            });
        }
    }

    /// Looks once; answers how long to wait before the next time.
    async fn look(self, reach: Reach, wanted: impl Fn() -> bool) -> u32 {
        if document().hidden() {
            self.close();
            return EVERY_MILLIS;
        }
        match self.state.try_get_value() {
            Some(LiveState::Open) => return EVERY_MILLIS,
            // Not while it said so itself: it would have been dropped in its own callback.
            Some(LiveState::Ended) => self.close(),
            _ => {}
        }
        if self.parting.try_get_value() == Some(true) {
            return EVERY_MILLIS;
        }
        let after = self.latest.try_get_value().flatten();
        let answer = reach.api().activity(after, 50).await;
        if !wanted() {
            return 0;
        }
        let page = match answer {
            Ok(page) => page,
            Err(failure) => {
                reach.notice(&failure);
                return LATER_MILLIS;
            }
        };
        reach.resume();
        if after.is_none() {
            let _ = self.latest.try_set_value(Some(page.latest_seq));
            let _ = self.items.try_set(page.items.into());
            let _ = self.known.try_set(true);
        } else {
            for item in page.items {
                self.take(reach, item);
            }
        }
        if self.stream.try_with_value(Option::is_none) == Some(true) {
            self.open(reach);
        }
        EVERY_MILLIS
    }

    fn open(self, reach: Reach) {
        let api = reach.api();
        let first = self.latest.try_get_value().flatten().map(|seq| seq.to_string());
        let stream = Subscription::open(
            "activity",
            move |last| api.activity_stream(last.or(first.as_deref())),
            move |event| {
                if let Ok(item) = serde_json::from_str::<Activity>(&event.data) {
                    self.take(reach, item);
                }
            },
            move |state| {
                let _ = self.state.try_set_value(state);
                match state {
                    LiveState::Open => reach.resume(),
                    LiveState::Ended => self.ended(reach),
                    LiveState::Connecting | LiveState::Waiting => {}
                }
            },
        );
        let _ = self.stream.try_set_value(Some(stream));
    }

    /// Adds what is newer than all that is known.
    fn take(self, reach: Reach, item: Activity) {
        let latest = self.latest.try_get_value().flatten();
        if latest.is_some_and(|latest| item.seq <= latest) {
            return;
        }
        let _ = self.latest.try_set_value(Some(item.seq));
        let _ = self.items.try_update(|kept| {
            kept.push_front(item);
            kept.truncate(KEPT);
        });
        if self.gathering.try_get_value() == Some(false) {
            let _ = self.gathering.try_set_value(true);
            spawn_local(async move {
                TimeoutFuture::new(GATHER_MILLIS).await;
                // Nothing is asked any more by whoever goes; who stays after all asks then.
                while self.parting.try_get_value() == Some(true) {
                    TimeoutFuture::new(GATHER_MILLIS).await;
                }
                let _ = self.gathering.try_set_value(false);
                let _ = reach.epoch.try_update(|epoch| *epoch += 1);
            });
        }
    }
}
