//! Requests that another site made a browser send.
//!
//! The rule is that of Go's `http.CrossOriginProtection`: browsers say where a request comes from, by `Sec-Fetch-Site`
//! or by `Origin`; what says neither is no browser, and gets by without a session cookie only.

use actix_web::HttpRequest;
use actix_web::http::Method;
use actix_web::http::header::{AUTHORIZATION, HOST, ORIGIN};
use types::problem::Code;
use url::Url;

use crate::app::Site;
use crate::extract;
use crate::problem::Failure;

/// Refuses a change that another site may have made a browser send. Reading changes nothing and is let through.
pub(crate) fn refusal(request: &HttpRequest, site: &Site) -> Result<(), Failure> {
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        return Ok(());
    }
    let text = |name| request.headers().get(name).map(|value| value.to_str().unwrap_or("unreadable"));
    let claims = Claims {
        origin: text(ORIGIN.as_str()),
        fetch_site: text("sec-fetch-site"),
        host: text(HOST.as_str()).or_else(|| request.uri().authority().map(|authority| authority.as_str())),
        bearer: request.headers().contains_key(AUTHORIZATION),
        cookie: request.cookie(site.cookie_name()).is_some() || extract::clerk_cookie(request).is_some(),
    };
    if claims.are_our_own(&site.public_url) {
        return Ok(());
    }
    Err(Failure::new(
        Code::CrossSite,
        "Send it from a page of this server, or with an API key instead of the cookie. Behind a proxy, \
         BASTION_PUBLIC_URL must be the address in the browser.",
    ))
}

/// What a request says about where it comes from.
#[derive(Clone, Copy, Default)]
struct Claims<'a> {
    origin: Option<&'a str>,
    fetch_site: Option<&'a str>,
    host: Option<&'a str>,
    /// Another site cannot make a browser send this header without being asked first.
    bearer: bool,
    cookie: bool,
}

impl Claims<'_> {
    fn are_our_own(&self, public_url: &Url) -> bool {
        if self.bearer || self.origin == Some(public_url.origin().ascii_serialization().as_str()) {
            return true;
        }
        match (self.fetch_site, self.origin) {
            (Some(site), _) => matches!(site, "same-origin" | "none"),
            (None, Some(origin)) => {
                let origin_host = origin.split_once("://").map(|(_, host)| host);
                origin_host.is_some() && origin_host == self.host
            }
            (None, None) => !self.cookie,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_pages_and_programs_without_a_cookie_may_change_things() {
        let public = Url::parse("https://bastion.example").unwrap();
        let host = Some("bastion.example");
        let with = |fetch_site, origin, cookie| Claims { fetch_site, origin, cookie, host, bearer: false };
        for (claims, expected) in [
            (with(Some("same-origin"), None, true), true),
            (with(Some("none"), None, true), true),
            (with(Some("same-site"), None, true), false),
            (with(Some("cross-site"), Some("https://evil.example"), true), false),
            (with(Some("cross-site"), Some("https://evil.example"), false), false),
            (with(None, Some("https://bastion.example"), true), true),
            (with(None, Some("https://evil.example"), true), false),
            (with(None, Some("https://evil.example"), false), false),
            (with(None, Some("null"), true), false),
            (with(None, None, true), false),
            (with(None, None, false), true),
            (Claims { bearer: true, ..with(Some("cross-site"), None, true) }, true),
            // A proxy that rewrites the host: the public address decides.
            (
                Claims { host: Some("10.0.0.1:8080"), ..with(None, Some("https://bastion.example"), true) },
                true,
            ),
        ] {
            assert_eq!(
                claims.are_our_own(&public),
                expected,
                "{:?} {:?} cookie {}",
                claims.fetch_site,
                claims.origin,
                claims.cookie
            );
        }
    }
}
