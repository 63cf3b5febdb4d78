//! Keys: a master key wraps each organization's data key, and the canary says which master key is the present one, and
//! shows at start whether it opens.

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use sea_orm::{ActiveValue::Set, EntityTrait, QuerySelect, TryInsertResult};
use zeroize::Zeroizing;

use crate::entity::key_canary;
use crate::transaction::Connected;
use crate::{Error, PlatformReads, PlatformWrite, PlatformWrites};

/// Bytes of a key of AES-256.
pub(crate) const KEY_BYTES: usize = 32;
/// Bytes of a nonce of AES-GCM.
const NONCE_BYTES: usize = 12;
/// The one row of `key_canary`.
const CANARY: i32 = 1;
const CANARY_TEXT: &[u8] = b"bastion canary";

/// The name of a key: it says which key wrapped what, and nothing about the key.
pub(crate) fn key_id(key: &[u8; KEY_BYTES]) -> String {
    let digest = blake3::derive_key("bastion 2026-11 master key id", key);
    hex::encode(&digest[..8])
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

/// The canary: which master key is the present one.
pub(crate) async fn canary(tx: &impl PlatformReads) -> Result<Option<key_canary::Model>, Error> {
    Ok(key_canary::Entity::find_by_id(CANARY).one(tx.connection()).await?)
}

/// The present master key, for what is to be wrapped in this transaction: until it ends, nobody can replace the key.
///
/// # Errors
/// [`Error::MasterKeyReplaced`] when this process does not have it.
pub(crate) async fn present(tx: &impl PlatformWrites) -> Result<(String, &[u8; KEY_BYTES]), Error> {
    let row = key_canary::Entity::find_by_id(CANARY).lock_shared().one(tx.connection()).await?;
    let id = row.ok_or(Error::WrongMasterKey)?.key_id;
    let key = tx.keys().named(&id)?;
    Ok((id, key))
}

/// Fails unless the key is the one that sealed the canary.
pub(crate) fn open_canary(row: &key_canary::Model, key: &[u8; KEY_BYTES]) -> Result<(), Error> {
    unwrap(key, &row.sealed, CANARY_TEXT).map(drop).map_err(|_| Error::WrongMasterKey)
}

/// Makes the canary of the first start; `false` when another process was faster.
pub(crate) async fn first_canary(tx: &PlatformWrite, id: &str, key: &[u8; KEY_BYTES]) -> Result<bool, Error> {
    let inserted = key_canary::Entity::insert(sealed_canary(id, key)?)
        .on_conflict_do_nothing_on([key_canary::Column::Id])
        .exec_without_returning(tx.connection())
        .await?;
    Ok(matches!(inserted, TryInsertResult::Inserted(1..)))
}

/// Makes a key the present one. Whoever is about to wrap something with the one before is waited for.
pub(crate) async fn replace_canary(tx: &PlatformWrite, id: &str) -> Result<(), Error> {
    let row = sealed_canary(id, tx.keys().named(id)?)?;
    key_canary::Entity::update(row).exec(tx.connection()).await?;
    Ok(())
}

fn sealed_canary(id: &str, key: &[u8; KEY_BYTES]) -> Result<key_canary::ActiveModel, Error> {
    Ok(key_canary::ActiveModel {
        id: Set(CANARY),
        key_id: Set(id.to_owned()),
        sealed: Set(wrap(key, CANARY_TEXT, CANARY_TEXT)?),
    })
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
