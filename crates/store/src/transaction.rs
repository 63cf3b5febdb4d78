//! Transactions: what may be read and written is in their types.

use std::sync::Arc;
use std::time::{Duration, Instant};

use sea_orm::{ConnectionTrait as _, DatabaseTransaction, DbBackend};
use types::{OrgId, SourceId};
use uuid::Uuid;

use crate::executor::Executor;
use crate::keyring::Keys;
use crate::statement::{self, SLOW};
use crate::{Error, connect};

/// Whose rows a transaction sees. Made where somebody's right to an organization was checked, and by the worker for a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tenant {
    org: OrgId,
    sources: Option<Arc<[SourceId]>>,
}

impl Tenant {
    /// The tenant of an organization. The caller vouches that the right to it was checked.
    #[must_use]
    pub fn of(org: OrgId) -> Self {
        Self { org, sources: None }
    }

    /// The same, seeing of what concerns sources only what concerns these.
    #[must_use]
    pub fn limited_to(self, sources: impl Into<Arc<[SourceId]>>) -> Self {
        Self { sources: Some(sources.into()), ..self }
    }

    /// The organization.
    #[must_use]
    pub fn org(&self) -> OrgId {
        self.org
    }

    /// The sources that it is limited to; `None` when it sees all.
    #[must_use]
    pub fn sources(&self) -> Option<&[SourceId]> {
        self.sources.as_deref()
    }
}

mod sealed {
    use crate::executor::Executor;
    use crate::keyring::Keys;

    /// Proof of being inside this crate: methods that take it cannot be called from outside.
    #[derive(Clone, Copy, Debug)]
    pub struct Inside(pub(super) ());

    pub trait Sealed: Send + Sync {
        #[doc(hidden)]
        fn inner(&self, inside: Inside) -> &Executor;
        #[doc(hidden)]
        fn master_keys(&self, inside: Inside) -> &Keys;
    }
}

/// A transaction that may read the platform's tables.
#[diagnostic::on_unimplemented(message = "`{Self}` is not a transaction of the store")]
pub trait PlatformReads: sealed::Sealed {}

/// A transaction that may write the platform's tables.
#[diagnostic::on_unimplemented(message = "`{Self}` may not write the platform's tables")]
pub trait PlatformWrites: PlatformReads {}

/// A transaction that may read the tables of one organization.
#[diagnostic::on_unimplemented(message = "`{Self}` does not belong to an organization")]
pub trait Reads: PlatformReads {
    /// Whose rows it sees.
    fn org(&self) -> OrgId;
    /// The sources that it is limited to; `None` when it sees all.
    fn sources(&self) -> Option<&[SourceId]>;
}

/// What this crate's functions use of a transaction.
pub(crate) trait Connected {
    fn connection(&self) -> &Executor;
    fn keys(&self) -> &Keys;
}

impl<T: PlatformReads> Connected for T {
    fn connection(&self) -> &Executor {
        self.inner(sealed::Inside(()))
    }

    fn keys(&self) -> &Keys {
        self.master_keys(sealed::Inside(()))
    }
}

/// The same for a tenant's transaction.
pub(crate) trait Owned: Reads {
    /// The organization as a column value.
    fn org_id(&self) -> Uuid {
        self.org().0
    }
}

impl<T: Reads> Owned for T {}

