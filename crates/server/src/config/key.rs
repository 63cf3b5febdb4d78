//! The master key: given, or made at the first start of an embedded database.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};
use service::{Egress, Transit, TransitKey, key};
use store::{KeyWrapper, KeyWrappers, LocalKey, MasterKeys};

use super::Variables;
use super::vault::vault;

/// What wraps the master key.
#[derive(Clone)]
pub enum MasterKeySource {
    /// A key from the environment, or from the file that it names.
    Given(MasterKeys),
    /// A key in a file in the data folder, made when it is missing; its owner alone may read it.
    File { path: PathBuf, previous: Option<[u8; 32]> },
    /// A key that never leaves Vault.
    Vault { vault: TransitKey, previous: Option<[u8; 32]> },
}

impl MasterKeySource {
    /// What opens the master key; `egress` calls what is not at hand.
    ///
    /// # Errors
    /// When the file can be neither read nor made, or holds no key.
    pub fn load(&self, egress: &Egress) -> io::Result<KeyWrappers> {
        match self {
            Self::Given(keys) => Ok(keys.clone().into()),
            Self::File { path, previous } => {
                Ok(MasterKeys { current: read_or_make(path)?, previous: *previous }.into())
            }
            Self::Vault { vault, previous } => Ok(KeyWrappers {
                current: Arc::new(key::Vault(Transit::new(egress.clone(), vault.clone()))),
                previous: previous.map(|key| Arc::new(LocalKey::new(key)) as Arc<dyn KeyWrapper>),
            }),
        }
    }
}

/// The given one; without it, that of the embedded database.
pub(super) fn master_key(
    variables: &mut Variables,
    data_dir: &Path,
    sqlite: bool,
) -> Option<MasterKeySource> {
    const EXPECTED: &str = "it must be 32 bytes of base64; `openssl rand -base64 32` makes one";
    let mut decoded = |name| {
        let text = variables.secret(name)?;
        let key = decode(&text);
        if key.is_none() {
            variables.fault(name, EXPECTED);
        }
        key
    };
    let current = decoded("BASTION_MASTER_KEY");
    let previous = decoded("BASTION_MASTER_KEY_PREVIOUS");
    match (current, vault(variables)) {
        (Some(_), Some(_)) => {
            variables.fault(
                "BASTION_MASTER_KEY",
                "set either it or BASTION_VAULT_KEY, not both; the key that Vault takes over from is \
                 BASTION_MASTER_KEY_PREVIOUS",
            );
            None
        }
        (None, Some(vault)) => Some(MasterKeySource::Vault { vault, previous }),
        (Some(current), None) => Some(MasterKeySource::Given(MasterKeys { current, previous })),
        (None, None) if sqlite => Some(MasterKeySource::File { path: data_dir.join("master.key"), previous }),
        (None, None) => {
            if !variables.faults.iter().any(|fault| {
                fault.setting == "BASTION_MASTER_KEY" || fault.setting.starts_with("BASTION_VAULT_")
            }) {
                variables.fault("BASTION_MASTER_KEY", format!("PostgreSQL needs one: {EXPECTED}"));
            }
            None
        }
    }
}

/// 32 bytes of base64.
fn decode(text: &SecretString) -> Option<[u8; 32]> {
    STANDARD.decode(text.expose_secret()).ok()?.try_into().ok()
}

fn read_or_make(path: &Path) -> io::Result<[u8; 32]> {
    match make(path) {
        Ok(key) => Ok(key),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let text = SecretString::from(fs::read_to_string(path)?.trim().to_owned());
            decode(&text).ok_or_else(|| {
                io::Error::new(io::ErrorKind::InvalidData, "it does not hold 32 bytes of base64")
            })
        }
        Err(error) => Err(error),
    }
}

fn make(path: &Path) -> io::Result<[u8; 32]> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    let mut key = [0; 32];
    getrandom::fill(&mut key).map_err(io::Error::other)?;
    writeln!(file, "{}", STANDARD.encode(key))?;
    file.sync_all()?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn the_key_is_made_once_and_only_its_owner_may_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        let source = MasterKeySource::File { path: path.clone(), previous: None };
        let egress = Egress::new(service::EgressPolicy::default()).unwrap();
        let name = || source.load(&egress).map(|wrappers| wrappers.current.name());
        let first = name().unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(name().unwrap(), first);
        fs::write(&path, "no key").unwrap();
        assert!(name().is_err());
    }
}
