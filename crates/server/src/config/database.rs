//! Which database is used.

use std::path::Path;

use secrecy::ExposeSecret as _;
use url::Url;

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
    if !is_sqlite(&url) && !is_postgres(&url) {
        variables
            .fault("BASTION_DATABASE_URL", "write sqlite://PATH or postgres://USER:PASSWORD@HOST/DATABASE");
    }
    let owner_url = variables.secret("BASTION_DATABASE_OWNER_URL").map(|url| url.expose_secret().to_owned());
    store::Settings { url, owner_url, max_connections: CONNECTIONS, dev: flags.dev }
}

/// The same database as the role that does jobs and as the one that looks; whichever is not named is the server's own.
pub(super) fn roles(database: &store::Settings, variables: &mut Variables) -> [Option<String>; 2] {
    let mut taken = vec![role(&database.url)];
    ["BASTION_DATABASE_JOB_URL", "BASTION_DATABASE_STAFF_URL"].map(|name| {
        let url = variables.secret(name)?.expose_secret().to_owned();
        if is_sqlite(&database.url) {
            variables.fault(name, "the embedded database has no roles: leave it out, or use PostgreSQL");
        } else if !is_postgres(&url) {
            variables.fault(name, "write postgres://USER:PASSWORD@HOST/DATABASE");
        } else if taken.contains(&role(&url)) {
            variables.fault(name, "another address has this role already: each needs its own");
        }
        taken.push(role(&url));
        Some(url)
    })
}

/// The role that an address names.
fn role(url: &str) -> Option<String> {
    Some(Url::parse(url).ok()?.username().to_owned())
}

fn is_postgres(url: &str) -> bool {
    url.starts_with("postgres://") || url.starts_with("postgresql://")
}
