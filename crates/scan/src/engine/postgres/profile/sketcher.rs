//! Adds rows up on a thread of its own, while the next ones arrive.

use std::sync::Arc;

use tokio::sync::mpsc;
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

/// The thread, as those see it who feed it.
pub(super) struct Sketcher {
    sender: mpsc::Sender<Message>,
    thread: JoinHandle<Result<Vec<Section>, ScanError>>,
    buffer: Vec<u8>,
}

enum Message {
    /// A statement's output begins.
    Begin,
    Bytes(Vec<u8>),
    /// What comes next is added up for itself.
    Divide,
}

impl Sketcher {
    /// For columns of these kinds; `empty` is where each section starts from. `with_page` says that each row comes
    /// behind its place.
    pub(super) fn start(kinds: Vec<Kind>, checks: Arc<[Check]>, empty: Section, with_page: bool) -> Self {
        let (sender, receiver) = mpsc::channel(WAITING);
        let thread =
            tokio::task::spawn_blocking(move || add_up(receiver, &kinds, &checks, &empty, with_page));
        Self { sender, thread, buffer: Vec::with_capacity(STRETCH + 4096) }
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

    pub(super) async fn divide(&mut self) {
        self.flush().await;
        self.send(Message::Divide).await;
    }

    /// The sections, one more than divisions.
    pub(super) async fn finish(mut self) -> Result<Vec<Section>, ScanError> {
        self.flush().await;
        drop(self.sender);
        self.thread.await.map_err(|error| ScanError::Internal(crate::error::quoted(&error.to_string())))?
    }

    async fn flush(&mut self) {
        if !self.buffer.is_empty() {
            let full = std::mem::replace(&mut self.buffer, Vec::with_capacity(STRETCH + 4096));
            self.send(Message::Bytes(full)).await;
        }
    }

    async fn send(&self, message: Message) {
        // The thread ends early only with an error, which `finish` tells.
        let _ = self.sender.send(message).await;
    }
}

fn add_up(
    mut receiver: mpsc::Receiver<Message>,
    kinds: &[Kind],
    checks: &[Check],
    empty: &Section,
    with_page: bool,
) -> Result<Vec<Section>, ScanError> {
    let mut sections = Vec::new();
    let mut section = empty.clone();
    let mut tuples = Tuples::default();
    let mut page = None;
    let fields = kinds.len() + usize::from(with_page);
    while let Some(message) = receiver.blocking_recv() {
        match message {
            Message::Begin => tuples = Tuples::default(),
            Message::Divide => sections.push(std::mem::replace(&mut section, empty.clone())),
            Message::Bytes(bytes) => tuples.feed(&bytes, fields, |mut fields| {
                section.rows += 1;
                if with_page && let Some((place, rest)) = fields.split_first() {
                    fields = rest;
                    let here = place.and_then(|place| place.first_chunk::<4>());
                    if page.is_some() && here != page.as_ref() {
                        section.measures.iter_mut().for_each(Measure::end_page);
                    }
                    page = here.copied();
                }
                for ((kind, measure), field) in kinds.iter().zip(&mut section.measures).zip(fields) {
                    match field {
                        None => measure.null(),
                        Some(bytes) => decode::add(measure, *kind, bytes),
                    }
                }
                for (check, tally) in checks.iter().zip(&mut section.tallies) {
                    if let (Some(kind), Some(Some(bytes))) =
                        (kinds.get(check.column), fields.get(check.column))
                    {
                        tally.add(check, expectation::value(*kind, bytes));
                    }
                }
            })?,
        }
    }
    if with_page {
        section.measures.iter_mut().for_each(Measure::end_page);
    }
    sections.push(section);
    Ok(sections)
}
