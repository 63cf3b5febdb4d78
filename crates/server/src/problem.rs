//! Failures as RFC 9457 problems.

use std::error::Error as _;
use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use actix_web::{HttpResponse, ResponseError};
use types::problem::{Code, FieldError, Problem};

/// What a handler or an extractor answers instead of a result.
#[derive(Clone, Debug)]
pub struct Failure {
    code: Code,
    detail: String,
    fields: Vec<FieldError>,
    retry_after_seconds: Option<u64>,
    /// For the log only.
    cause: Option<String>,
    /// Noticed while the request was read, maybe before it was known who asks.
    of_input: bool,
}

/// What handlers answer.
pub type Answer<T> = Result<actix_web::web::Json<T>, Failure>;

impl Failure {
    /// A failure that HTTP itself explains; `detail` says what happened and what to do.
    #[must_use]
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
            fields: Vec::new(),
            retry_after_seconds: None,
            cause: None,
            of_input: false,
        }
    }

    /// The same, as one that was noticed while the request was read.
    pub(crate) fn of_input(self) -> Self {
        Self { of_input: true, ..self }
    }

    /// The same in words of its own.
    pub(crate) fn saying(self, detail: String) -> Self {
        Self { detail, ..self }
    }

    pub(crate) fn is_of_input(&self) -> bool {
        self.of_input
    }

    pub(crate) fn code(&self) -> Code {
        self.code
    }

    pub(crate) fn cause(&self) -> Option<&str> {
        self.cause.as_deref()
    }

    /// The problem, once the request is known.
    pub(crate) fn problem(&self, instance: &str, request_id: &str) -> Problem {
        Problem {
            kind: format!("https://bastion.dev/problems/{}", self.code.as_str()),
            title: self.code.title().to_owned(),
            status: self.code.status(),
            code: self.code.as_str().to_owned(),
            detail: self.detail.clone(),
            instance: instance.to_owned(),
            request_id: request_id.to_owned(),
            errors: self.fields.clone(),
        }
    }
}

impl From<service::Error> for Failure {
    fn from(error: service::Error) -> Self {
        let mut cause = error.to_string();
        let mut source = error.source();
        while let Some(inner) = source {
            cause.push_str(": ");
            cause.push_str(&inner.to_string());
            source = inner.source();
        }
        Self {
            code: error.code(),
            detail: error.detail(),
            fields: error.fields().to_vec(),
            retry_after_seconds: error.retry_after_seconds(),
            cause: Some(cause),
            of_input: false,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code.as_str())
    }
}

impl ResponseError for Failure {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The body is written at the edge, which knows the path and the request's id.
    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::new(self.status_code());
        if let Some(seconds) = self.retry_after_seconds {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.headers_mut().insert(CONTENT_TYPE, PROBLEM);
        response.extensions_mut().insert(self.clone());
        response
    }
}

/// The media type of problems.
pub(crate) const PROBLEM: HeaderValue = HeaderValue::from_static("application/problem+json");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_organization_that_is_moved_or_behind_is_not_available_for_a_while() {
        for (error, seconds) in
            [(store::Error::OrganizationMoving, "10"), (store::Error::OrganizationBehind, "60")]
        {
            let answer = Failure::from(service::Error::from(error)).error_response();
            assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
            assert_eq!(answer.headers().get(RETRY_AFTER).unwrap(), seconds);
        }
    }
}
