//! The public keys that verify access tokens.

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpResponse, get, web};
use service::Context;
use service::access_token::{KEY_SET_LASTS, key_set};
use types::access_token::KeySet;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::openapi::Problems;
use crate::problem::Failure;

/// Where they are asked for, by whoever verifies a token.
pub(crate) const KEY_SET: &str = "/.well-known/jwks.json";

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(show);
}

/// The public keys that verify access tokens, as a set that libraries for JSON Web Tokens read. It may be kept for five
/// minutes: a new key is in it for as long before it signs.
#[utoipa::path(tag = "api keys", operation_id = "getKeySet", security(()),
    responses((status = 200, body = KeySet), (status = 304, description = "The keys are the same."), Problems))]
#[get("/.well-known/jwks.json")]
async fn show(context: web::Data<Context>) -> Result<HttpResponse, Failure> {
    let set = key_set(&context).await?;
    // The first key signs as soon as it is made.
    let lasts = if set.keys.is_empty() { 0 } else { KEY_SET_LASTS.as_secs() };
    let kept = (CACHE_CONTROL, format!("public, max-age={lasts}"));
    Ok(HttpResponse::Ok().insert_header(kept).json(set))
}
