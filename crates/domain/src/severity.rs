//! How much a change hurts those who read and those who write.
//!
//! One boolean cannot say it: dropping `NOT NULL` is nothing to a writer and a surprise to a reader; adding it is the
//! reverse. Each rule is a [`Verdict`], in a table by noun; `types` ranks type changes by each engine's lattice.

pub(crate) mod column;
pub(crate) mod constraint;
pub(crate) mod object;
pub(crate) mod privilege;
pub(crate) mod relation;
pub(crate) mod types;

use ::types::change::{Flag, Severity};

/// What a rule says of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    pub readers: Severity,
    pub writers: Severity,
    pub flags: &'static [Flag],
    /// Atlas lint codes.
    pub codes: &'static [&'static str],
    /// One sentence: why it matters.
    pub reason: &'static str,
}

impl Verdict {
    pub(crate) const fn new(readers: Severity, writers: Severity, reason: &'static str) -> Self {
        Self { readers, writers, flags: &[], codes: &[], reason }
    }

    pub(crate) const fn flags(mut self, flags: &'static [Flag]) -> Self {
        self.flags = flags;
        self
    }

    pub(crate) const fn codes(mut self, codes: &'static [&'static str]) -> Self {
        self.codes = codes;
        self
    }

    /// The same with the audiences' severities raised to at least those of `other`.
    pub(crate) fn at_least(mut self, other: Self) -> Self {
        self.readers = self.readers.max(other.readers);
        self.writers = self.writers.max(other.writers);
        self
    }
}

/// Short names, so that a table of rules reads like one.
pub(crate) mod level {
    use ::types::change::Severity;

    pub(crate) const I: Severity = Severity::Info;
    pub(crate) const S: Severity = Severity::Safe;
    pub(crate) const P: Severity = Severity::PotentiallyBreaking;
    pub(crate) const B: Severity = Severity::Breaking;
}

pub(crate) const COMMENT: Verdict = Verdict::new(level::I, level::I, "Only the description changed.");
pub(crate) const OWNER: Verdict =
    Verdict::new(level::I, level::I, "Another role owns it; its rights and default privileges may differ.");
