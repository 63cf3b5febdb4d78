//! The master keys that this process has opened. A key that another process made since is fetched before the next
//! transaction begins.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use sea_orm::ActiveValue::Set;
use sea_orm::EntityTrait;
use types::Timestamp;
use zeroize::Zeroizing;

use crate::entity::master_key;
use crate::key::{self, KEY_BYTES};
use crate::transaction::Connected;
use crate::wrapper::{KeyWrapper, KeyWrappers};
use crate::{Error, PlatformWrite, Store};

/// Not more often is it looked for keys that are missing: whoever keeps them may be at the other end of a network.
const PATIENCE: Duration = Duration::from_secs(2);

/// Opened master keys, by their ids. Never printed, wiped when dropped.
#[derive(Clone, Default)]
pub struct Keys {
    keys: Vec<(String, Arc<Zeroizing<[u8; KEY_BYTES]>>)>,
    /// Set when a key was asked for that is not here.
    missing: Arc<AtomicBool>,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys(…)")
    }
}

impl Keys {
    /// The key of an id.
    ///
    /// # Errors
    /// [`Error::MasterKeyReplaced`] when it is not here, or not yet.
    pub(crate) fn named(&self, id: &str) -> Result<&[u8; KEY_BYTES], Error> {
        let found = self.keys.iter().find(|(known, _)| known == id).map(|(_, key)| &***key);
        found.ok_or_else(|| {
            self.missing.store(true, Ordering::Relaxed);
            Error::MasterKeyReplaced
        })
    }

    fn add(&mut self, key: Zeroizing<[u8; KEY_BYTES]>) {
        let id = key::key_id(&key);
        if !self.keys.iter().any(|(known, _)| *known == id) {
            self.keys.push((id, Arc::new(key)));
        }
    }
}

/// The keys of a process, and what opens more of them.
pub(crate) struct Keyring {
    pub(crate) wrappers: KeyWrappers,
    missing: Arc<AtomicBool>,
    opened: Mutex<Opened>,
}

struct Opened {
    keys: Arc<Keys>,
    looked_at: Option<Instant>,
}

impl Keyring {
    /// An empty one.
    pub(crate) fn new(wrappers: KeyWrappers) -> Self {
        let missing = Arc::new(AtomicBool::new(false));
        let keys = Arc::new(Keys { missing: missing.clone(), ..Keys::default() });
        Self { wrappers, missing, opened: Mutex::new(Opened { keys, looked_at: None }) }
    }

    /// The keys as they are now.
    pub(crate) fn keys(&self) -> Arc<Keys> {
        self.opened().keys.clone()
    }

    /// Whether it is time to look for a key that was asked for and is not here.
    fn is_to_look(&self) -> bool {
        let mut opened = self.opened();
        let due = opened.looked_at.is_none_or(|at| at.elapsed() >= PATIENCE)
            && self.missing.swap(false, Ordering::Relaxed);
        if due {
            opened.looked_at = Some(Instant::now());
        }
        due
    }

    fn add(&self, keys: Vec<Zeroizing<[u8; KEY_BYTES]>>) {
        let mut opened = self.opened();
        let mut all = Keys::clone(&opened.keys);
        keys.into_iter().for_each(|key| all.add(key));
        opened.keys = Arc::new(all);
    }

    fn opened(&self) -> std::sync::MutexGuard<'_, Opened> {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A master key that is to take the place of the present one: wrapped, but not in use.
pub struct Fresh {
    pub(crate) id: String,
    pub(crate) wrapped: Vec<u8>,
    pub(crate) wrapped_by: String,
    key: Zeroizing<[u8; KEY_BYTES]>,
}

impl Store {
    /// Makes a master key and has it wrapped. Nothing uses it yet.
    ///
    /// # Errors
    /// [`Error::Wrapper`] when whatever wraps keys cannot be reached or refuses.
    pub async fn fresh_master_key(&self) -> Result<Fresh, Error> {
        let key = Zeroizing::new(key::random::<KEY_BYTES>()?);
        let id = key::key_id(&key);
        let wrapper = &self.keyring().wrappers.current;
        let wrapped = wrapper.wrap(key.as_slice(), &purpose(&id)).await?;
        self.keyring().add(vec![key.clone()]);
        Ok(Fresh { id, wrapped, wrapped_by: wrapper.name(), key })
    }

    /// Opens the master keys, of which the first start of all makes the first one. The present one must open.
    pub(crate) async fn open_keys(&self) -> Result<(), Error> {
        if key::canary(&self.platform_read().await?).await?.is_none() {
            let fresh = self.fresh_master_key().await?;
            let tx = self.platform_write().await?;
            if key::first_canary(&tx, &fresh.id, &fresh.key).await? {
                insert(&tx, &fresh, Timestamp(chrono::Utc::now())).await?;
                tx.commit().await?;
            }
            // Another process may have been first, with another key.
        }
        self.load_keys().await?;
        let read = self.platform_read().await?;
        let row = key::canary(&read).await?.ok_or(Error::WrongMasterKey)?;
        let key = read.keys().named(&row.key_id).map_err(|_| Error::WrongMasterKey)?;
        key::open_canary(&row, key)
    }

