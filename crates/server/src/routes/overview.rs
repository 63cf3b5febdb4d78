//! The first page.

use actix_web::{get, web};
use serde::Deserialize;
use service::{Context, permission};
use types::overview::Overview;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::extract::Authed;
use crate::openapi::Problems;
use crate::problem::Answer;

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(find);
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct OfSource {
    /// Name or id; all sources added up if missing.
    source: Option<String>,
}

/// What there is, how it moved within a week, and whether it can be trusted.
#[utoipa::path(tag = "quality", operation_id = "getOverview", params(OfSource),
    responses((status = 200, body = Overview), Problems))]
#[get("/overview")]
async fn find(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::QualityRead>,
    query: web::Query<OfSource>,
) -> Answer<Overview> {
    Ok(web::Json(service::overview::get(&context, &scope, query.source.as_deref()).await?))
}
