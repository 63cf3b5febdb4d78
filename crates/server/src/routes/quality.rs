//! Quality: the newest statistics, how they moved, and what they add up to.

use actix_web::{get, web};
use serde::Deserialize;
use service::{Context, ownership, permission, quality};
use types::Timestamp;
use types::quality::{Health, HealthStats, QualityPage, QualityTrends};
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::extract::{Authed, PageQuery, Paged};
use crate::openapi::Problems;
use crate::problem::Answer;

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(list).service(trends).service(stats);
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// Name or id; all sources if missing.
    source: Option<String>,
    /// A table's path.
    table: Option<String>,
    health: Option<Health>,
    /// A part of the table's path or of the column's name.
    q: Option<String>,
    /// `name`, `health`, `null_percent`, `uniqueness` or `freshness`; the worst first, by `name` if missing.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    sort: quality::Sort,
    /// The best first, by `name` from the end.
    #[serde(default)]
    #[param(value_type = Option<bool>)]
    reverse: bool,
    /// Columns that belong to `me`, to nobody (`none`), to a member's id, or to the team of that name.
    owner: Option<String>,
    /// Columns with this tag, their own or inherited.
    tag: Option<String>,
}

/// The newest statistics of every column.
#[utoipa::path(tag = "quality", operation_id = "listQuality", params(Filter, PageQuery),
    responses((status = 200, body = QualityPage), Problems))]
#[get("/quality")]
async fn list(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::QualityRead>,
    filter: web::Query<Filter>,
    Paged(paging): Paged,
) -> Answer<QualityPage> {
    let Filter { source, table, health, q, sort, reverse, owner, tag } = filter.into_inner();
    let owned = ownership::Filter::parse(owner.as_deref(), tag.as_deref());
    let filter = quality::Filter { source, table, health, text: q, sort, reverse, owned };
    Ok(web::Json(quality::list(&context, &scope, filter, &paging).await?))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Range {
    /// Name or id; all sources if missing.
    source: Option<String>,
    /// A table's path.
    table: Option<String>,
    /// A column's name, together with its table.
    column: Option<String>,
    /// Thirty days before `to` if missing.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Now if missing.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
}

/// How freshness, NULLs and row counts moved.
#[utoipa::path(tag = "quality", operation_id = "getQualityTrends", params(Range),
    responses((status = 200, body = QualityTrends), Problems))]
#[get("/quality/trends")]
async fn trends(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::QualityRead>,
    range: web::Query<Range>,
) -> Answer<QualityTrends> {
    let Range { source, table, column, from, to } = range.into_inner();
    let range = quality::Range { source, table, column, from, to };
    Ok(web::Json(quality::trends(&context, &scope, range).await?))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct OfSource {
    /// Name or id; all sources if missing.
    source: Option<String>,
}

/// What the newest statistics add up to.
#[utoipa::path(tag = "quality", operation_id = "getHealthStats", params(OfSource),
    responses((status = 200, body = HealthStats), Problems))]
#[get("/health/stats")]
async fn stats(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::QualityRead>,
    query: web::Query<OfSource>,
) -> Answer<HealthStats> {
    Ok(web::Json(quality::stats(&context, &scope, query.source.as_deref()).await?))
}
