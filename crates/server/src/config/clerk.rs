//! Which instance of Clerk people may come by.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use secrecy::ExposeSecret as _;
use service::{ClerkSettings, WebhookSecret};
use url::{Host, Url};

use super::Variables;

const ISSUER: &str = "BASTION_CLERK_ISSUER";
const PARTIES: &str = "BASTION_CLERK_AUTHORIZED_PARTIES";
const PUBLISHABLE_KEY: &str = "BASTION_CLERK_PUBLISHABLE_KEY";
const SECRET_KEY: &str = "BASTION_CLERK_SECRET_KEY";
const WEBHOOK_SECRET: &str = "BASTION_CLERK_WEBHOOK_SECRET";

/// That instance, if any. Pages of `own`, where people reach this server, may ask for tokens unless others are named.
pub(super) fn clerk(variables: &mut Variables, own: &Url) -> Option<ClerkSettings> {
    let issuer = variables.parsed(None, ISSUER, "an address such as https://clerk.example.org", origin);
    let expected = "origins such as https://bastion.example.org,https://data.example.org";
    let parties = variables.parsed(None, PARTIES, expected, |text| {
        text.split(',').map(|one| origin(one.trim())).collect::<Option<Vec<_>>>()
    });
    let publishable_key = publishable_key(variables, issuer.as_deref(), parties.as_deref(), own);
    let key = variables.secret(SECRET_KEY);
    let starts = |text: &str| ["sk_live_", "sk_test_"].iter().any(|start| text.starts_with(start));
    if key.as_ref().is_some_and(|key| !starts(key.expose_secret())) {
        variables
            .fault(SECRET_KEY, "write the instance's secret key, which begins with sk_live_ or sk_test_");
    }
    let given = variables.secret(WEBHOOK_SECRET);
    let webhook_secret = given.as_ref().and_then(WebhookSecret::parse);
    if given.is_some() && webhook_secret.is_none() {
        variables.fault(
            WEBHOOK_SECRET,
            "write the signing secret of the endpoint at Clerk, which begins with whsec_",
        );
    }
    let is_told = |setting: &str| variables.faults.iter().any(|fault| fault.setting == setting);
    let any = parties.is_some() || publishable_key.is_some() || key.is_some() || given.is_some();
    if any && issuer.is_none() && !is_told(ISSUER) {
        variables.fault(
            ISSUER,
            "say which instance the other settings of Clerk are for: its front-end API's address",
        );
    } else if issuer.is_some()
        && key.is_none()
        && given.is_none()
        && !is_told(SECRET_KEY)
        && !is_told(WEBHOOK_SECRET)
    {
        variables.fault(
            SECRET_KEY,
            format!("give it or {WEBHOOK_SECRET}: without both, nobody at Clerk could have an account here"),
        );
    }
    Some(ClerkSettings {
        issuer: issuer?,
        publishable_key,
        authorized_parties: parties.unwrap_or_else(|| vec![own.origin().ascii_serialization()]),
        backend: Url::parse(ClerkSettings::BACKEND).ok()?,
        secret_key: key,
        webhook_secret,
    })
}

/// The key by which pages of this server have Clerk's library sign people in.
fn publishable_key(
    variables: &mut Variables,
    issuer: Option<&str>,
    parties: Option<&[String]>,
    own: &Url,
) -> Option<String> {
    let key = variables.text(None, PUBLISHABLE_KEY)?;
    let Some(host) = frontend_host(&key) else {
        // Not repeated: it may be the secret one, in the wrong place.
        variables.fault(
            PUBLISHABLE_KEY,
            "write the instance's publishable key as Clerk shows it, which begins with pk_live_ or pk_test_",
        );
        return None;
    };
    if let Some(issuer) = issuer
        && issuer.split_once("://").map(|(_, host)| host) != Some(host.as_str())
    {
        variables.fault(PUBLISHABLE_KEY, format!("it is the key of the instance at {host}, not of {ISSUER}"));
    }
    let own = own.origin().ascii_serialization();
    if parties.is_some_and(|parties| !parties.contains(&own)) {
        variables
            .fault(PARTIES, format!("name {own} as well: the sign-in page of this server asks for tokens"));
    }
    Some(key)
}

/// The host of the front-end API that a publishable key names, with its port if it has one.
fn frontend_host(key: &str) -> Option<String> {
    let coded = key.strip_prefix("pk_live_").or_else(|| key.strip_prefix("pk_test_"))?;
    let decoded = STANDARD_NO_PAD.decode(coded.trim_end_matches('=')).ok()?;
    let host = String::from_utf8(decoded).ok()?.strip_suffix('$')?.to_owned();
    let is_host = Url::parse(&format!("https://{host}"))
        .is_ok_and(|url| url.origin().ascii_serialization() == format!("https://{host}"));
    is_host.then_some(host)
}

