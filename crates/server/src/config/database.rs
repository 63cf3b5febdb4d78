//! Which database is used.

use std::path::Path;

use secrecy::ExposeSecret as _;

use super::{Flags, Variables};

/// The most connections to the database.
const CONNECTIONS: u32 = 10;

pub(super) fn is_sqlite(url: &str) -> bool {
    url.starts_with("sqlite:")
}

/// The embedded one in the data folder, unless another is named.
pub(super) fn database(flags: &Flags, variables: &mut Variables, data_dir: &Path) -> store::Settings {
    let given = match &flags.database_url {
        Some(url) => {
            // Overruled, which is another thing than without effect.
            variables.overruled("BASTION_DATABASE_URL");
            Some(url.clone())
        }
        None => variables.secret("BASTION_DATABASE_URL").map(|url| url.expose_secret().to_owned()),
    };
    let url = given.unwrap_or_else(|| format!("sqlite://{}?mode=rwc", data_dir.join("bastion.db").display()));
    if !is_sqlite(&url) && !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
        variables
            .fault("BASTION_DATABASE_URL", "write sqlite://PATH or postgres://USER:PASSWORD@HOST/DATABASE");
    }
    let owner_url = variables.secret("BASTION_DATABASE_OWNER_URL").map(|url| url.expose_secret().to_owned());
    store::Settings { url, owner_url, max_connections: CONNECTIONS, dev: flags.dev }
}
