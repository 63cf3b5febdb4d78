//! The organization's access to a language model.

use actix_web::{get, put, web};
use service::{Context, ai, permission};
use types::ai::{AiSettings, SetAi};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::extract::{Authed, Expected, ExpectedTag};
use crate::openapi::Problems;
use crate::problem::Answer;

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(find).service(set);
}

/// Whether a key of a language model is kept; never the key.
#[utoipa::path(tag = "organization", operation_id = "getAi", responses((status = 200, body = AiSettings), Problems))]
#[get("/org/ai")]
async fn find(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::OrganizationRead>,
) -> Answer<AiSettings> {
    Ok(web::Json(ai::get(&context, &scope).await?))
}

/// Puts a key of a language model in the place of the one that is kept; an empty text removes it.
#[utoipa::path(tag = "organization", operation_id = "setAi", params(ExpectedTag), request_body = SetAi,
    responses((status = 200, body = AiSettings), Problems))]
#[put("/org/ai")]
async fn set(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::ConnectionManage>,
    Expected(expected): Expected,
    body: web::Json<SetAi>,
) -> Answer<AiSettings> {
    Ok(web::Json(ai::set(&context, &scope.expecting(expected), body.into_inner()).await?))
}
