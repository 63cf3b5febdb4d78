//! Keys for programs.

use actix_web::{HttpResponse, delete, get, post, web};
use service::{Context, api_key, permission};
use types::ApiKeyId;
use types::api_key::{ApiKey, CreateApiKey, RotateApiKey};
use types::page::Page;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::extract::{Authed, OptionalJson, PageQuery, Paged};
use crate::idempotency::OnRepeat;
use crate::openapi::Problems;
use crate::problem::{Answer, Failure};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(list).service(create).service(rotate).service(revoke);
}

/// The keys that are not revoked, the newest first.
#[utoipa::path(tag = "api keys", operation_id = "listApiKeys", params(PageQuery),
    responses((status = 200, body = Page<ApiKey>), Problems))]
#[get("/org/api-keys")]
async fn list(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::ApiKeyManage>,
    Paged(paging): Paged,
) -> Answer<Page<ApiKey>> {
    Ok(web::Json(api_key::list(&context, &scope, &paging).await?))
}

/// Makes a key, which is in this answer only. Send it as `Authorization: Bearer bst_…`. With the role of an owner it asks for
/// a recent proof: `step_up_required`.
#[utoipa::path(tag = "api keys", operation_id = "createApiKey", request_body = CreateApiKey,
    responses((status = 201, body = ApiKey), Problems))]
#[post("/org/api-keys")]
async fn create(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::ApiKeyManage>,
    body: web::Json<CreateApiKey>,
) -> Result<HttpResponse, Failure> {
    Ok(shown_once(api_key::create(&context, &scope, body.into_inner()).await?))
}

/// Makes a key in place of another, which goes on working for `overlap_hours`. The new key is in this answer only.
#[utoipa::path(tag = "api keys", operation_id = "rotateApiKey", params(("id" = ApiKeyId, Path)),
    request_body = Option<RotateApiKey>, responses((status = 201, body = ApiKey), Problems))]
#[post("/org/api-keys/{id}/rotate")]
async fn rotate(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::ApiKeyManage>,
    id: web::Path<ApiKeyId>,
    OptionalJson(input): OptionalJson<RotateApiKey>,
) -> Result<HttpResponse, Failure> {
    Ok(shown_once(api_key::rotate(&context, &scope, id.into_inner(), input).await?))
}

/// A new key: who sends the same request again is told of it, and not shown it.
fn shown_once(made: ApiKey) -> HttpResponse {
    let mut response = HttpResponse::Created().json(&made);
    OnRepeat::answer(&mut response, &ApiKey { key: None, ..made });
    response
}

/// Revokes a key.
#[utoipa::path(tag = "api keys", operation_id = "revokeApiKey", params(("id" = ApiKeyId, Path)),
    responses((status = 204), Problems))]
#[delete("/org/api-keys/{id}")]
async fn revoke(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::ApiKeyManage>,
    id: web::Path<ApiKeyId>,
) -> Result<HttpResponse, Failure> {
    api_key::revoke(&context, &scope, id.into_inner()).await?;
    Ok(HttpResponse::NoContent().finish())
}
