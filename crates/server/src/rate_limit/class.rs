//! What a request is counted as, and how many of each there may be.

use actix_web::http::Method;

use crate::routes::KEY_SET;

/// What a request is counted as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Class {
    Read,
    Write,
    /// What somebody else's machine does while one waits: an agent, a gateway, later a model.
    Ai,
    /// What reads out all that there is of something.
    Export,
    /// What one does to sign in or up.
    Auth,
    /// What other services send.
    Webhook,
}

/// Those that are not counted by their method. `{}` is one part of a path.
const TABLE: &[(Method, &str, Class)] = &[
    (Method::POST, "/api/auth/sign-in", Class::Auth),
    (Method::POST, "/api/auth/sign-up", Class::Auth),
    (Method::POST, "/api/auth/confirm", Class::Auth),
    (Method::POST, "/api/auth/password", Class::Auth),
    (Method::POST, "/api/auth/password/forgot", Class::Auth),
    (Method::POST, "/api/auth/password/reset", Class::Auth),
    (Method::POST, "/api/auth/email", Class::Auth),
    (Method::POST, "/api/auth/email/send", Class::Auth),
    (Method::POST, "/api/auth/email/confirm", Class::Auth),
    (Method::POST, "/api/auth/second-factor/confirm", Class::Auth),
    (Method::POST, "/api/auth/second-factor/verify", Class::Auth),
    (Method::POST, "/api/auth/token", Class::Auth),
    (Method::POST, "/api/auth/clerk", Class::Auth),
    (Method::POST, "/api/auth/oidc/start", Class::Auth),
    (Method::POST, "/api/auth/oidc/callback", Class::Auth),
    (Method::POST, "/api/org/setup", Class::Ai),
    (Method::POST, "/api/org/test-connection", Class::Ai),
    (Method::POST, "/api/sources/{}/test", Class::Ai),
    (Method::POST, "/api/org/sso/domains/{}/verify", Class::Ai),
    (Method::GET, "/api/auth/me/export", Class::Export),
    (Method::GET, "/api/configuration", Class::Export),
    (Method::GET, "/api/expectations/export", Class::Export),
    (Method::GET, "/api/org/audit/export", Class::Export),
    (Method::GET, "/api/org/audit/verify", Class::Export),
    (Method::GET, "/api/schema/snapshot", Class::Export),
];

/// Below this, whatever comes is from another service.
const WEBHOOKS: &str = "/api/webhooks/";

impl Class {
    /// The class of a request to a decoded path; nothing for pages and probes.
    pub(super) fn of(method: &Method, path: &str) -> Option<Self> {
        if !path.starts_with("/api/") {
            // It asks the database, unlike pages.
            return (path == KEY_SET).then_some(Self::Read);
        }
        if path.starts_with(WEBHOOKS) {
            return Some(Self::Webhook);
        }
        // What HEAD asks for is made as for GET.
        let made_by = if *method == Method::HEAD { &Method::GET } else { method };
        let row = TABLE.iter().find(|(method, pattern, _)| method == made_by && fits(pattern, path));
        Some(match row {
            Some((.., class)) => *class,
            None if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) => Self::Read,
            None => Self::Write,
        })
    }

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Ai => "ai",
            Self::Export => "export",
            Self::Auth => "auth",
            Self::Webhook => "webhook",
        }
    }

    /// Whether a session or a key has a counter of its own. Where one is not known yet, the address alone is counted.
    pub(super) fn knows_who(self) -> bool {
        !matches!(self, Self::Auth | Self::Webhook)
    }
}

fn fits(pattern: &str, path: &str) -> bool {
    let mut parts = path.split('/');
    pattern.split('/').all(|wanted| parts.next().is_some_and(|part| wanted == "{}" || wanted == part))
        && parts.next().is_none()
}

/// How many requests a minute a session or an API key may make; an address five times as many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    pub read: u32,
    pub write: u32,
    /// What somebody else's machine does while one waits, such as testing a connection.
    pub ai: u32,
    /// What reads out all that there is of something, such as the audit log.
    pub export: u32,
    /// Signing in and up.
    pub auth: u32,
    /// What other services send.
    pub webhook: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { read: 1_200, write: 300, ai: 60, export: 60, auth: 60, webhook: 600 }
    }
}

