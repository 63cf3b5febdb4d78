//! Keys: the master key wraps each organization's data key, and a canary shows at start whether it is the right one.

use std::fmt;

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, EntityTrait};
use zeroize::{Zeroize, Zeroizing};

use crate::entity::key_canary;
use crate::transaction::Connected;
use crate::{Error, PlatformReads, PlatformWrite, Store};

/// Bytes of a key of AES-256.
pub(crate) const KEY_BYTES: usize = 32;
/// Bytes of a nonce of AES-GCM.
const NONCE_BYTES: usize = 12;
/// The one row of `key_canary`.
const CANARY: i32 = 1;
const CANARY_TEXT: &[u8] = b"bastion canary";

/// The key that wraps all others, and the one before it while it is being replaced. Never printed, wiped when dropped.
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

impl MasterKeys {
    /// The name of the current key: it says which key wrapped what, and nothing about the key.
    pub(crate) fn current_id(&self) -> String {
        key_id(&self.current)
    }

    /// The key of that name, if it is at hand.
    pub(crate) fn named(&self, id: &str) -> Option<&[u8; KEY_BYTES]> {
        [Some(&self.current), self.previous.as_ref()].into_iter().flatten().find(|key| key_id(key) == id)
    }
}

fn key_id(key: &[u8; KEY_BYTES]) -> String {
    let digest = blake3::derive_key("bastion 2026-11 master key id", key);
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// What a ciphertext belongs to, unambiguously: each part is preceded by its length.
pub(crate) fn associated(parts: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for part in parts {
        bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part);
    }
    bytes
}

/// Fresh random bytes of the operating system.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| {
        tracing::error!(%error, "the operating system gave no random bytes");
        Error::Unavailable
    })?;
    Ok(bytes)
}

/// Encrypts; answers the nonce and the ciphertext.
pub(crate) fn seal(key: &[u8; KEY_BYTES], plain: &[u8], aad: &[u8]) -> Result<(Vec<u8>, Vec<u8>), Error> {
    let nonce = random::<NONCE_BYTES>()?;
    let cipher = Aes256Gcm::new(key.into());
    let sealed = cipher
        .encrypt(&Nonce::from(nonce), Payload { msg: plain, aad })
        .map_err(|_| Error::SecretUnreadable)?;
    Ok((nonce.to_vec(), sealed))
}

/// Decrypts what was sealed for the same key and the same owner.
pub(crate) fn open(
    key: &[u8; KEY_BYTES],
    nonce: &[u8],
    sealed: &[u8],
    aad: &[u8],
) -> Result<Zeroizing<Vec<u8>>, Error> {
    let nonce: [u8; NONCE_BYTES] = nonce.try_into().map_err(|_| Error::SecretUnreadable)?;
    let cipher = Aes256Gcm::new(key.into());
    cipher
        .decrypt(&Nonce::from(nonce), Payload { msg: sealed, aad })
        .map(Zeroizing::new)
        .map_err(|_| Error::SecretUnreadable)
}

/// The same in one piece: the nonce, then the ciphertext.
pub(crate) fn wrap(key: &[u8; KEY_BYTES], plain: &[u8], aad: &[u8]) -> Result<Vec<u8>, Error> {
    let (mut bytes, sealed) = seal(key, plain, aad)?;
    bytes.extend_from_slice(&sealed);
    Ok(bytes)
}

/// Undoes [`wrap`].
pub(crate) fn unwrap(key: &[u8; KEY_BYTES], wrapped: &[u8], aad: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
    let (nonce, sealed) = wrapped.split_at_checked(NONCE_BYTES).ok_or(Error::SecretUnreadable)?;
    open(key, nonce, sealed, aad)
}

/// Makes the canary at the first start; at every later one the master key must open it.
pub(crate) async fn check_canary(store: &Store) -> Result<(), Error> {
    let read = store.platform_read().await?;
    let found = canary(&read).await?;
    drop(read);
    let row = match found {
        Some(row) => row,
        None => {
            let tx = store.platform_write().await?;
            write_canary(&tx, store.keys(), false).await?;
            // Another process may have been first, with another key.
            let row = canary(&tx).await?.ok_or(Error::WrongMasterKey)?;
            tx.commit().await?;
            row
        }
    };
    let key = store.keys().named(&row.key_id).ok_or(Error::WrongMasterKey)?;
    unwrap(key, &row.sealed, CANARY_TEXT).map_err(|_| Error::WrongMasterKey)?;
    Ok(())
}

async fn canary(tx: &impl PlatformReads) -> Result<Option<key_canary::Model>, Error> {
    Ok(key_canary::Entity::find_by_id(CANARY).one(tx.connection()).await?)
}

/// Seals the canary with the current master key; `replace` when that key has taken over from another.
pub(crate) async fn write_canary(tx: &PlatformWrite, keys: &MasterKeys, replace: bool) -> Result<(), Error> {
    let row = key_canary::ActiveModel {
        id: Set(CANARY),
        key_id: Set(keys.current_id()),
        sealed: Set(wrap(&keys.current, CANARY_TEXT, CANARY_TEXT)?),
    };
    let mut conflict = OnConflict::column(key_canary::Column::Id);
    if replace {
        conflict.update_columns([key_canary::Column::KeyId, key_canary::Column::Sealed]);
    } else {
        conflict.do_nothing();
    }
    key_canary::Entity::insert(row).on_conflict(conflict).exec_without_returning(tx.connection()).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ciphertext_opens_only_with_its_key_for_its_owner_and_unharmed() {
        let key = [7; KEY_BYTES];
        let aad = associated(&[b"org", b"row"]);
        let wrapped = wrap(&key, b"hush", &aad).unwrap();
        assert_eq!(unwrap(&key, &wrapped, &aad).unwrap().as_slice(), b"hush");
        let mut harmed = wrapped.clone();
        harmed[20] ^= 1;
        for (key, bytes, aad) in [
            ([8; KEY_BYTES], &wrapped, aad.clone()),
            (key, &wrapped, associated(&[b"orgr", b"ow"])),
            (key, &harmed, aad.clone()),
            (key, &wrapped[..5].to_vec(), aad.clone()),
        ] {
            assert_eq!(unwrap(&key, bytes, &aad).unwrap_err(), Error::SecretUnreadable);
        }
    }

    #[test]
    fn a_nonce_is_never_used_twice() {
        let key = [7; KEY_BYTES];
        let (first, _) = seal(&key, b"hush", b"").unwrap();
        let (second, _) = seal(&key, b"hush", b"").unwrap();
        assert_ne!(first, second);
    }
}
