//! Sources: the monitored databases.

use actix_web::{HttpResponse, delete, get, patch, post, put, web};
use service::{Context, permission, source};
use types::organization::ConnectionReport;
use types::page::Page;
use types::source::{CreateSource, PatchSource, Schedule, Source};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::etag::changeable;
use crate::extract::{Authed, Expected, ExpectedTag, PageQuery, Paged};
use crate::openapi::Problems;
use crate::problem::{Answer, Failure};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list)
        .service(create)
        .service(find)
        .service(change)
        .service(remove)
        .service(test)
        .service(schedule)
        .service(set_schedule);
}

/// Sources, by name.
#[utoipa::path(tag = "sources", operation_id = "listSources", params(PageQuery),
    responses((status = 200, body = Page<Source>), Problems))]
#[get("/sources")]
async fn list(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::SourceRead>,
    Paged(paging): Paged,
) -> Answer<Page<Source>> {
    Ok(web::Json(source::list(&context, &scope, &paging).await?))
}

/// Adds a source. Nothing is dialled; `test` does that.
#[utoipa::path(tag = "sources", operation_id = "createSource", request_body = CreateSource,
    responses((status = 201, body = Source), Problems))]
#[post("/sources")]
async fn create(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::SourceManage>,
    body: web::Json<CreateSource>,
) -> Result<HttpResponse, Failure> {
    Ok(HttpResponse::Created().json(source::create(&context, &scope, body.into_inner()).await?))
}

/// One source, by its name or id.
#[utoipa::path(tag = "sources", operation_id = "getSource", params(("id" = String, Path, description = "Name or id.")),
    responses((status = 200, body = Source, headers(("ETag" = String, description = "For `If-Match`: of what people change of it."))), Problems))]
#[get("/sources/{id}")]
async fn find(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::SourceRead>,
    named: web::Path<String>,
) -> Result<HttpResponse, Failure> {
    Ok(changeable(source::get(&context, &scope, &named).await?))
}

/// Changes a source. Its token is dropped when its address moves to another server without a new one.
#[utoipa::path(tag = "sources", operation_id = "patchSource",
    params(("id" = String, Path, description = "Name or id."), ExpectedTag), request_body = PatchSource,
    responses((status = 200, body = Source), Problems))]
#[patch("/sources/{id}")]
async fn change(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::SourceManage>,
    named: web::Path<String>,
    Expected(expected): Expected,
    body: web::Json<PatchSource>,
) -> Answer<Source> {
    let scope = scope.expecting(expected);
    Ok(web::Json(source::patch(&context, &scope, &named, body.into_inner()).await?))
}

/// Removes a source from sight.
#[utoipa::path(tag = "sources", operation_id = "deleteSource",
    params(("id" = String, Path, description = "Name or id.")), responses((status = 204), Problems))]
#[delete("/sources/{id}")]
async fn remove(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::SourceManage>,
    named: web::Path<String>,
) -> Result<HttpResponse, Failure> {
    source::delete(&context, &scope, &named).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Tries the way to the source's agent, rung by rung.
#[utoipa::path(tag = "sources", operation_id = "testSource",
    params(("id" = String, Path, description = "Name or id.")),
    responses((status = 200, body = ConnectionReport), Problems))]
#[post("/sources/{id}/test")]
async fn test(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::SourceManage>,
    named: web::Path<String>,
) -> Answer<ConnectionReport> {
    Ok(web::Json(source::test(&context, &scope, &named).await?))
}

/// When the source is scanned by itself.
#[utoipa::path(tag = "sources", operation_id = "getSourceSchedule",
    params(("id" = String, Path, description = "Name or id.")),
    responses((status = 200, body = Schedule), Problems))]
#[get("/sources/{id}/schedule")]
async fn schedule(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::SourceRead>,
    named: web::Path<String>,
) -> Answer<Schedule> {
    Ok(web::Json(source::schedule(&context, &scope, Some(&named)).await?))
}

/// Changes when the source is scanned by itself; the first scan comes after one interval.
#[utoipa::path(tag = "sources", operation_id = "setSourceSchedule",
    params(("id" = String, Path, description = "Name or id."), ExpectedTag), request_body = Schedule,
    responses((status = 200, body = Schedule), Problems))]
#[put("/sources/{id}/schedule")]
async fn set_schedule(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::SourceManage>,
    named: web::Path<String>,
    Expected(expected): Expected,
    body: web::Json<Schedule>,
) -> Answer<Schedule> {
    let scope = scope.expecting(expected);
    Ok(web::Json(source::set_schedule(&context, &scope, Some(&named), body.into_inner()).await?))
}
