//! Which key of Vault wraps the master key.

use std::path::PathBuf;

use service::{TransitKey, VaultToken};
use url::Url;

use super::Variables;

const KEY: &str = "BASTION_VAULT_KEY";
const ADDRESS: &str = "BASTION_VAULT_ADDR";
const TOKEN: &str = "BASTION_VAULT_TOKEN";

/// All of it or nothing.
pub(super) fn vault(variables: &mut Variables) -> Option<TransitKey> {
    let name = |text: &str| {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte);
        let parts = text.split('/').all(|part| !part.trim_matches('.').is_empty());
        (parts && text.bytes().all(fits)).then(|| text.to_owned())
    };
    let key = variables.parsed(None, KEY, "the name of a key of the Transit engine", |text| {
        name(text).filter(|text| !text.contains('/'))
    });
    let address = variables.parsed(None, ADDRESS, "an address such as https://vault.example:8200", |text| {
        Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.host().is_some())
    });
    let file = variables.text(None, "BASTION_VAULT_TOKEN_FILE").map(PathBuf::from);
    let token = variables.secret(TOKEN).map(|token| match file {
        Some(path) => VaultToken::File(path),
        None => VaultToken::Given(token),
    });
    let namespace = variables.parsed(None, "BASTION_VAULT_NAMESPACE", "a path such as team/data", name);
    let mount =
        variables.parsed(None, "BASTION_VAULT_MOUNT", "the path of the engine, such as transit", name);
    let any = key.is_some() || address.is_some() || token.is_some();
    for (setting, there) in [(KEY, key.is_some()), (ADDRESS, address.is_some()), (TOKEN, token.is_some())] {
        let told = variables.faults.iter().any(|fault| fault.setting == setting);
        if any && !there && !told {
            variables.fault(
                setting,
                "Vault needs its address, a token and the name of a key: this one is missing",
            );
        }
    }
    Some(TransitKey {
        address: address?,
        token: token?,
        namespace,
        mount: mount.unwrap_or_else(|| "transit".to_owned()),
        key: key?,
    })
}
