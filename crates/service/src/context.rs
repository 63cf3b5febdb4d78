//! What every use case works with.

use std::sync::Arc;

use integrations::clerk::Clerk;
use integrations::oidc::RelyingParty;
use integrations::redis::Redis;
use integrations::{Connector, Dns, Mailer};
use store::Store;
use types::Timestamp;

use crate::callers::Callers;
use crate::identity::Gate;
use crate::overview::Overviews;
use crate::quality::Boards;
use crate::schema::Snapshots;
use crate::{Clock, Hub};

/// Who may sign up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignUpRule {
    /// Anybody.
    Open,
    /// Only the first person of the installation; then nobody without an invitation.
    First,
    /// Only whoever holds an invitation's e-mail address.
    Invite,
}

/// What the operator decided.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where people reach this server, without a trailing slash.
    pub public_url: String,
    pub sign_up: SignUpRule,
    /// Shown in the interface, such as `demo`.
    pub notice: Option<String>,
    /// How many days a deleted organization can be restored; then it is purged.
    pub deletion_grace_days: u32,
}

impl Settings {
    /// How many days a deleted organization can be restored unless the operator says otherwise.
    pub const DELETION_GRACE_DAYS: u32 = 30;
}

/// The store, the clock and the outside; cheap to clone.
#[derive(Clone)]
pub struct Context {
    pub store: Store,
    /// The same database as the role that does jobs, where that is another.
    pub job_store: Option<Store>,
    /// That of the role that answers requests, also while a job is done.
    server_store: Store,
    pub clock: Arc<dyn Clock>,
    /// Makes the client of an agent.
    pub connector: Arc<dyn Connector>,
    /// Sends mail; without one, links are logged for the operator.
    pub mailer: Option<Arc<dyn Mailer>>,
    /// Asks the providers of single sign-on; without one, there is none.
    pub relying_party: Option<Arc<RelyingParty>>,
    /// Says what domains publish; without it, only the operator says whose one is.
    pub dns: Option<Dns>,
    /// Whose sessions open this server as well, and whose organizations are here; without it, nobody's.
    pub clerk: Option<Arc<Clerk>>,
    /// Where all servers of the installation count together; without it, each counts for itself.
    pub redis: Option<Redis>,
    pub hub: Hub,
    pub settings: Arc<Settings>,
    pub(crate) gate: Gate,
    pub(crate) callers: Callers,
    pub(crate) snapshots: Snapshots,
    pub(crate) boards: Boards,
    pub(crate) overviews: Overviews,
}

impl Context {
    /// A context with a hub of its own.
    #[must_use]
    pub fn new(
        store: Store,
        clock: Arc<dyn Clock>,
        connector: Arc<dyn Connector>,
        settings: Settings,
    ) -> Self {
        Self {
            server_store: store.clone(),
            store,
            job_store: None,
            clock,
            connector,
            mailer: None,
            relying_party: None,
            dns: None,
            clerk: None,
            redis: None,
            hub: Hub::new(),
            settings: Arc::new(settings),
            gate: Gate::new(),
            callers: Callers::new(),
            snapshots: Snapshots::new(),
            boards: Boards::new(),
            overviews: Overviews::new(),
        }
    }

    /// The same, whose jobs are done by another role of the database.
    #[must_use]
    pub fn with_job_store(self, store: Store) -> Self {
        Self { job_store: Some(store), ..self }
    }

    /// The same for the worker: with the role that does jobs.
    #[must_use]
    pub fn for_jobs(&self) -> Self {
        let store = self.job_store.as_ref().unwrap_or(&self.store);
        Self { store: store.clone(), ..self.clone() }
    }

    /// The same for a job that lets people in, which the role for jobs may not.
    #[must_use]
    pub(crate) fn for_people(&self) -> Self {
        Self { store: self.server_store.clone(), ..self.clone() }
    }

    /// The same, which sends mail.
    #[must_use]
    pub fn with_mailer(self, mailer: Arc<dyn Mailer>) -> Self {
        Self { mailer: Some(mailer), ..self }
    }

    /// The same, in which people sign in by providers.
    #[must_use]
    pub fn with_relying_party(self, relying_party: RelyingParty) -> Self {
        Self { relying_party: Some(Arc::new(relying_party)), ..self }
    }

    /// The same, in which organizations prove by DNS that a domain is theirs.
    #[must_use]
    pub fn with_dns(self, dns: Dns) -> Self {
        Self { dns: Some(dns), ..self }
    }

    /// The same, in which people may come by Clerk.
    #[must_use]
    pub fn with_clerk(self, clerk: Clerk) -> Self {
        Self { clerk: Some(Arc::new(clerk)), ..self }
    }

    /// The same for tests, which sign thousands up and in: passwords are hashed with the least work that there is. Nothing that
    /// an operator can set leads here.
    ///
    /// # Errors
    /// [`Error::Internal`](crate::Error::Internal) when Argon2 does not know its own least work.
    pub fn with_least_work_for_passwords(self) -> Result<Self, crate::Error> {
        Ok(Self { gate: self.gate.with_least_work()?, ..self })
    }

    /// The same, which counts requests and sign-ins together with the other servers that have this Redis.
    #[must_use]
    pub fn with_redis(self, redis: Redis) -> Self {
        Self { gate: self.gate.with_redis(redis.clone()), redis: Some(redis), ..self }
    }

    /// The time, by the injected clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }
}
