//! How to sign in to the demo: made once, kept in the data folder.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::cli::Exit;

const FILE: &str = "demo-credentials.json";

/// The demo's account.
pub(super) struct Credentials {
    pub(super) email: String,
    pub(super) password: SecretString,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    email: String,
    password: String,
}

/// The account of an earlier start, or a new one.
pub(super) fn keep(data: &Path, email: &str, password_file: Option<&Path>) -> Result<Credentials, Exit> {
    let file = data.join(FILE);
    if let Some(Kept { email, password }) =
        fs::read(&file).ok().and_then(|json| serde_json::from_slice(&json).ok())
    {
        return Ok(Credentials { email, password: SecretString::from(password) });
    }
    let password = match password_file {
        Some(path) => fs::read_to_string(path)
            .map(|text| text.trim().to_owned())
            .map_err(|error| Exit::failed(format!("{} cannot be read: {error}.", path.display())))?,
        None => service::identity::random_password()?,
    };
    let kept = Kept { email: email.to_owned(), password };
    let json = serde_json::to_string_pretty(&kept).map_err(|error| Exit::failed(error.to_string()))?;
    write_private(&file, &json)
        .map_err(|error| Exit::failed(format!("{} cannot be written: {error}.", file.display())))?;
    Ok(Credentials { email: kept.email, password: SecretString::from(kept.password) })
}

/// Writes a file that only its owner can read.
pub(super) fn write_private(file: &Path, text: &str) -> std::io::Result<()> {
    let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(file)?;
    file.write_all(text.as_bytes())
}

impl Credentials {
    /// The password as the sign-in form sends it.
    pub(super) fn password_text(&self) -> String {
        self.password.expose_secret().to_owned()
    }
}
