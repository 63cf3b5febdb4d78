//! Sensitivity: how far out a value has to be before it is called odd, and what that would have said of the past.

use actix_web::{get, put, web};
use serde::Deserialize;
use service::{Context, permission, sensitivity};
use types::incident::Measure;
use types::sensitivity::{SensitivityDocument, SensitivityPreview, SetSensitivity};
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::extract::{Authed, Expected, ExpectedTag};
use crate::openapi::Problems;
use crate::problem::Answer;

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(preview).service(find).service(set);
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct OfOne {
    /// Name or id; needed when there are several.
    source: Option<String>,
}

/// All that was said of a source and its parts. A series goes by the nearest: its column, its table, the source; `medium`
/// where nothing was said.
#[utoipa::path(tag = "quality", operation_id = "getSensitivity", params(OfOne),
    responses((status = 200, body = SensitivityDocument), Problems))]
#[get("/sensitivity")]
async fn find(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::QualityRead>,
    query: web::Query<OfOne>,
) -> Answer<SensitivityDocument> {
    Ok(web::Json(sensitivity::get(&context, &scope, query.source.as_deref()).await?))
}

/// Says how sensitive a source, a table, a column or one of their measures is; without `sensitivity` the place inherits
/// again. The next scan judges by it.
#[utoipa::path(tag = "quality", operation_id = "setSensitivity", params(OfOne, ExpectedTag), request_body = SetSensitivity,
    responses((status = 200, body = SensitivityDocument), Problems))]
#[put("/sensitivity")]
async fn set(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::QualityManage>,
    query: web::Query<OfOne>,
    Expected(expected): Expected,
    body: web::Json<SetSensitivity>,
) -> Answer<SensitivityDocument> {
    let scope = scope.expecting(expected);
    Ok(web::Json(sensitivity::set(&context, &scope, query.source.as_deref(), body.into_inner()).await?))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct OfSeries {
    /// Name or id; needed when there are several.
    source: Option<String>,
    /// A table's path.
    table: String,
    /// A column's name; missing for what is measured of the whole table.
    column: Option<String>,
    /// `null_percent` of a column and `row_count` of a table if missing.
    measure: Option<Measure>,
}

/// How often each sensitivity would have told somebody about the newest points of a series, and where. Nothing is kept.
#[utoipa::path(tag = "quality", operation_id = "previewSensitivity", params(OfSeries),
    responses((status = 200, body = SensitivityPreview), Problems))]
#[get("/sensitivity/preview")]
async fn preview(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::QualityRead>,
    query: web::Query<OfSeries>,
) -> Answer<SensitivityPreview> {
    let OfSeries { source, table, column, measure } = query.into_inner();
    let wanted = sensitivity::Wanted { source, table, column, measure };
    Ok(web::Json(sensitivity::preview(&context, &scope, wanted).await?))
}
