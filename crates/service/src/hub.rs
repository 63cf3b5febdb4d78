//! Hints within this process that something new can be read.

use tokio::sync::broadcast;
use types::OrgId;

/// What there is to read again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    /// The organization's activity has grown.
    Activity,
    /// A step has logged lines.
    Log,
    /// A job was enqueued.
    Job,
}

/// One hint. It carries no data: whoever hears it reads from the store by sequence number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hint {
    pub org: OrgId,
    pub topic: Topic,
}

/// Sends hints to whoever listens. A hint may be lost, so listeners also poll.
#[derive(Clone, Debug)]
pub struct Hub(broadcast::Sender<Hint>);

impl Hub {
    /// How many hints a slow listener may fall behind before it loses some.
    const BACKLOG: usize = 256;

    /// A hub without listeners.
    #[must_use]
    pub fn new() -> Self {
        Self(broadcast::Sender::new(Self::BACKLOG))
    }

    /// Tells the listeners; call it after the commit.
    pub fn publish(&self, org: OrgId, topic: Topic) {
        // An error only says that nobody listens.
        let _ = self.0.send(Hint { org, topic });
    }

    /// Hears every hint from now on, of all organizations.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<Hint> {
        self.0.subscribe()
    }
}

impl Default for Hub {
    fn default() -> Self {
        Self::new()
    }
}
