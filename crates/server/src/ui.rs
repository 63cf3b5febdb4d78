//! The browser's files: hashed assets for ever, everything else asked again, unknown pages are the one page.

use std::borrow::Cow;
use std::path::PathBuf;

use actix_web::http::Method;
use actix_web::http::header::{
    ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, ETAG, HeaderValue,
    IF_NONE_MATCH, VARY,
};
use actix_web::{HttpRequest, HttpResponse, web};
use service::Context;
use types::problem::Code;

use crate::problem::Failure;

/// Where the browser's files come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ui {
    /// Out of the program itself.
    #[cfg(feature = "embed-ui")]
    Embedded,
    /// Out of a folder.
    Folder(PathBuf),
    /// Nowhere: the API alone.
    Off,
}

/// Nothing is inline, so no nonce is needed; WebAssembly needs its own word.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
    img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; \
    base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
/// The page on which Clerk's library signs people in.
const CLERK_PAGE: &str = "sign-in/clerk";
/// Names under here carry a hash of their content.
const ASSETS: &str = "assets/";
const INDEX: &str = "index.html";
/// What the page reads to find the API, unless the folder has its own: here the API is where the page came from.
const CONFIG: &str = "config.json";

#[cfg(feature = "embed-ui")]
#[derive(rust_embed::Embed)]
#[folder = "$BASTION_WEB_DIST"]
struct Embedded;

impl Ui {
    /// Answers a request that no route of the API took.
    pub(crate) async fn serve(&self, request: &HttpRequest) -> Result<HttpResponse, Failure> {
        let missing = || Failure::new(Code::NotFound, "There is no such page or file.");
        if !matches!(*request.method(), Method::GET | Method::HEAD) || *self == Self::Off {
            return Err(missing());
        }
        let path = request.path().trim_start_matches('/');
        if let Some(response) = self.file(request, path).await {
            return Ok(response);
        }
        if path == CONFIG {
            return Ok(HttpResponse::Ok()
                .insert_header((CACHE_CONTROL, "no-cache"))
                .json(serde_json::json!({})));
        }
        // A table's page may end in `.film`, so only what is accepted tells pages from files: whoever takes anything, as
        // a probe does, gets the page.
        let wants_page = header(request, ACCEPT.as_str())
            .is_none_or(|accept| accept.contains("text/html") || accept.contains("*/*"));
        let hidden = path.split('/').any(|part| part.starts_with('.'));
        if path.starts_with(ASSETS) || hidden || !wants_page {
            return Err(missing());
        }
        let mut page = self.file(request, INDEX).await.ok_or_else(missing)?;
        if path == CLERK_PAGE
            && let Some(policy) = clerk_policy(request)
        {
            page.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
        }
        Ok(page)
    }

    async fn file(&self, request: &HttpRequest, path: &str) -> Option<HttpResponse> {
        let plain =
            |part: &str| !part.is_empty() && !part.starts_with('.') && !part.contains(['\\', '\0', ':']);
        if !path.split('/').all(plain) {
            return None;
        }
        let accepted = header(request, ACCEPT_ENCODING.as_str()).unwrap_or_default();
        let mut found = None;
        for (coding, ending) in [("br", ".br"), ("gzip", ".gz")] {
            if found.is_none() && accepts(accepted, coding) {
                found = self.read(&format!("{path}{ending}")).await.map(|bytes| (bytes, Some(coding)));
            }
        }
        let (bytes, coding) = match found {
            Some(found) => found,
            None => (self.read(path).await?, None),
        };
        Some(respond(request, path, bytes, coding))
    }

    async fn read(&self, path: &str) -> Option<Cow<'static, [u8]>> {
        match self {
            #[cfg(feature = "embed-ui")]
            Self::Embedded => Embedded::get(path).map(|file| file.data),
            Self::Folder(folder) => tokio::fs::read(folder.join(path)).await.ok().map(Cow::Owned),
            Self::Off => None,
        }
    }
}

fn respond(
    request: &HttpRequest,
    path: &str,
    bytes: Cow<'static, [u8]>,
    coding: Option<&'static str>,
) -> HttpResponse {
    // Each page asks for a dozen: BLAKE3 is the quickest hash at hand.
    let digest = blake3::hash(&bytes).to_hex();
    let tag = format!("\"{}\"", &digest[..24]);
    let lasting = if path.starts_with(ASSETS) { "public, max-age=31536000, immutable" } else { "no-cache" };
    let unchanged = header(request, IF_NONE_MATCH.as_str()).is_some_and(|known| known.contains(&tag));
    let mut response = if unchanged { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response
        .insert_header((CACHE_CONTROL, lasting))
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((ETAG, tag))
        .insert_header((VARY, "Accept-Encoding"));
    if unchanged {
        return response.finish();
    }
    if let Some(coding) = coding {
        response.insert_header((CONTENT_ENCODING, coding));
    }
    let kind = mime_guess::from_path(path).first_or_octet_stream();
    response.content_type(kind.to_string()).body(bytes.into_owned())
}

/// What Clerk's library needs: itself from the instance's front-end API, its styles, pictures of people, and the test against
/// robots. Nothing where pages do not sign in by Clerk.
fn clerk_policy(request: &HttpRequest) -> Option<HeaderValue> {
    let context = request.app_data::<web::Data<Context>>()?;
    let clerk = context.clerk.as_deref().filter(|clerk| clerk.publishable_key().is_some())?;
    let instance = clerk.issuer();
    let policy = format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval' {instance} https://challenges.cloudflare.com \
         https://*.protect.clerk.com; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob: https://img.clerk.com; \
         font-src 'self'; connect-src 'self' {instance} https://*.protect.clerk.com:*; worker-src 'self' blob:; \
         frame-src https://challenges.cloudflare.com https://*.protect.clerk.com; manifest-src 'self'; base-uri 'none'; \
         form-action 'self'; frame-ancestors 'none'"
    );
    HeaderValue::from_str(&policy).ok()
}

fn header<'a>(request: &'a HttpRequest, name: &str) -> Option<&'a str> {
    request.headers().get(name).and_then(|value| value.to_str().ok())
}

/// Whether the header names the coding without refusing it by `q=0`.
fn accepts(header: &str, coding: &str) -> bool {
    header.split(',').any(|entry| {
        let (name, parameters) = entry.split_once(';').unwrap_or((entry, ""));
        let weight =
            parameters.trim().strip_prefix("q=").and_then(|weight| weight.trim().parse::<f32>().ok());
        name.trim().eq_ignore_ascii_case(coding) && weight != Some(0.0)
    })
}

#[cfg(test)]
mod tests {
    use super::accepts;

    #[test]
    fn a_coding_is_used_only_when_it_is_accepted() {
        for (header, expected) in
            [("gzip, br", true), ("br;q=0", false), ("gzip", false), ("BR;q=0.5", true), ("", false)]
        {
            assert_eq!(accepts(header, "br"), expected, "{header}");
        }
    }
}
