//! Access tokens.

use actix_web::{post, web};
use service::{Context, access_token};
use types::access_token::{AccessToken, CreateAccessToken};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::extract::{Holding, OptionalJson};
use crate::openapi::Problems;
use crate::problem::Answer;

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(issue);
}

/// Exchanges an API key or a session for an access token, which holds for some minutes and may do no more.
///
/// It is sent as `Authorization: Bearer …` in place of the key, and whoever reads `/.well-known/jwks.json` can verify it. An
/// access token is not exchanged for another, and makes no keys.
#[utoipa::path(tag = "api keys", operation_id = "createAccessToken", request_body = Option<CreateAccessToken>,
    responses((status = 200, body = AccessToken), Problems))]
#[post("/auth/token")]
async fn issue(
    context: web::Data<Context>,
    Holding(holder): Holding,
    OptionalJson(asked): OptionalJson<CreateAccessToken>,
) -> Answer<AccessToken> {
    Ok(web::Json(access_token::issue(&context, &holder, asked).await?))
}
