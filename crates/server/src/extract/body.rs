//! What is answered when a body, a path or a query does not fit.

use std::io;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::error::{JsonPayloadError, PayloadError};
use actix_web::http::header::{CONTENT_ENCODING, HeaderMap};
use actix_web::web;
use futures_util::{StreamExt as _, stream};
use serde_json::error::Category;
use types::problem::Code;

use crate::problem::Failure;

/// The most bytes of a JSON body.
const BODY_LIMIT: usize = 1 << 20;

/// A body that ends with an error when its last byte has not come in time, whoever reads it.
pub(crate) fn in_time(body: Payload, limit: Duration) -> Payload {
    if matches!(body, Payload::None) {
        return body;
    }
    let deadline = tokio::time::Instant::now() + limit;
    let bounded = stream::unfold(Some(body), move |body| async move {
        let mut body = body?;
        match tokio::time::timeout_at(deadline, body.next()).await {
            Ok(part) => Some((part?, Some(body))),
            Err(_) => Some((Err(PayloadError::Io(io::ErrorKind::TimedOut.into())), None)),
        }
    });
    Payload::Stream { payload: Box::pin(bounded) }
}

/// Refuses a body that would have to be unpacked: a few bytes may become many.
pub(crate) fn plain(headers: &HeaderMap) -> Result<(), Failure> {
    match headers.get(CONTENT_ENCODING) {
        Some(coding) if !coding.as_bytes().eq_ignore_ascii_case(b"identity") => Err(Failure::new(
            Code::UnsupportedMediaType,
            "Send the body as it is, without compressing it: no Content-Encoding is understood.",
        )),
        _ => Ok(()),
    }
}

/// What is answered when a body cannot be read to its end.
pub(crate) fn unread(error: &PayloadError) -> Failure {
    match error {
        PayloadError::Overflow => {
            Failure::new(Code::BodyTooLarge, format!("A body may have at most {BODY_LIMIT} bytes."))
        }
        PayloadError::Io(error) if error.kind() == io::ErrorKind::TimedOut => {
            Failure::new(Code::BodyTooSlow, "Send all of the body within half a minute.")
        }
        _ => Failure::new(Code::MalformedJson, "The body broke off. Send it again."),
    }
}

/// How JSON bodies are read.
pub(crate) fn json() -> web::JsonConfig {
    web::JsonConfig::default()
        .limit(BODY_LIMIT)
        .error_handler(|error, _| json_failure(&error).of_input().into())
}

/// How raw bodies are read.
pub(crate) fn payload() -> web::PayloadConfig {
    web::PayloadConfig::new(BODY_LIMIT)
}

/// How parts of the path are read: what cannot be an id names nothing.
pub(crate) fn path() -> web::PathConfig {
    web::PathConfig::default()
        .error_handler(|_, _| Failure::new(Code::NotFound, "The address names nothing.").of_input().into())
}

/// How the query is read.
pub(crate) fn query() -> web::QueryConfig {
    web::QueryConfig::default().error_handler(|error, _| {
        Failure::new(Code::Invalid, format!("A parameter does not fit: {}.", capped(&error.to_string())))
            .of_input()
            .into()
    })
}

fn json_failure(error: &JsonPayloadError) -> Failure {
    match error {
        JsonPayloadError::OverflowKnownLength { .. } | JsonPayloadError::Overflow { .. } => {
            unread(&PayloadError::Overflow)
        }
        JsonPayloadError::ContentType => {
            Failure::new(Code::UnsupportedMediaType, "Send the header Content-Type: application/json.")
        }
        JsonPayloadError::Payload(error) => unread(error),
        JsonPayloadError::Deserialize(error) if error.classify() == Category::Data => {
            Failure::new(Code::Invalid, format!("The body does not fit: {}.", capped(&error.to_string())))
        }
        JsonPayloadError::Deserialize(error) if error.to_string().starts_with("recursion limit") => {
            Failure::new(Code::MalformedJson, "The body is nested too deeply: 127 levels are the most.")
        }
        _ => Failure::new(Code::MalformedJson, "The body must be one JSON object."),
    }
}

/// The sender's own words may come back in it, so it is kept short.
fn capped(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).take(300).collect()
}
