//! Entity tags: whoever has read something and asks again is told when it is still the same, instead of being sent it.
//! That is for programs that keep it in memory: no browser may write it to a disk, so `no-store` stays. The set of public
//! keys may be kept by anybody.

use actix_web::body::{self, BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{
    CONTENT_TYPE, ETAG, ETag, EntityTag, Header as _, HeaderMap, IfNoneMatch, TryIntoHeaderValue as _,
};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, HttpResponse};
use serde::Serialize;
use service::precondition::{self, Tagged};

use crate::routes::KEY_SET;

const JSON: &[u8] = b"application/json";

/// Wraps the routes: JSON that is read gets a tag made of its bytes. What is sent bit by bit, files, problems and what has a
/// tag of its own are left as they are.
pub(crate) async fn tagged(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let is_of_ours = request.path().starts_with("/api/") || request.path() == KEY_SET;
    let read = request.method() == Method::GET && is_of_ours;
    let response = next.call(request).await?.map_into_boxed_body();
    if !(read && response.status() == StatusCode::OK && is_untagged_json(response.headers())) {
        return Ok(response);
    }
    let (request, response) = response.into_parts();
    let (mut head, body) = response.into_parts();
    let json = match body.try_into_bytes() {
        Ok(json) => json,
        Err(body) => return Ok(ServiceResponse::new(request, head.set_body(body))),
    };
    let tag = EntityTag::new_strong(precondition::tag(&json));
    let is_known = match IfNoneMatch::parse(&request) {
        Ok(IfNoneMatch::Any) => true,
        Ok(IfNoneMatch::Items(known)) => known.iter().any(|known| known.weak_eq(&tag)),
        Err(_) => false,
    };
    head.headers_mut().insert(ETAG, tag.try_into_value()?);
    if !is_known {
        return Ok(ServiceResponse::new(request, head.set_body(BoxBody::new(json))));
    }
    *head.status_mut() = StatusCode::NOT_MODIFIED;
    head.headers_mut().remove(CONTENT_TYPE);
    Ok(ServiceResponse::new(request, head.set_body(BoxBody::new(body::None::new()))))
}

/// Answers what was read with the tag of what people change of it: a weak one, as the rest may be another.
pub(crate) fn changeable<T: Serialize>(found: Tagged<T>) -> HttpResponse {
    let Tagged { document, tag } = found;
    HttpResponse::Ok().insert_header(ETag(EntityTag::new_weak(tag))).json(document)
}

fn is_untagged_json(headers: &HeaderMap) -> bool {
    let is_json = headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(JSON));
    is_json && !headers.contains_key(ETAG)
}