    /// Looks for keys that were asked for in vain, if there were any.
    pub(crate) async fn refresh_keys(&self) {
        if self.keyring().is_to_look()
            && let Err(error) = self.load_keys().await
        {
            tracing::warn!(%error, "master keys that were made since cannot be opened");
        }
    }

    /// Opens whatever can be opened; no transaction is open meanwhile. Boxed, as it begins transactions, which call it.
    fn load_keys(&self) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(self.load_keys_now())
    }

    async fn load_keys_now(&self) -> Result<(), Error> {
        let tx = self.platform_read().await?;
        let present = key::canary(&tx).await?.map(|row| row.key_id);
        let rows = master_key::Entity::find().all(tx.connection()).await?;
        drop(tx);
        let wrappers = &self.keyring().wrappers;
        let mut keys: Vec<_> =
            wrappers.all().filter_map(KeyWrapper::itself).copied().map(Zeroizing::new).collect();
        for row in rows {
            let Some(wrapper) = wrappers.named(&row.wrapped_by) else { continue };
            let opened = match wrapper.unwrap(&row.wrapped, &purpose(&row.key_id)).await {
                Ok(opened) => opened,
                // What is not in use may stay closed.
                Err(error) if present.as_ref() != Some(&row.key_id) => {
                    tracing::warn!(%error, "a master key that was replaced cannot be opened");
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            let key = <[u8; KEY_BYTES]>::try_from(opened.as_slice()).map_err(|_| Error::WrongMasterKey)?;
            keys.push(Zeroizing::new(key));
        }
        self.keyring().add(keys);
        Ok(())
    }
}

/// Keeps a wrapped key.
pub(crate) async fn insert(tx: &PlatformWrite, fresh: &Fresh, now: Timestamp) -> Result<(), Error> {
    let row = master_key::ActiveModel {
        key_id: Set(fresh.id.clone()),
        wrapped: Set(fresh.wrapped.clone()),
        wrapped_by: Set(fresh.wrapped_by.clone()),
        created_at: Set(now.millis()),
    };
    master_key::Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// A wrapped key belongs to its row.
fn purpose(id: &str) -> Vec<u8> {
    key::associated(&[b"bastion/master-key/1", id.as_bytes()])
}

#[cfg(test)]
mod tests {
    use sea_orm::{ColumnTrait as _, QueryFilter as _};
    use types::OrgId;
    use uuid::Uuid;

    use super::*;
    use crate::master_key as replacement;
    use crate::{MasterKeys, Settings, Tenant, secret};

    #[tokio::test]
    async fn the_key_of_an_earlier_release_is_the_master_key_until_another_takes_over() {
        let directory = tempfile::TempDir::new().unwrap();
        let url = format!("sqlite://{}/keys.db?mode=rwc", directory.path().display());
        migrations::up(&url, None).await.unwrap();
        let settings = Settings { url, owner_url: None, max_connections: 2, dev: false };
        let connect = async || {
            Store::connect(&settings, MasterKeys { current: [1; KEY_BYTES], previous: None }).await.unwrap()
        };
        let (tenant, now) = (Tenant::of(OrgId(Uuid::nil())), Timestamp::from_millis(0).unwrap());
        let open = async |store: &Store| {
            let tx = store.read(&tenant).await.unwrap();
            secret::open(&tx, "connection", Uuid::nil(), "token").await.unwrap().unwrap().to_string()
        };
        // As such a release left it.
        let store = connect().await;
        let tx = store.platform_write().await.unwrap();
        key::replace_canary(&tx, &key::key_id(&[1; KEY_BYTES])).await.unwrap();
        let all = master_key::Column::CreatedAt.is_not_null();
        master_key::Entity::delete_many().filter(all).exec(tx.connection()).await.unwrap();
        tx.commit().await.unwrap();

        let store = connect().await;
        let tx = store.write(&tenant).await.unwrap();
        secret::put(&tx, "connection", Uuid::nil(), "token", "kept", now).await.unwrap();
        tx.commit().await.unwrap();
        assert!(!replacement::is_wrapped_anew(&store, &store.platform_read().await.unwrap()).await.unwrap());
        let fresh = store.fresh_master_key().await.unwrap();
        let tx = store.platform_write().await.unwrap();
        replacement::replace(&tx, &fresh, now).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(open(&connect().await).await, "kept");
        let tx = store.write(&tenant).await.unwrap();
        assert_eq!(secret::rewrap(&tx).await.unwrap(), 1);
        tx.commit().await.unwrap();
        assert_eq!(open(&connect().await).await, "kept");
    }
}
