//! One request.

use std::sync::Arc;

use gloo_net::http::{Method, Request, RequestBuilder};
use serde::Serialize;
use serde::de::DeserializeOwned;
use types::page::{MAXIMUM_LIMIT, Page};
use types::problem::Code;
use web_sys::RequestCredentials;

use crate::{Config, Failure, Query, step_up};

/// The API, asked in the name of one organization. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Api {
    base: Arc<str>,
    org: Option<Arc<str>>,
}

/// The media type of a body, and the body.
pub(crate) type Body = (&'static str, String);

/// A success: what was answered, and the tag of what was read.
pub(crate) struct Answer {
    pub(crate) text: String,
    pub(crate) tag: Option<String>,
}

/// The body of a request that has none.
pub(crate) const NO_BODY: Option<&()> = None;

impl Api {
    /// The API that `config` names, without an organization.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        Self { base: config.api.trim_end_matches('/').into(), org: None }
    }

    /// The same API in the name of an organization, by slug; `None`: the session's default.
    #[must_use]
    pub fn within(&self, org: Option<&str>) -> Self {
        Self { base: Arc::clone(&self.base), org: org.map(Into::into) }
    }

    /// The whole address of a path that a header cannot be sent to: a stream, a download.
    #[must_use]
    pub fn address(&self, path: &str, query: Query) -> String {
        format!("{}{path}{}", self.base, query.with("org", self.org.as_deref()))
    }

    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str, query: &Query) -> Result<T, Failure> {
        read(&self.send(Method::GET, format!("{path}{query}"), None).await?)
    }

    /// What is answered is a text and no JSON.
    pub(crate) async fn get_text(&self, path: &str, query: &Query) -> Result<String, Failure> {
        self.send(Method::GET, format!("{path}{query}"), None).await
    }

    /// Every item of a list that is shown whole, page by page.
    pub(crate) async fn all<T: DeserializeOwned>(&self, path: &str) -> Result<Vec<T>, Failure> {
        let mut items = Vec::new();
        let mut cursor = None;
        loop {
            let query = Query::new().with("limit", Some(MAXIMUM_LIMIT)).with("cursor", cursor);
            let page: Page<T> = self.get(path, &query).await?;
            items.extend(page.items);
            cursor = page.next_cursor;
            if cursor.is_none() {
                return Ok(items);
            }
        }
    }

    pub(crate) async fn ask<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<&impl Serialize>,
    ) -> Result<T, Failure> {
        read(&self.send(method, path.to_owned(), json(body)?).await?)
    }

    /// Sends a file as it is.
    pub(crate) async fn ask_with_file<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        kind: &'static str,
        file: String,
    ) -> Result<T, Failure> {
        read(&self.send(method, path.to_owned(), Some((kind, file))).await?)
    }

    /// Sends, and is content with any success.
    pub(crate) async fn tell(
        &self,
        method: Method,
        path: &str,
        body: Option<&impl Serialize>,
    ) -> Result<(), Failure> {
        self.send(method, path.to_owned(), json(body)?).await.map(drop)
    }

    /// Without the types of what is sent and answered, so that the browser downloads it once and not once a route. What
    /// needs a recent proof is sent again once the person has given it.
    async fn send(&self, method: Method, path: String, body: Option<Body>) -> Result<String, Failure> {
        let answer = match self.send_if(method.clone(), &path, body.clone(), None).await {
            Err(failure) if failure.is(Code::StepUpRequired) && step_up::confirmed().await => {
                self.send_if(method, &path, body, None).await
            }
            answer => answer,
        };
        answer.map(|answer| answer.text)
    }

    /// Sends once; with a tag, for what is still as it was read with that.
    pub(crate) async fn send_if(
        &self,
        method: Method,
        path: &str,
        body: Option<Body>,
        tag: Option<&str>,
    ) -> Result<Answer, Failure> {
        let posts = method == Method::POST;
        let mut request = RequestBuilder::new(&format!("{}{path}", self.base))
            .method(method)
            .header("Accept", "application/json")
            .credentials(if self.base.is_empty() {
                RequestCredentials::SameOrigin
            } else {
                RequestCredentials::Include
            });
        if let Some(org) = &self.org {
            request = request.header("X-Bastion-Org", org);
        }
        if let Some(tag) = tag {
            request = request.header("If-Match", tag);
        }
        if posts && let Some(key) = idempotency_key() {
            request = request.header("Idempotency-Key", &key);
        }
        let response = build(request, body)?.send().await.map_err(Failure::unreachable)?;
        let status = response.status();
        let (ok, tag) = (response.ok(), response.headers().get("ETag"));
        let text = response.text().await.map_err(|error| Failure::unreadable(status, error))?;
        if ok { Ok(Answer { text, tag }) } else { Err(Failure::from_body(status, &text)) }
    }
}

fn build(request: RequestBuilder, body: Option<Body>) -> Result<Request, Failure> {
    match body {
        Some((kind, body)) => request.header("Content-Type", kind).body(body),
        None => request.build(),
    }
    .map_err(Failure::unreachable)
}

pub(crate) fn json(body: Option<&impl Serialize>) -> Result<Option<Body>, Failure> {
    let text = body.map(serde_json::to_string).transpose().map_err(Failure::unreachable)?;
    Ok(text.map(|text| ("application/json", text)))
}

pub(crate) fn read<T: DeserializeOwned>(body: &str) -> Result<T, Failure> {
    serde_json::from_str(body)
        .map_err(|error| Failure::unreadable(200, format!("the answer has an unexpected shape: {error}")))
}

/// A random UUID; nothing where the browser has no source of randomness.
fn idempotency_key() -> Option<String> {
    let mut bytes = [0_u8; 16];
    web_sys::window()?.crypto().ok()?.get_random_values_with_u8_array(&mut bytes).ok()?;
    Some(uuid::Builder::from_random_bytes(bytes).into_uuid().to_string())
}
