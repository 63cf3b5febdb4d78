//! Changing what a person has read, and nothing that somebody else has made of it since.

use gloo_net::http::Method;
use serde::Serialize;
use serde::de::DeserializeOwned;
use types::problem::Code;

use crate::api::{Answer, json, read};
use crate::{Api, Failure};

/// How often it is looked again when somebody changes it between a look and the change.
const ATTEMPTS: u32 = 3;

/// What came of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change<T> {
    Made,
    /// Nothing was changed, as somebody else had: so it is now.
    Outdated(T),
}

impl<T> Change<T> {
    /// The same, of a part.
    pub fn map<P>(self, part: impl FnOnce(T) -> P) -> Change<P> {
        match self {
            Self::Made => Change::Made,
            Self::Outdated(now) => Change::Outdated(part(now)),
        }
    }
}

impl Api {
    /// Changes a document if `is_as_read` finds it as the person has read it. It is looked at just before, and its tag goes
    /// with the change, so that nobody comes in between.
    pub(crate) async fn change<T: DeserializeOwned>(
        &self,
        document: &str,
        is_as_read: impl Fn(&T) -> bool,
        method: Method,
        path: &str,
        body: &impl Serialize,
    ) -> Result<Change<T>, Failure> {
        let body = json(Some(body))?;
        let mut attempts = 0;
        loop {
            let Answer { text, tag } = self.send_if(Method::GET, document, None, None).await?;
            let now: T = read(&text)?;
            if !is_as_read(&now) {
                return Ok(Change::Outdated(now));
            }
            match self.send_if(method.clone(), path, body.clone(), tag.as_deref()).await {
                Ok(_) => return Ok(Change::Made),
                Err(failure) if failure.is(Code::PreconditionFailed) && attempts < ATTEMPTS => attempts += 1,
                Err(failure) => return Err(failure),
            }
        }
    }
}
