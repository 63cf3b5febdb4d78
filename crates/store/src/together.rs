//! One answer for all who ask at the same time.
//!
//! Decision: a page of the interface asks a dozen things at once, and every browser that is open asks again whenever something
//! happens; the server's database would be asked as often whether anything has. Here one of them asks for all. But nobody is
//! given an answer that was asked for before they came, which might not know yet that their session was ended a moment ago: whoever
//! comes while somebody asks waits, and the next question is for all who wait. The libraries that let callers share a call let
//! them join one that has begun.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot::{self, Receiver, Sender};

/// What is told to somebody who waits.
enum Turn<V: Clone> {
    /// Somebody has asked since they came.
    Answer(V),
    /// It is theirs to ask.
    Ask(Asking<V>),
}

/// Who waits while somebody asks; nothing while nobody does.
type Waiting<V> = Option<Vec<Sender<Turn<V>>>>;

/// A question, and who asks it at the same time; cheap to clone.
pub(crate) struct Together<V: Clone>(Arc<Mutex<Waiting<V>>>);

impl<V: Clone> Clone for Together<V> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<V: Clone> Together<V> {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(None)))
    }

    /// The answer to a question that was asked after this was called, by whomever.
    pub(crate) async fn ask<F: Future<Output = V>>(&self, question: impl FnOnce() -> F) -> V {
        let turn = match self.begin() {
            Ok(asking) => Turn::Ask(asking),
            Err(waiting) => match waiting.await {
                Ok(turn) => turn,
                // Nobody is left to tell, as when the program ends.
                Err(_) => return question().await,
            },
        };
        match turn {
            Turn::Answer(answer) => answer,
            Turn::Ask(asking) => {
                let answer = question().await;
                asking.tell(&answer);
                answer
            }
        }
    }

    /// The turn to ask, or if somebody else has it, what to wait for.
    fn begin(&self) -> Result<Asking<V>, Receiver<Turn<V>>> {
        match &mut *self.waiting() {
            nobody @ None => {
                *nobody = Some(Vec::new());
                Ok(Asking { all: self.clone(), others: Vec::new(), is_theirs: true })
            }
            Some(waiting) => {
                let (sender, receiver) = oneshot::channel();
                waiting.push(sender);
                Err(receiver)
            }
        }
    }

    /// Who has come since; when it is nobody, nobody has the turn any more.
    fn take(&self) -> Vec<Sender<Turn<V>>> {
        let mut waiting = self.waiting();
        let came = waiting.as_mut().map(std::mem::take).unwrap_or_default();
        if came.is_empty() {
            *waiting = None;
        }
        came
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting<V>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The turn to ask. It passes on however it ends: by an answer, or because whoever has it wants none any more, even before they
/// have heard of it.
struct Asking<V: Clone> {
    all: Together<V>,
    /// Who came before the question, and waits for its answer.
    others: Vec<Sender<Turn<V>>>,
    /// Not when it was passed on.
    is_theirs: bool,
}

impl<V: Clone> Asking<V> {
    fn tell(mut self, answer: &V) {
        for other in self.others.drain(..) {
            // Who has left needs none.
            let _left = other.send(Turn::Answer(answer.clone()));
        }
    }
}

impl<V: Clone> Drop for Asking<V> {
    fn drop(&mut self) {
        if !self.is_theirs {
            return;
        }
        let mut waiting = std::mem::take(&mut self.others);
        loop {
            if waiting.is_empty() {
                waiting = self.all.take();
            }
            let Some(next) = waiting.pop() else { return };
            let asking =
                Self { all: self.all.clone(), others: std::mem::take(&mut waiting), is_theirs: true };
            let Err(Turn::Ask(mut returned)) = next.send(Turn::Ask(asking)) else { return };
            returned.is_theirs = false;
            waiting = std::mem::take(&mut returned.others);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::pin::{Pin, pin};
    use std::task::{Context, Poll, Waker};

    use super::*;

    type Numbers = Together<u32>;

    /// Asks and is told how many questions there were, this one among them, as soon as the gate is open.
    async fn ask(together: &Numbers, asked: &Cell<u32>, gate: &Cell<bool>) -> u32 {
        let question = || {
            asked.set(asked.get() + 1);
            let number = asked.get();
            async move {
                std::future::poll_fn(|_| if gate.get() { Poll::Ready(()) } else { Poll::Pending }).await;
                number
            }
        };
        together.ask(question).await
    }

    fn poll<F: Future>(future: Pin<&mut F>) -> Option<F::Output> {
        match future.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(output) => Some(output),
            Poll::Pending => None,
        }
    }

    #[test]
    fn whoever_comes_while_somebody_asks_shares_the_next_answer_and_never_the_one_before() {
        let (together, asked, gate) = (Numbers::new(), Cell::new(0), Cell::new(false));
        let ask = || ask(&together, &asked, &gate);
        let mut first = pin!(ask());
        assert_eq!(poll(first.as_mut()), None);
        let mut late: Vec<_> = (0..3).map(|_| Box::pin(ask())).collect();
        for one in &mut late {
            assert_eq!(poll(one.as_mut()), None);
        }
        assert_eq!(asked.get(), 1);
        gate.set(true);
        assert_eq!(poll(first), Some(1));
        // The last of them has the turn, and tells the others.
        let told: Vec<_> = late.iter_mut().rev().map(|one| poll(one.as_mut())).collect();
        assert_eq!((told, asked.get()), (vec![Some(2); 3], 2));
        assert!(together.waiting().is_none());
    }

    #[test]
    fn who_asks_something_else_does_not_wait() {
        let (together, asked, gate) = (Numbers::new(), Cell::new(0), Cell::new(false));
        assert_eq!(poll(pin!(ask(&together, &asked, &gate))), None);
        let mut first = pin!(ask(&together, &asked, &gate));
        assert_eq!(poll(first.as_mut()), None);
        let (other, open) = (Numbers::new(), Cell::new(true));
        assert_eq!(poll(pin!(ask(&other, &asked, &open))), Some(3));
    }

    #[test]
    fn when_whoever_asks_leaves_somebody_who_waits_asks_instead() {
        let (together, asked, gate) = (Numbers::new(), Cell::new(0), Cell::new(false));
        let ask = || ask(&together, &asked, &gate);
        let mut first = Box::pin(ask());
        let mut late: Vec<_> = (0..3).map(|_| Box::pin(ask())).collect();
        for one in std::iter::once(&mut first).chain(&mut late) {
            assert_eq!(poll(one.as_mut()), None);
        }
        drop(first);
        // One who has the turn leaves before they hear of it, and one who asked in their place while they ask.
        drop(late.pop());
        assert_eq!(poll(late[1].as_mut()), None);
        assert_eq!(asked.get(), 2);
        drop(late.pop());
        gate.set(true);
        assert_eq!(poll(late[0].as_mut()), Some(3));
        assert!(together.waiting().is_none());
    }

    #[test]
    fn whoever_has_left_is_passed_over_and_the_next_who_comes_need_not_wait() {
        let (together, asked, gate) = (Numbers::new(), Cell::new(0), Cell::new(false));
        let ask = || ask(&together, &asked, &gate);
        let mut all: Vec<_> = (0..4).map(|_| Box::pin(ask())).collect();
        for one in &mut all {
            assert_eq!(poll(one.as_mut()), None);
        }
        let first = all.remove(0);
        drop(all);
        drop(first);
        assert!(together.waiting().is_none());
        gate.set(true);
        assert_eq!(poll(pin!(ask())), Some(2));
    }
}
