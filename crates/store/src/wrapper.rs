//! What the operator keeps outside of the database: it opens the master key, which opens everything else.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use zeroize::{Zeroize, Zeroizing};

use crate::key::{self, KEY_BYTES};

/// Opens and closes master keys. Asked when the server starts and when a master key is replaced, never while a
/// transaction is open: it may be a system at the other end of a network.
#[async_trait]
pub trait KeyWrapper: Send + Sync {
    /// Tells it apart from every other; kept beside what it wrapped. Holds no secret.
    fn name(&self) -> String;

    /// Closes a key, for this purpose only.
    ///
    /// # Errors
    /// When it cannot be reached or refuses.
    async fn wrap(&self, key: &[u8], purpose: &[u8]) -> Result<Vec<u8>, WrapperError>;

    /// Opens what it closed for the same purpose.
    ///
    /// # Errors
    /// When it cannot be reached, refuses, or closed something else.
    async fn unwrap(&self, wrapped: &[u8], purpose: &[u8]) -> Result<Zeroizing<Vec<u8>>, WrapperError>;

    /// The key itself where it is at hand: in installations of earlier releases it was the master key.
    fn itself(&self) -> Option<&[u8; KEY_BYTES]> {
        None
    }
}

/// Why a master key could not be opened or closed, as a sentence for the operator; it holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct WrapperError(pub String);

/// 32 bytes that the operator keeps, in the environment or in a file. Never printed, wiped when dropped.
#[derive(Clone)]
pub struct LocalKey([u8; KEY_BYTES]);

impl LocalKey {
    /// The key of these bytes.
    #[must_use]
    pub fn new(bytes: [u8; KEY_BYTES]) -> Self {
        Self(bytes)
    }
}

impl Drop for LocalKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

#[async_trait]
impl KeyWrapper for LocalKey {
    fn name(&self) -> String {
        format!("key:{}", key::key_id(&self.0))
    }

    async fn wrap(&self, plain: &[u8], purpose: &[u8]) -> Result<Vec<u8>, WrapperError> {
        key::wrap(&self.0, plain, purpose).map_err(|error| WrapperError(error.to_string()))
    }

    async fn unwrap(&self, wrapped: &[u8], purpose: &[u8]) -> Result<Zeroizing<Vec<u8>>, WrapperError> {
        key::unwrap(&self.0, wrapped, purpose)
            .map_err(|_| WrapperError("what is stored of the master key is damaged".to_owned()))
    }

    fn itself(&self) -> Option<&[u8; KEY_BYTES]> {
        Some(&self.0)
    }
}

/// What wraps the master key, and what wrapped it before, while that is being replaced.
#[derive(Clone)]
pub struct KeyWrappers {
    pub current: Arc<dyn KeyWrapper>,
    pub previous: Option<Arc<dyn KeyWrapper>>,
}

impl KeyWrappers {
    /// The one of a name.
    pub(crate) fn named(&self, name: &str) -> Option<&dyn KeyWrapper> {
        self.all().find(|wrapper| wrapper.name() == name)
    }

    /// Both, the current one first.
    pub(crate) fn all(&self) -> impl Iterator<Item = &dyn KeyWrapper> {
        [Some(&self.current), self.previous.as_ref()].into_iter().flatten().map(AsRef::as_ref)
    }
}

impl fmt::Debug for KeyWrappers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.all().map(KeyWrapper::name)).finish()
    }
}

/// The operator's key, and the one before it while it is being replaced. Never printed, wiped when dropped.
#[derive(Clone)]
pub struct MasterKeys {
    pub current: [u8; KEY_BYTES],
    pub previous: Option<[u8; KEY_BYTES]>,
}

impl fmt::Debug for MasterKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKeys(…)")
    }
}

impl Drop for MasterKeys {
    fn drop(&mut self) {
        self.current.zeroize();
        self.previous.zeroize();
    }
}

impl From<MasterKeys> for KeyWrappers {
    fn from(keys: MasterKeys) -> Self {
        Self {
            current: Arc::new(LocalKey(keys.current)),
            previous: keys.previous.map(|key| Arc::new(LocalKey(key)) as Arc<dyn KeyWrapper>),
        }
    }
}
