//! Adds rows up: on a thread of its own while the next ones arrive, or, of few rows, where they arrive.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use super::projection::Kind;
use super::tuple::Tuples;
use super::{decode, expectation};
use crate::ScanError;
use crate::expectation::{Check, Tally};
use crate::measure::Measure;

/// Stretches that may wait: 2 MiB.
const WAITING: usize = 8;
/// How many bytes are handed over at once.
const STRETCH: usize = 256 * 1024;

/// A part of a table that was added up for itself.
#[derive(Clone, Debug, Default)]
pub(super) struct Section {
    pub(super) rows: u64,
    pub(super) measures: Vec<Measure>,
    /// What checks of the users' rules counted, in their order.
    pub(super) tallies: Vec<Tally>,
}

/// The sums and their thread, as those see them who feed it.
pub(super) struct Sketcher {
    sender: mpsc::Sender<Message>,
    thread: JoinHandle<Result<(), ScanError>>,
    sums: Arc<Mutex<Sums>>,
    buffer: Vec<u8>,
    /// The thread was sent something that it may not have come to.
    is_behind: bool,
}

enum Message {
    /// A statement's output begins.
    Begin,
    Bytes(Vec<u8>),
    /// What comes next is added up for itself.
    Divide,
    /// Tells when all that came before was added up.
    CatchUp(oneshot::Sender<()>),
}

impl Sketcher {
    /// For columns of these kinds; `empty` is where each section starts from. `with_page` says that each row comes
    /// behind its place.
    pub(super) fn start(kinds: Vec<Kind>, checks: Arc<[Check]>, empty: Section, with_page: bool) -> Self {
        let (sender, mut receiver) = mpsc::channel(WAITING);
        let sums = Arc::new(Mutex::new(Sums::new(kinds, checks, empty, with_page)));
        let of_thread = Arc::clone(&sums);
        let thread = tokio::task::spawn_blocking(move || {
            while let Some(message) = receiver.blocking_recv() {
                let mut sums = locked(&of_thread);
                match message {
                    Message::Begin => sums.tuples = Tuples::default(),
                    Message::Divide => sums.divide(),
                    Message::Bytes(bytes) => sums.feed(&bytes)?,
                    // Nobody waits any longer when the profile was given up.
                    Message::CatchUp(done) => drop(done.send(())),
                }
            }
            Ok(())
        });
        Self { sender, thread, sums, buffer: Vec::with_capacity(STRETCH + 4096), is_behind: false }
    }

    pub(super) async fn begin(&mut self) {
        self.flush().await;
        self.send(Message::Begin).await;
    }

    /// Takes bytes of the statement's output; true when a stretch was handed over.
    pub(super) async fn feed(&mut self, bytes: &[u8]) -> bool {
        self.buffer.extend_from_slice(bytes);
        let full = self.buffer.len() >= STRETCH;
        if full {
            self.flush().await;
        }
        full
    }

    /// Waits until all that was fed is added up.
    pub(super) async fn catch_up(&mut self) {
        self.flush().await;
        if std::mem::take(&mut self.is_behind) {
            let (sender, receiver) = oneshot::channel();
            self.send(Message::CatchUp(sender)).await;
            // A thread that ended says why in `finish`.
            let _ = receiver.await;
            self.is_behind = false;
        }
    }

    /// Adds a row up at once, after all that was caught up with.
    pub(super) fn add(&self, fields: &[Option<&[u8]>]) {
        locked(&self.sums).add(fields);
    }

    pub(super) async fn divide(&mut self) {
        self.flush().await;
        self.send(Message::Divide).await;
    }

    /// The sections, one more than divisions.
    pub(super) async fn finish(mut self) -> Result<Vec<Section>, ScanError> {
        self.flush().await;
        drop(self.sender);
        let ended = self.thread.await;
        ended.map_err(|error| ScanError::Internal(crate::error::quoted(&error.to_string())))??;
        Ok(locked(&self.sums).finish())
    }

    async fn flush(&mut self) {
        if !self.buffer.is_empty() {
            let full = std::mem::replace(&mut self.buffer, Vec::with_capacity(STRETCH + 4096));
            self.send(Message::Bytes(full)).await;
        }
    }

    async fn send(&mut self, message: Message) {
        self.is_behind = true;
        // The thread ends early only with an error, which `finish` tells.
        let _ = self.sender.send(message).await;
    }
}

/// A thread that panicked is told of by `finish`.
fn locked(sums: &Mutex<Sums>) -> MutexGuard<'_, Sums> {
    sums.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What is known so far.
struct Sums {
    kinds: Vec<Kind>,
    checks: Arc<[Check]>,
    empty: Section,
    with_page: bool,
    tuples: Tuples,
    /// The page of the row before.
    page: Option<[u8; 4]>,
    section: Section,
    sections: Vec<Section>,
}

impl Sums {
    fn new(kinds: Vec<Kind>, checks: Arc<[Check]>, empty: Section, with_page: bool) -> Self {
        let (section, tuples) = (empty.clone(), Tuples::default());
        Self { kinds, checks, empty, with_page, tuples, page: None, section, sections: Vec::new() }
    }

    fn feed(&mut self, bytes: &[u8]) -> Result<(), ScanError> {
        let fields = self.kinds.len() + usize::from(self.with_page);
        let mut tuples = std::mem::take(&mut self.tuples);
        let fed = tuples.feed(bytes, fields, |fields| self.add(fields));
        self.tuples = tuples;
        fed
    }

    #[inline]
    fn add(&mut self, mut fields: &[Option<&[u8]>]) {
        let section = &mut self.section;
        section.rows += 1;
        if self.with_page
            && let Some((place, rest)) = fields.split_first()
        {
            fields = rest;
            let here = place.and_then(|place| place.first_chunk::<4>());
            if self.page.is_some() && here != self.page.as_ref() {
                section.measures.iter_mut().for_each(Measure::end_page);
            }
            self.page = here.copied();
        }
        for ((kind, measure), field) in self.kinds.iter().zip(&mut section.measures).zip(fields) {
            match field {
                None => measure.null(),
                Some(bytes) => decode::add(measure, *kind, bytes),
            }
        }
        for (check, tally) in self.checks.iter().zip(&mut section.tallies) {
            if let (Some(kind), Some(Some(bytes))) = (self.kinds.get(check.column), fields.get(check.column))
            {
                tally.add(check, expectation::value(*kind, bytes));
            }
        }
    }

    fn divide(&mut self) {
        self.sections.push(std::mem::replace(&mut self.section, self.empty.clone()));
    }

    fn finish(&mut self) -> Vec<Section> {
        if self.with_page {
            self.section.measures.iter_mut().for_each(Measure::end_page);
        }
        self.sections.push(std::mem::take(&mut self.section));
        std::mem::take(&mut self.sections)
    }
}