/// An origin as browsers write it. Without TLS only on this machine.
fn origin(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    let is_here = match url.host()? {
        Host::Domain(name) => name == "localhost",
        Host::Ipv4(ip) => ip.is_loopback(),
        Host::Ipv6(ip) => ip.is_loopback(),
    };
    let is_safe = url.scheme() == "https" || (url.scheme() == "http" && is_here);
    let is_plain = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    let is_nameless = url.username().is_empty() && url.password().is_none();
    (is_safe && is_plain && is_nameless).then(|| url.origin().ascii_serialization())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(values: &[(&str, &str)]) -> Result<Option<ClerkSettings>, Vec<&'static str>> {
        let values = values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let mut variables = Variables::new(values);
        let settings = clerk(&mut variables, &Url::parse("https://bastion.example/").unwrap());
        match variables.faults.is_empty() {
            true => Ok(settings),
            false => Err(variables.faults.iter().map(|fault| fault.setting).collect()),
        }
    }

    #[test]
    fn what_belongs_together_is_there_and_every_fault_is_told() {
        let issuer = (ISSUER, "https://clerk.example.org/");
        let key = (SECRET_KEY, "sk_test_hunter2");
        let page = (PUBLISHABLE_KEY, "pk_live_Y2xlcmsuZXhhbXBsZS5vcmck");
        let secret = (WEBHOOK_SECRET, "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD");
        assert!(read(&[]).unwrap().is_none());
        let settings = read(&[issuer, key]).unwrap().unwrap();
        assert_eq!(settings.issuer, "https://clerk.example.org");
        assert_eq!(settings.authorized_parties, ["https://bastion.example"]);
        assert!(settings.webhook_secret.is_none() && settings.publishable_key.is_none());
        let settings = read(&[issuer, key, page]).unwrap().unwrap();
        assert_eq!(settings.publishable_key.as_deref(), Some(page.1));
        let parties = (PARTIES, "http://localhost:3000, https://data.example.org/");
        let settings = read(&[issuer, secret, parties]).unwrap().unwrap();
        assert_eq!(settings.authorized_parties, ["http://localhost:3000", "https://data.example.org"]);
        assert!(settings.webhook_secret.is_some() && settings.secret_key.is_none());
        for (values, faults) in [
            (vec![issuer], vec![SECRET_KEY]),
            (vec![key], vec![ISSUER]),
            (vec![secret], vec![ISSUER]),
            (vec![parties], vec![ISSUER]),
            (vec![issuer, (SECRET_KEY, "hunter2")], vec![SECRET_KEY]),
            (vec![issuer, (WEBHOOK_SECRET, "whsec_")], vec![WEBHOOK_SECRET]),
            (
                vec![
                    (ISSUER, "http://clerk.example.org"),
                    (PARTIES, "example.org"),
                    (SECRET_KEY, "pk_test_1"),
                    (WEBHOOK_SECRET, "hunter2"),
                ],
                vec![ISSUER, PARTIES, SECRET_KEY, WEBHOOK_SECRET],
            ),
            (vec![(ISSUER, "https://clerk.example.org/v1"), key], vec![ISSUER]),
            (vec![page], vec![ISSUER]),
            (vec![issuer, page], vec![SECRET_KEY]),
            (vec![issuer, key, page, parties], vec![PARTIES]),
            // Of another instance; the secret key; no base64; no `$`; two; no host; an address.
            (vec![issuer, key, (PUBLISHABLE_KEY, "pk_live_b3RoZXIuZXhhbXBsZSQ=")], vec![PUBLISHABLE_KEY]),
            (vec![issuer, key, (PUBLISHABLE_KEY, "sk_test_hunter2")], vec![PUBLISHABLE_KEY]),
            (vec![issuer, key, (PUBLISHABLE_KEY, "pk_test_%")], vec![PUBLISHABLE_KEY]),
            (vec![issuer, key, (PUBLISHABLE_KEY, "pk_test_Y2xlcmsuZXhhbXBsZS5vcmc")], vec![PUBLISHABLE_KEY]),
            (
                vec![issuer, key, (PUBLISHABLE_KEY, "pk_test_Y2xlcmsuZXhhbXBsZS5vcmckJA")],
                vec![PUBLISHABLE_KEY],
            ),
            (vec![issuer, key, (PUBLISHABLE_KEY, "pk_test_JA")], vec![PUBLISHABLE_KEY]),
            (
                vec![issuer, key, (PUBLISHABLE_KEY, "pk_test_Y2xlcmsuZXhhbXBsZS5vcmcvdjEk")],
                vec![PUBLISHABLE_KEY],
            ),
            (vec![(ISSUER, "https://me@clerk.example.org"), key], vec![ISSUER]),
        ] {
            assert_eq!(read(&values).err(), Some(faults), "{values:?}");
        }
    }
}
