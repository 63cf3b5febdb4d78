//! Scans: starting, watching, cancelling and retrying runs.

use actix_web::{HttpResponse, get, post, web};
use serde::Deserialize;
use service::{Context, permission, scan};
use types::RunId;
use types::page::Page;
use types::run::{Run, RunState, ScanStarted, StartScan};
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::extract::{Authed, OptionalJson, PageQuery, Paged};
use crate::openapi::Problems;
use crate::problem::{Answer, Failure};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(start).service(list).service(find).service(cancel).service(retry);
}

/// Starts a scan; the answer comes at once, the run goes on.
#[utoipa::path(tag = "scans", operation_id = "startScan", request_body(content = Option<StartScan>),
    responses((status = 202, body = ScanStarted), Problems))]
#[post("/scan/run")]
async fn start(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::ScanRun>,
    OptionalJson(input): OptionalJson<StartScan>,
) -> Result<HttpResponse, Failure> {
    Ok(HttpResponse::Accepted().json(scan::start(&context, &scope, input).await?))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// Name or id; all sources if missing.
    source: Option<String>,
    state: Option<RunState>,
}

/// Runs, newest first.
#[utoipa::path(tag = "scans", operation_id = "listRuns", params(Filter, PageQuery),
    responses((status = 200, body = Page<Run>), Problems))]
#[get("/scan/runs")]
async fn list(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::ScanRead>,
    filter: web::Query<Filter>,
    Paged(paging): Paged,
) -> Answer<Page<Run>> {
    let Filter { source, state } = filter.into_inner();
    Ok(web::Json(scan::list(&context, &scope, scan::Filter { source, state }, &paging).await?))
}

/// One run with its steps.
#[utoipa::path(tag = "scans", operation_id = "getRun", params(("id" = RunId, Path)),
    responses((status = 200, body = Run), Problems))]
#[get("/scan/runs/{id}")]
async fn find(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::ScanRead>,
    id: web::Path<RunId>,
) -> Answer<Run> {
    Ok(web::Json(scan::get(&context, &scope, id.into_inner()).await?))
}

/// Asks a run to end. A run that has ended stays as it is.
#[utoipa::path(tag = "scans", operation_id = "cancelRun", params(("id" = RunId, Path)),
    responses((status = 202, body = Run), Problems))]
#[post("/scan/runs/{id}/cancel")]
async fn cancel(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::ScanRun>,
    id: web::Path<RunId>,
) -> Result<HttpResponse, Failure> {
    Ok(HttpResponse::Accepted().json(scan::cancel(&context, &scope, id.into_inner()).await?))
}

/// Scans the run's source once more, as a new run.
#[utoipa::path(tag = "scans", operation_id = "retryRun", params(("id" = RunId, Path)),
    responses((status = 202, body = ScanStarted), Problems))]
#[post("/scan/runs/{id}/retry")]
async fn retry(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::ScanRun>,
    id: web::Path<RunId>,
) -> Result<HttpResponse, Failure> {
    Ok(HttpResponse::Accepted().json(scan::retry(&context, &scope, id.into_inner()).await?))
}