macro_rules! transaction {
    ($(#[$doc:meta])* $name:ident { $($field:ident: $type:ty),* }) => {
        $(#[$doc])*
        #[derive(Debug)]
        #[must_use = "a transaction that is dropped is rolled back"]
        pub struct $name {
            inner: Executor,
            keys: Arc<Keys>,
            $($field: $type,)*
        }

        impl $name {
            pub(crate) fn new(inner: Executor, keys: Arc<Keys> $(, $field: $type)*) -> Self {
                Self { inner, keys $(, $field)* }
            }
        }

        impl sealed::Sealed for $name {
            fn inner(&self, _: sealed::Inside) -> &Executor {
                &self.inner
            }

            fn master_keys(&self, _: sealed::Inside) -> &Keys {
                &self.keys
            }
        }

        impl PlatformReads for $name {}
    };
}

transaction! {
    /// Reads the platform's tables.
    PlatformRead {}
}
transaction! {
    /// Reads and writes the platform's tables. Dropped without [`commit`](Self::commit), it is rolled back.
    PlatformWrite { begun: Instant }
}
transaction! {
    /// Reads the tables of one organization, and the platform's.
    ReadTx { tenant: Tenant }
}
transaction! {
    /// Reads and writes the tables of one organization, and the platform's. Dropped without [`commit`](Self::commit), it
    /// is rolled back.
    WriteTx { tenant: Tenant, begun: Instant }
}

impl PlatformWrites for PlatformWrite {}
impl PlatformWrites for WriteTx {}

impl Reads for ReadTx {
    fn org(&self) -> OrgId {
        self.tenant.org()
    }

    fn sources(&self) -> Option<&[SourceId]> {
        self.tenant.sources.as_deref()
    }
}

impl Reads for WriteTx {
    fn org(&self) -> OrgId {
        self.tenant.org()
    }

    fn sources(&self) -> Option<&[SourceId]> {
        self.tenant.sources.as_deref()
    }
}

impl PlatformWrite {
    /// Goes on with the tables of one organization beside the platform's, in the same transaction.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn within(self, tenant: &Tenant) -> Result<WriteTx, Error> {
        let Self { inner, keys, begun } = self;
        if inner.get_database_backend() == DbBackend::Postgres {
            connect::enter(&inner, tenant).await?;
        }
        Ok(WriteTx::new(inner, keys, tenant.clone(), begun))
    }

    /// Makes the changes permanent and visible.
    ///
    /// # Errors
    /// When the database refuses; then nothing was changed. [`Error::CommitUnknown`] when it went away meanwhile.
    pub async fn commit(self) -> Result<(), Error> {
        commit(self.inner, self.begun).await
    }
}

impl WriteTx {
    /// Goes on with a transaction of the tables' owner that has entered this organization, as one has that moves it. No secret
    /// opens in it.
    pub fn of_owner(transaction: DatabaseTransaction, tenant: Tenant) -> Self {
        Self::new(Executor::Transaction(transaction), Arc::default(), tenant, Instant::now())
    }

    /// Goes on with the tables of another organization, in the same transaction: for what is done to a person in each of
    /// theirs, or in none.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn within(self, tenant: &Tenant) -> Result<Self, Error> {
        let Self { inner, keys, begun, tenant: _ } = self;
        PlatformWrite { inner, keys, begun }.within(tenant).await
    }

    /// Makes the changes permanent and visible.
    ///
    /// # Errors
    /// When the database refuses; then nothing was changed. [`Error::CommitUnknown`] when it went away meanwhile.
    pub async fn commit(self) -> Result<(), Error> {
        commit(self.inner, self.begun).await
    }
}

/// A writer that holds SQLite's one write lock for longer than this makes others wait noticeably.
const LONG: Duration = Duration::from_millis(50);

async fn commit(inner: Executor, begun: Instant) -> Result<(), Error> {
    let asked = Instant::now();
    inner.commit().await.map_err(|error| match Error::from(error) {
        // It may have heard of it, and done it.
        Error::Unavailable => Error::CommitUnknown,
        refused => refused,
    })?;
    statement::log_slow("COMMIT", asked.elapsed(), SLOW);
    let held = begun.elapsed();
    let held_ms = u64::try_from(held.as_millis()).unwrap_or(u64::MAX);
    if held > LONG {
        tracing::debug!(held_ms, "a transaction held the write lock for long");
    } else {
        tracing::trace!(held_ms, "a transaction held the write lock");
    }
    Ok(())
}
