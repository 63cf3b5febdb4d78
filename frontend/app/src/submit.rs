//! Something that a person asks the API to do.

use std::future::Future;
use std::pin::Pin;

use client::Failure;
use leptos::prelude::*;
use leptos::task::spawn_local;
use types::problem::Code;

use crate::session::{Session, use_session};

/// What follows an answer.
type After = Box<dyn FnOnce()>;

/// What is asked, and what to do with the answer or with the failure.
type Request = Pin<Box<dyn Future<Output = Result<After, (Failure, After)>>>>;

/// One request at a time, and why the last one failed. What was typed stays where it is.
#[derive(Clone, Copy)]
pub(crate) struct Submit {
    session: Session,
    pub(crate) busy: RwSignal<bool>,
    pub(crate) failure: RwSignal<Option<Failure>>,
}

impl Submit {
    /// Nothing asked yet.
    pub(crate) fn new() -> Self {
        Self { session: use_session(), busy: RwSignal::new(false), failure: RwSignal::new(None) }
    }

    /// Sends, unless the last is still under way; `done` runs when it worked.
    pub(crate) fn send<T: 'static>(
        self,
        request: impl Future<Output = Result<T, Failure>> + 'static,
        done: impl FnOnce(T) + 'static,
    ) {
        self.send_or(request, done, |_| {});
    }

    /// As [`Self::send`]; `failed` runs when it did not work.
    pub(crate) fn send_or<T: 'static>(
        self,
        request: impl Future<Output = Result<T, Failure>> + 'static,
        done: impl FnOnce(T) + 'static,
        failed: impl FnOnce(Failure) + 'static,
    ) {
        self.run(Box::pin(async move {
            match request.await {
                Ok(value) => {
                    let after: After = Box::new(move || done(value));
                    Ok(after)
                }
                Err(failure) => {
                    let told = failure.clone();
                    let after: After = Box::new(move || failed(told));
                    Err((failure, after))
                }
            }
        }));
    }

    /// Without the types of what is asked and answered, so that the browser downloads it once.
    fn run(self, request: Request) {
        if self.busy.try_get_untracked() != Some(false) {
            return;
        }
        self.busy.set(true);
        self.failure.set(None);
        spawn_local(async move {
            let answer = request.await;
            let _ = self.busy.try_set(false);
            match answer {
                Ok(after) => after(),
                Err((failure, after)) => {
                    if failure.is(Code::Unauthenticated) {
                        self.session.forget();
                    }
                    let _ = self.failure.try_set(Some(failure));
                    after();
                }
            }
        });
    }

    /// What is wrong with one field, by JSON pointer.
    pub(crate) fn field(self, pointer: &'static str) -> Signal<Option<String>> {
        Signal::derive(move || {
            self.failure.with(|failure| failure.as_ref().and_then(|failure| failure.field(pointer)))
        })
    }
}

/// What failed and is no field's fault, above a form's button.
#[component]
pub fn FormFailure(submit: Submit, pointers: &'static [&'static str]) -> impl IntoView {
    move || {
        let failure = submit.failure.get()?;
        let text = failure.beyond(pointers)?;
        Some(view! {
            <div role="alert" class="rounded-control border border-bad bg-bad-tint px-3 py-2 text-table text-text">
                <p class="font-medium text-bad">{failure.title()}</p>
                <p class="mt-0.5 break-words">{ui::prose(&text)}</p>
                <ui::RequestId id=failure.request_id() />
            </div>
        })
    }
}
