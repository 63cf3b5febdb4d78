//! By which provider an organization's people sign in.

use std::net::IpAddr;

use serde_json::json;
use store::sso::Connection;
use store::{Reads, secret};
use types::organization::SecretView;
use types::permission::Role;
use types::problem::FieldError;
use types::sso::{SetSso, SsoSettings};
use url::{Host, Url};

use crate::identity::{redirect_uri, relying_party};
use crate::permission::{OrganizationManage, SsoManage};
use crate::{Context, Error, Scope, audit};

mod domain;

pub use domain::{prove_domain, verify_domain};

/// The table that the sealed secret of the client names as its, and what it is for.
pub(crate) const SUBJECT: &str = "sso_connection";
/// See [`SUBJECT`].
pub(crate) const PURPOSE: &str = "client_secret";

/// The most characters of an issuer's address and of a client's id.
const LONGEST: usize = 500;
/// The most domains of an organization.
const MOST_DOMAINS: usize = 20;

/// How people sign in; of the secret only whether it is set, and its end.
///
/// # Errors
/// When the store fails.
pub async fn get(context: &Context, scope: &Scope<OrganizationManage>) -> Result<SsoSettings, Error> {
    let tx = context.store.read(scope.tenant()).await?;
    view(context, &tx).await
}

/// Keeps how people sign in. The provider is asked what it is first, so that one that cannot be used is not kept. A domain
/// that is new lets nobody in before it is known to be the organization's.
///
/// # Errors
/// [`Error::Invalid`] when something does not fit, [`Error::Provider`] when the provider does not answer as one.
pub async fn set(context: &Context, scope: &Scope<SsoManage>, input: SetSso) -> Result<SsoSettings, Error> {
    let now = context.now();
    let SetSso { issuer, client_id, client_secret, default_role, required, domains } = input;
    let (issuer, client_id) = (issuer.trim().to_owned(), client_id.trim().to_owned());
    let domains = checked(&issuer, &client_id, default_role, domains)?;
    relying_party(context)?.check(&issuer, now).await?;
    let tx = context.store.write(scope.tenant()).await?;
    store::organization::lock(&tx).await?;
    let before = store::sso::find(&tx, scope.org()).await?;
    let connection = Connection { org: scope.org(), issuer, client_id, default_role, required };
    store::sso::put(&tx, &connection, now).await?;
    store::sso::set_domains(&tx, &domains, now).await?;
    let kept = store::sso::domains(&tx, scope.org()).await?;
    if required && kept.iter().all(|domain| domain.verified_at.is_none()) {
        let detail =
            "Nobody could sign in: none of the domains is verified yet. Save without requiring it first.";
        return Err(Error::field("/required", "conflict", detail));
    }
    let secret = client_secret.map(|text| text.trim().to_owned());
    // A secret does not follow to another provider, which could collect it.
    let moved = before.as_ref().is_none_or(|before| before.issuer != connection.issuer);
    match &secret {
        Some(text) if !text.is_empty() => {
            secret::put(&tx, SUBJECT, scope.org().0, PURPOSE, text, now).await?;
        }
        Some(_) => secret::clear(&tx, SUBJECT, scope.org().0, PURPOSE).await?,
        None if moved => secret::clear(&tx, SUBJECT, scope.org().0, PURPOSE).await?,
        None => {}
    }
    let view = view(context, &tx).await?;
    let detail = json!({
        "client_id": connection.client_id,
        "client_secret": view.client_secret.set,
        "default_role": default_role,
        "required": required,
        "domains": domains,
    });
    audit::record(&tx, scope, now, "sso.changed", &connection.issuer, detail).await?;
    tx.commit().await?;
    Ok(view)
}

/// Ends single sign-on; fine when there is none. Whoever has no password needs a link of the operator to set one.
///
/// # Errors
/// When the store fails.
pub async fn remove(context: &Context, scope: &Scope<SsoManage>) -> Result<(), Error> {
    let tx = context.store.write(scope.tenant()).await?;
    store::organization::lock(&tx).await?;
    let Some(before) = store::sso::find(&tx, scope.org()).await? else { return Ok(()) };
    store::sso::remove(&tx).await?;
    secret::clear(&tx, SUBJECT, scope.org().0, PURPOSE).await?;
    audit::record(&tx, scope, context.now(), "sso.removed", &before.issuer, json!({})).await?;
    Ok(tx.commit().await?)
}

