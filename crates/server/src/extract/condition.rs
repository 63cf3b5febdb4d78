//! `If-Match`: a change of what its maker has read, and of nothing else.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::{Header as _, IF_MATCH, IfMatch};
use actix_web::{FromRequest, HttpRequest};
use service::precondition::Precondition;
use types::problem::Code;
use utoipa::IntoParams;

use crate::problem::Failure;

/// What the request requires of the document that it changes; nothing without the header.
#[derive(Debug)]
pub(crate) struct Expected(pub(crate) Precondition);

/// The header, for the API's description.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "read by the derive only")]
pub(crate) struct ExpectedTag {
    /// The `ETag` with which the document was read. When it is another by now, nothing is changed: 412
    /// `precondition_failed`.
    #[param(rename = "If-Match")]
    if_match: Option<String>,
}

impl FromRequest for Expected {
    type Error = Failure;
    type Future = Ready<Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(expected(request).map(Self))
    }
}

/// The header's tags. A tag counts whether or not it is marked as weak: a proxy that compresses an answer marks it so.
pub(crate) fn expected(request: &HttpRequest) -> Result<Precondition, Failure> {
    if !request.headers().contains_key(IF_MATCH) {
        return Ok(Precondition::default());
    }
    match IfMatch::parse(request) {
        // What is changed is there, or the answer is 404.
        Ok(IfMatch::Any) => Ok(Precondition::default()),
        Ok(IfMatch::Items(tags)) if !tags.is_empty() => {
            Ok(Precondition::one_of(tags.iter().map(|tag| tag.tag().to_owned()).collect()))
        }
        _ => {
            let detail = "If-Match holds the ETag with which the document was read, in its quotes.";
            Err(Failure::new(Code::Invalid, detail).of_input())
        }
    }
}
