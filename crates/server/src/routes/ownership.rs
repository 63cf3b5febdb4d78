//! Ownership: who answers for which data, and how it is tagged.

use actix_web::{get, put, web};
use serde::Deserialize;
use service::{Context, ownership, permission};
use types::ownership::{OwnershipDocument, SetOwnership};
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::extract::{Authed, Expected, ExpectedTag};
use crate::openapi::Problems;
use crate::problem::Answer;

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(find).service(set);
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct OfOne {
    /// Name or id; needed when there are several.
    source: Option<String>,
}

/// The rules that say who answers for what in a source. What is said of single objects is with them:
/// `GET /api/schema/objects/{path}`.
#[utoipa::path(tag = "schema", operation_id = "getOwnership", params(OfOne),
    responses((status = 200, body = OwnershipDocument), Problems))]
#[get("/ownership")]
async fn find(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::SchemaRead>,
    query: web::Query<OfOne>,
) -> Answer<OwnershipDocument> {
    Ok(web::Json(ownership::get(&context, &scope, query.source.as_deref()).await?))
}

/// Puts the rules of a source in the place of those that were there. The version that was changed is named in `version`;
/// when there is a newer one, nothing is changed.
#[utoipa::path(tag = "schema", operation_id = "setOwnership", params(OfOne, ExpectedTag), request_body = SetOwnership,
    responses((status = 200, body = OwnershipDocument), Problems))]
#[put("/ownership")]
async fn set(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::SchemaDescribe>,
    query: web::Query<OfOne>,
    Expected(expected): Expected,
    body: web::Json<SetOwnership>,
) -> Answer<OwnershipDocument> {
    let scope = scope.expecting(expected);
    Ok(web::Json(ownership::set(&context, &scope, query.source.as_deref(), body.into_inner()).await?))
}
