//! Addresses of MySQL and MariaDB servers.

use std::path::PathBuf;

use mysql_async::{Opts, OptsBuilder};
use url::{Host, Url};

/// How to reach one database of a MySQL or MariaDB server.
#[derive(Clone)]
pub(crate) struct MysqlTarget {
    /// Without TLS; [`MysqlTarget::encrypted`] says whether the connection adds it.
    pub(crate) options: Opts,
    pub(crate) encrypted: bool,
    /// This machine: nothing crosses a network.
    pub(crate) local: bool,
    /// A file with the certificate authority to trust instead of the system's.
    pub(crate) root_certificate: Option<PathBuf>,
}

/// Only what is written here is understood: the driver's own parameters could switch its protections off.
pub(super) fn mysql(text: &str) -> Result<MysqlTarget, String> {
    let url = Url::parse(text).map_err(|error| format!("the address is not a URL: {error}"))?;
    let (mut mode, mut root_certificate, mut socket) = (None, None, None);
    for (key, value) in url.query_pairs() {
        match key.as_ref() {
            "ssl-mode" | "sslmode" => mode = Some(value.to_ascii_lowercase().replace('_', "-")),
            "ssl-ca" | "sslrootcert" => root_certificate = Some(PathBuf::from(value.as_ref())),
            "socket" => socket = Some(value.into_owned()),
            _ => {
                return Err(
                    "the address has a parameter that is not understood; ssl-mode, ssl-ca and socket are"
                        .into(),
                );
            }
        }
    }
    let host = url.host().ok_or("the address names no host")?;
    let local = socket.is_some()
        || match &host {
            Host::Ipv4(address) => address.is_loopback(),
            Host::Ipv6(address) => address.is_loopback(),
            Host::Domain(name) => {
                *name == "localhost"
                    || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
            }
        };
    let encrypted = match mode.as_deref() {
        Some("disabled" | "disable") => false,
        // On loopback nothing needs protecting; across a network the certificate is checked in full.
        None | Some("preferred" | "prefer") => !local,
        Some("required" | "require" | "verify-ca" | "verify-identity" | "verify-full") => true,
        Some(_) => {
            return Err("ssl-mode must be disabled, preferred, required, verify-ca or verify-identity".into());
        }
    };
    let decoded = |part: &str| percent_decoded(part).ok_or("a name or the password is not UTF-8");
    let user = decoded(url.username())?;
    if user.is_empty() {
        return Err("the address names no user".into());
    }
    let database = decoded(url.path().trim_start_matches('/'))?;
    if database.is_empty() {
        return Err("the address names no database: mysql://USER@HOST/DATABASE".into());
    }
    let address = match host {
        Host::Ipv4(address) => address.to_string(),
        Host::Ipv6(address) => address.to_string(),
        Host::Domain(name) => decoded(name)?,
    };
    let options = OptsBuilder::default()
        .ip_or_hostname(address)
        .tcp_port(url.port().unwrap_or(3306))
        .user(Some(user))
        .pass(url.password().map(decoded).transpose()?)
        .db_name(Some(database))
        // A socket is used when it is asked for, not because the server happens to be near.
        .prefer_socket(false)
        .socket(socket)
        .stmt_cache_size(0)
        .connect_attribute("program_name", "bastion-mcp");
    Ok(MysqlTarget { options: options.into(), encrypted, local, root_certificate })
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits = [rest.next()?, rest.next()?];
        bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
    }
    String::from_utf8(bytes).ok()
}
