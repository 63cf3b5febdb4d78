//! A master key that Vault wraps.

use async_trait::async_trait;
use integrations::vault::Transit;
use store::{KeyWrapper, WrapperError};
use zeroize::Zeroizing;

/// Wraps the master key with a key of Vault's Transit engine.
pub struct Vault(pub Transit);

#[async_trait]
impl KeyWrapper for Vault {
    fn name(&self) -> String {
        self.0.name()
    }

    async fn wrap(&self, key: &[u8], purpose: &[u8]) -> Result<Vec<u8>, WrapperError> {
        let wrapped = self.0.encrypt(key, purpose).await.map_err(|error| WrapperError(error.to_string()))?;
        Ok(wrapped.into_bytes())
    }

    async fn unwrap(&self, wrapped: &[u8], purpose: &[u8]) -> Result<Zeroizing<Vec<u8>>, WrapperError> {
        let text = std::str::from_utf8(wrapped)
            .map_err(|_| WrapperError("what is stored of the master key is damaged".to_owned()))?;
        self.0.decrypt(text, purpose).await.map_err(|error| WrapperError(error.to_string()))
    }
}
