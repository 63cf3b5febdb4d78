//! The public keys that verify access tokens.

use actix_web::http::header::{CACHE_CONTROL, ETag, EntityTag, Header as _, IfNoneMatch};
use actix_web::{HttpRequest, HttpResponse, get, web};
use service::access_token::{KEY_SET_LASTS, key_set};
use service::{Context, Error};
use sha2::{Digest, Sha256};
use types::access_token::KeySet;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::openapi::Problems;
use crate::problem::Failure;

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(show);
}

/// The public keys that verify access tokens, as a set that libraries for JSON Web Tokens read. It may be kept for five
/// minutes: a new key is in it for as long before it signs.
#[utoipa::path(tag = "api keys", operation_id = "getKeySet", security(()),
    responses((status = 200, body = KeySet), (status = 304, description = "The keys are the same."), Problems))]
#[get("/.well-known/jwks.json")]
async fn show(context: web::Data<Context>, request: HttpRequest) -> Result<HttpResponse, Failure> {
    let set = key_set(&context).await?;
    // The first key signs as soon as it is made.
    let lasts = if set.keys.is_empty() { 0 } else { KEY_SET_LASTS.as_secs() };
    let text = serde_json::to_string(&set).map_err(|error| Error::Internal(error.to_string()))?;
    let tag = EntityTag::new_strong(hexadecimal(&text));
    let known = is_known(&request, &tag);
    let mut answer = if known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    answer.insert_header(ETag(tag)).insert_header((CACHE_CONTROL, format!("public, max-age={lasts}")));
    Ok(if known { answer.finish() } else { answer.content_type("application/json").body(text) })
}

/// Half of the hash of what is answered.
fn hexadecimal(text: &str) -> String {
    Sha256::digest(text).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

fn is_known(request: &HttpRequest, tag: &EntityTag) -> bool {
    match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Any) => true,
        Ok(IfNoneMatch::Items(known)) => known.iter().any(|known| known.weak_eq(tag)),
        Err(_) => false,
    }
}