impl Limits {
    /// Reads `read=1200,write=300,ai=60,export=60,auth=60,webhook=600`, in which each may be missing.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut limits = Self::default();
        for part in text.split(',') {
            let (name, value) = part.split_once('=')?;
            let value = value.trim().parse().ok().filter(|value| *value > 0)?;
            match name.trim() {
                "read" => limits.read = value,
                "write" => limits.write = value,
                "ai" => limits.ai = value,
                "export" => limits.export = value,
                "auth" => limits.auth = value,
                "webhook" => limits.webhook = value,
                _ => return None,
            }
        }
        Some(limits)
    }

    pub(super) fn of(self, class: Class) -> u32 {
        match class {
            Class::Read => self.read,
            Class::Write => self.write,
            Class::Ai => self.ai,
            Class::Export => self.export,
            Class::Auth => self.auth,
            Class::Webhook => self.webhook,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::openapi;

    #[test]
    fn requests_are_counted_by_what_they_do() {
        for (method, path, class) in [
            (Method::GET, "/api/sources", Some(Class::Read)),
            (Method::POST, "/api/sources", Some(Class::Write)),
            (Method::DELETE, "/api/org", Some(Class::Write)),
            (Method::POST, "/api/auth/sign-in", Some(Class::Auth)),
            (Method::GET, "/api/auth/second-factor", Some(Class::Read)),
            (Method::POST, "/api/auth/sign-out", Some(Class::Write)),
            (Method::POST, "/api/sources/shop/test", Some(Class::Ai)),
            (Method::POST, "/api/sources/shop/test/more", Some(Class::Write)),
            (Method::GET, "/api/configuration", Some(Class::Export)),
            (Method::HEAD, "/api/configuration", Some(Class::Export)),
            (Method::POST, "/api/configuration", Some(Class::Write)),
            (Method::POST, "/api/webhooks/anybody", Some(Class::Webhook)),
            (Method::GET, "/api/no/such/address", Some(Class::Read)),
            (Method::GET, "/.well-known/jwks.json", Some(Class::Read)),
            (Method::GET, "/livez", None),
            (Method::GET, "/dashboard", None),
        ] {
            assert_eq!(Class::of(&method, path), class, "{method} {path}");
        }
    }

    /// A row that names nothing would leave what was renamed to its method's class.
    #[test]
    fn each_row_of_the_table_is_an_operation_and_no_operation_of_these_kinds_is_missing() {
        let description = serde_json::to_value(openapi::description()).unwrap();
        let mut operations = BTreeSet::new();
        for (path, methods) in description["paths"].as_object().unwrap() {
            let parts = path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part });
            let pattern = parts.collect::<Vec<_>>().join("/");
            operations.extend(
                methods.as_object().unwrap().keys().map(|method| (method.to_uppercase(), pattern.clone())),
            );
        }
        for (method, pattern, class) in TABLE {
            assert!(operations.contains(&(method.to_string(), (*pattern).to_owned())), "{method} {pattern}");
            assert_eq!(Class::of(method, pattern), Some(*class), "{method} {pattern} is twice in the table");
        }
        for (method, pattern) in &operations {
            let sounds_like_it = ["/export", "/test", "/test-connection", "/sign-in", "/sign-up", "/verify"];
            if sounds_like_it.iter().any(|end| pattern.ends_with(end)) {
                let class = Class::of(&method.parse().unwrap(), pattern);
                assert!(
                    !matches!(class, Some(Class::Read | Class::Write)),
                    "{method} {pattern} is {class:?}"
                );
            }
        }
    }

    #[test]
    fn limits_are_read_as_they_are_written() {
        let limits = Limits { write: 5, ..Limits::default() };
        let all = Limits { read: 1, write: 2, ai: 3, export: 4, auth: 5, webhook: 6 };
        for (text, expected) in [
            ("write=5", Some(limits)),
            ("read=1, write=2, ai=3, export=4, auth=5, webhook=6", Some(all)),
            ("write=0", None),
            ("wrote=5", None),
            ("5", None),
        ] {
            assert_eq!(Limits::parse(text), expected, "{text}");
        }
    }
}
