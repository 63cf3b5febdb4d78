//! Server-sent events: one stream, resumed where it stopped.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo_timers::callback::Timeout;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{EventSource, MessageEvent};

const FIRST_WAIT_MILLIS: u32 = 1_000;
const LONGEST_WAIT_MILLIS: u32 = 30_000;

/// One event of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// What to resume after.
    pub id: String,
    pub data: String,
}

/// Whether a stream delivers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LiveState {
    Connecting,
    Open,
    /// Waits before it tries again.
    Waiting,
    /// The server ended it: whoever listens may not any more.
    Ended,
}

/// The event by which the server ends a stream for good.
const END: &str = "end";

/// An open stream. Dropping it closes it.
pub struct Subscription {
    inner: Rc<Inner>,
}

type Address = Box<dyn Fn(Option<&str>) -> String>;
type Listener = Closure<dyn FnMut(MessageEvent)>;
type Notice = Closure<dyn FnMut()>;

struct Inner {
    /// The address, given what to resume after.
    address: Address,
    name: String,
    on_event: Box<dyn Fn(Event)>,
    on_state: Box<dyn Fn(LiveState)>,
    last: RefCell<Option<String>>,
    wait: Cell<u32>,
    closed: Cell<bool>,
    open: RefCell<Option<Open>>,
    timer: RefCell<Option<Timeout>>,
}

struct Open {
    source: EventSource,
    name: String,
    message: Listener,
    end: Listener,
    // Kept alive as long as the source may call them.
    _opened: Notice,
    _failed: Notice,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.source.set_onopen(None);
        self.source.set_onerror(None);
        for (name, listener) in [(self.name.as_str(), &self.message), (END, &self.end)] {
            let _ = self.source.remove_event_listener_with_callback(name, listener.as_ref().unchecked_ref());
        }
        self.source.close();
    }
}

impl Subscription {
    /// Opens a stream of events of one name. `address` makes the address from the last event's id. The browser
    /// resumes by itself after a cut; when the server refuses, this opens it anew after a growing wait.
    pub fn open(
        name: &str,
        address: impl Fn(Option<&str>) -> String + 'static,
        on_event: impl Fn(Event) + 'static,
        on_state: impl Fn(LiveState) + 'static,
    ) -> Self {
        let inner = Rc::new(Inner {
            address: Box::new(address),
            name: name.to_owned(),
            on_event: Box::new(on_event),
            on_state: Box::new(on_state),
            last: RefCell::new(None),
            wait: Cell::new(FIRST_WAIT_MILLIS),
            closed: Cell::new(false),
            open: RefCell::new(None),
            timer: RefCell::new(None),
        });
        connect(&inner);
        Self { inner }
    }

    /// Closes it; no callback runs after this.
    pub fn close(&self) {
        self.inner.closed.set(true);
        self.inner.timer.replace(None);
        self.inner.open.replace(None);
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.close();
    }
}

fn connect(inner: &Rc<Inner>) {
    if inner.closed.get() {
        return;
    }
    (inner.on_state)(LiveState::Connecting);
    let address = (inner.address)(inner.last.borrow().as_deref());
    let Ok(source) = EventSource::new(&address) else {
        retry(inner);
        return;
    };

    let weak = Rc::downgrade(inner);
    let message: Listener = Closure::new(move |event: MessageEvent| {
        let Some(inner) = weak.upgrade() else { return };
        let Some(data) = event.data().as_string() else {
            return;
        };
        let id = event.last_event_id();
        if !id.is_empty() {
            inner.last.replace(Some(id.clone()));
        }
        (inner.on_event)(Event { id, data });
    });
    let weak = Rc::downgrade(inner);
    let end: Listener = Closure::new(move |_| {
        let Some(inner) = weak.upgrade() else { return };
        // Closed and not dropped: this is the source's own callback, which it owns.
        if let Some(open) = inner.open.borrow().as_ref() {
            open.source.close();
        }
        (inner.on_state)(LiveState::Ended);
    });
    let weak = Rc::downgrade(inner);
    let opened: Notice = Closure::new(move || {
        let Some(inner) = weak.upgrade() else { return };
        inner.wait.set(FIRST_WAIT_MILLIS);
        (inner.on_state)(LiveState::Open);
    });
    let weak = Rc::downgrade(inner);
    let failed: Notice = Closure::new(move || {
        let Some(inner) = weak.upgrade() else { return };
        (inner.on_state)(LiveState::Waiting);
        let refused =
            inner.open.borrow().as_ref().is_some_and(|open| open.source.ready_state() == EventSource::CLOSED);
        if refused {
            retry(&inner);
        }
    });

    let listening =
        [(inner.name.as_str(), &message), (END, &end)].into_iter().try_for_each(|(name, listener)| {
            source.add_event_listener_with_callback(name, listener.as_ref().unchecked_ref())
        });
    source.set_onopen(Some(opened.as_ref().unchecked_ref()));
    source.set_onerror(Some(failed.as_ref().unchecked_ref()));
    inner.open.replace(Some(Open {
        source,
        name: inner.name.clone(),
        message,
        end,
        _opened: opened,
        _failed: failed,
    }));
    if listening.is_err() {
        retry(inner);
    }
}

fn retry(inner: &Rc<Inner>) {
    let wait = inner.wait.get();
    inner.wait.set((wait * 2).min(LONGEST_WAIT_MILLIS));
    let weak = Rc::downgrade(inner);
    let timer = Timeout::new(wait, move || {
        if let Some(inner) = weak.upgrade() {
            // Dropped here and not in the source's own callback, which it owns.
            inner.open.replace(None);
            connect(&inner);
        }
    });
    inner.timer.replace(Some(timer));
}
