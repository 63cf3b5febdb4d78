//! What happens in the organization while a page is open.

use std::collections::VecDeque;

use client::{LiveState, Subscription};
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;
use types::activity::Activity;

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
    streaming: StoredValue<bool>,
}

impl Live {
    /// Follows the activity for as long as the owner lives: by a stream, and by asking where there is none. Every news
    /// makes all data be fetched again.
    pub(crate) fn follow(reach: Reach) -> Self {
        let live = Self {
            items: RwSignal::new(VecDeque::new()),
            known: RwSignal::new(false),
            latest: StoredValue::new(None),
            gathering: StoredValue::new(false),
            stream: StoredValue::new_local(None),
            streaming: StoredValue::new(false),
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
            reach.resume();
            if org.is_some() {
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
        let _ = self.streaming.try_set_value(false);
    }

    /// Looks once; answers how long to wait before the next time.
    async fn look(self, reach: Reach, wanted: impl Fn() -> bool) -> u32 {
        if document().hidden() {
            self.close();
            return EVERY_MILLIS;
        }
        if self.streaming.try_get_value() == Some(true) {
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
                let _ = self.streaming.try_set_value(state == LiveState::Open);
                if state == LiveState::Open {
                    reach.resume();
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
                let _ = self.gathering.try_set_value(false);
                let _ = reach.epoch.try_update(|epoch| *epoch += 1);
            });
        }
    }
}