async fn view(context: &Context, tx: &impl Reads) -> Result<SsoSettings, Error> {
    let connection = store::sso::find(tx, tx.org()).await?;
    let (issuer, client_id) =
        connection.as_ref().map(|one| (one.issuer.clone(), one.client_id.clone())).unzip();
    let client_secret = match connection {
        Some(_) => secret::view(tx, SUBJECT, tx.org().0, PURPOSE).await?,
        None => SecretView::default(),
    };
    Ok(SsoSettings {
        issuer,
        client_id,
        client_secret,
        default_role: connection.as_ref().map_or(Role::Viewer, |one| one.default_role),
        required: connection.is_some_and(|one| one.required),
        domains: store::sso::domains(tx, tx.org()).await?,
        redirect_uri: redirect_uri(context),
    })
}

/// The domains as they are stored, if everything fits.
fn checked(issuer: &str, client_id: &str, role: Role, domains: Vec<String>) -> Result<Vec<String>, Error> {
    let mut faults = Vec::new();
    let mut fault = |pointer: &str, code: &str, detail: &str| {
        faults.push(FieldError::new(pointer, code, detail));
    };
    if !is_issuer(issuer) {
        fault(
            "/issuer",
            "url",
            "Give the issuer's address with https, as the provider writes it, such as https://login.example.com.",
        );
    }
    if client_id.is_empty() || client_id.len() > LONGEST || client_id.chars().any(char::is_control) {
        fault("/client_id", "length", "Give the id that the provider has given to Bastion.");
    }
    if role == Role::Owner {
        fault("/default_role", "owner", "Nobody becomes an owner by signing in. An owner can make them one.");
    }
    let mut domains: Vec<String> = domains
        .iter()
        .map(|domain| domain.trim().to_lowercase())
        .filter(|domain| !domain.is_empty())
        .collect();
    domains.sort();
    domains.dedup();
    if domains.is_empty() || domains.len() > MOST_DOMAINS {
        fault("/domains", "length", "Name the domain of your people's e-mail addresses; 20 at most.");
    } else if !domains.iter().all(|domain| is_domain(domain)) {
        fault("/domains", "domain", "Write each domain as it is after the @, such as example.com.");
    }
    if faults.is_empty() { Ok(domains) } else { Err(Error::Invalid(faults)) }
}

/// Under TLS, or on this machine.
fn is_issuer(text: &str) -> bool {
    let Ok(url) = Url::parse(text) else { return false };
    let here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => IpAddr::from(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::from(address).is_loopback(),
        None => return false,
    };
    let plain = url.username().is_empty() && url.password().is_none();
    let bare = url.query().is_none() && url.fragment().is_none();
    text.len() <= LONGEST && plain && bare && (url.scheme() == "https" || (url.scheme() == "http" && here))
}

/// Two labels at least, of letters, digits and inner dashes.
fn is_domain(text: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.len() <= 253 && text.contains('.') && text.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_is_an_address_with_tls_or_on_this_machine() {
        for (text, fits) in [
            ("https://login.example.com", true),
            ("https://login.example.com/tenant/v2.0", true),
            ("http://127.0.0.1:3000", true),
            ("http://localhost:3000/", true),
            ("http://[::1]:3000", true),
            ("http://login.example.com", false),
            ("https://user:word@login.example.com", false),
            ("https://login.example.com?a=b", false),
            ("https://login.example.com#a", false),
            ("login.example.com", false),
            ("ftp://login.example.com", false),
            ("", false),
        ] {
            assert_eq!(is_issuer(text), fits, "{text}");
        }
    }

    #[test]
    fn every_fault_of_the_form_is_named_and_domains_are_kept_in_one_form() {
        let domains = |list: &[&str]| list.iter().map(|&domain| domain.to_owned()).collect::<Vec<_>>();
        let good = checked(
            "https://id.example",
            "bastion",
            Role::Viewer,
            domains(&[" B.Example", "a.example", "b.example"]),
        );
        assert_eq!(good.unwrap(), ["a.example", "b.example"]);
        let Err(Error::Invalid(faults)) = checked("id", "bastion", Role::Owner, domains(&["-a.example"]))
        else {
            panic!("accepted")
        };
        let pointers: Vec<_> = faults.iter().map(|fault| fault.pointer.as_str()).collect();
        assert_eq!(pointers, ["/issuer", "/default_role", "/domains"]);
        for domain in ["example", "a..example", "a_b.example", "@a.example", "a.example.", "ä.example"] {
            assert!(!is_domain(domain), "{domain}");
        }
    }
}
