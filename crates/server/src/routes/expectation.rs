//! Expectations: what users say must hold in their data.

use actix_web::{HttpResponse, delete, get, patch, post, web};
use serde::Deserialize;
use service::{Context, Error, expectation, permission};
use types::ExpectationId;
use types::expectation::{
    Expectation, ExpectationDefinition, ExpectationDetail, ExpectationFile, ExpectationPage, ExpectationPlan,
    ExpectationResult, PatchExpectation,
};
use types::page::Page;
use types::problem::Code;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::etag::changeable;
use crate::extract::{Authed, Expected, ExpectedTag, PageQuery, Paged};
use crate::openapi::Problems;
use crate::problem::{Answer, Failure};

/// The media type of the file.
const YAML: &str = "application/yaml";

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list)
        .service(create)
        .service(export)
        .service(import)
        .service(find)
        .service(results)
        .service(change)
        .service(remove);
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// Name or id; all sources if missing.
    source: Option<String>,
    /// A table's path.
    table: Option<String>,
    /// `passed`, `failed`, `not_checked`, or `disabled`.
    state: Option<String>,
    /// A part of the table's path, the description or the rule.
    q: Option<String>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct OfOne {
    /// Name or id; needed when there are several.
    source: Option<String>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Import {
    /// Name or id; needed when there are several.
    source: Option<String>,
    /// Only says what would be done.
    #[serde(default)]
    #[param(value_type = Option<bool>)]
    dry_run: bool,
}

/// Expectations with their newest results, by table.
#[utoipa::path(tag = "quality", operation_id = "listExpectations", params(Filter, PageQuery),
    responses((status = 200, body = ExpectationPage), Problems))]
#[get("/expectations")]
async fn list(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::QualityRead>,
    filter: web::Query<Filter>,
    Paged(paging): Paged,
) -> Answer<ExpectationPage> {
    let Filter { source, table, state, q } = filter.into_inner();
    let state = match state.filter(|text| !text.is_empty()) {
        Some(text) => {
            let unknown = || Error::field("/state", "unknown", "There is no such value.");
            Some(expectation::StateFilter::parse(&text).ok_or_else(unknown)?)
        }
        None => None,
    };
    let filter = expectation::Filter { source, table, state, text: q };
    Ok(web::Json(expectation::list(&context, &scope, filter, &paging).await?))
}

/// Says what must hold in a table. The next scan judges it.
#[utoipa::path(tag = "quality", operation_id = "createExpectation", params(OfOne),
    request_body = ExpectationDefinition, responses((status = 201, body = Expectation), Problems))]
#[post("/expectations")]
async fn create(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::QualityManage>,
    query: web::Query<OfOne>,
    body: web::Json<ExpectationDefinition>,
) -> Result<HttpResponse, Failure> {
    let made = expectation::create(&context, &scope, query.source.as_deref(), body.into_inner()).await?;
    Ok(HttpResponse::Created().json(made))
}

/// All expectations of a source as a file.
#[utoipa::path(tag = "quality", operation_id = "exportExpectations", params(OfOne),
    responses((status = 200, body = ExpectationFile, content_type = "application/yaml"), Problems))]
#[get("/expectations/export")]
async fn export(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::QualityRead>,
    query: web::Query<OfOne>,
) -> Result<HttpResponse, Failure> {
    let file = expectation::export(&context, &scope, query.source.as_deref()).await?;
    Ok(HttpResponse::Ok().content_type(YAML).body(file))
}

/// Makes a source's expectations those of a file: what is not in it is removed. With `dry_run` nothing is changed, and the
/// answer says what would be.
#[utoipa::path(tag = "quality", operation_id = "importExpectations", params(Import),
    request_body(content = ExpectationFile, content_type = "application/yaml"),
    responses((status = 200, body = ExpectationPlan), Problems))]
#[post("/expectations/import")]
async fn import(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::QualityManage>,
    query: web::Query<Import>,
    file: web::Bytes,
) -> Answer<ExpectationPlan> {
    let text = std::str::from_utf8(&file)
        .map_err(|_| Failure::new(Code::Invalid, "The file must be UTF-8.").of_input())?;
    let Import { source, dry_run } = query.into_inner();
    Ok(web::Json(expectation::import(&context, &scope, source.as_deref(), text, dry_run).await?))
}

/// One expectation with its results.
#[utoipa::path(tag = "quality", operation_id = "getExpectation", params(("id" = ExpectationId, Path)),
    responses((status = 200, body = ExpectationDetail, headers(("ETag" = String, description = "For `If-Match`: of what people change of it."))), Problems))]
#[get("/expectations/{id}")]
async fn find(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::QualityRead>,
    id: web::Path<ExpectationId>,
) -> Result<HttpResponse, Failure> {
    Ok(changeable(expectation::get(&context, &scope, id.into_inner()).await?))
}

/// What scans found of one expectation, newest first: all that is kept of it. A scan adds a result only where it judged anew
/// or found another state.
#[utoipa::path(tag = "quality", operation_id = "listExpectationResults",
    params(("id" = ExpectationId, Path), PageQuery),
    responses((status = 200, body = Page<ExpectationResult>), Problems))]
#[get("/expectations/{id}/results")]
async fn results(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::QualityRead>,
    id: web::Path<ExpectationId>,
    Paged(paging): Paged,
) -> Answer<Page<ExpectationResult>> {
    Ok(web::Json(expectation::results(&context, &scope, id.into_inner(), &paging).await?))
}

/// Changes an expectation. One whose rule is another waits for the next scan.
#[utoipa::path(tag = "quality", operation_id = "patchExpectation", params(("id" = ExpectationId, Path), ExpectedTag),
    request_body = PatchExpectation, responses((status = 200, body = Expectation), Problems))]
#[patch("/expectations/{id}")]
async fn change(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::QualityManage>,
    id: web::Path<ExpectationId>,
    Expected(expected): Expected,
    body: web::Json<PatchExpectation>,
) -> Answer<Expectation> {
    let scope = scope.expecting(expected);
    Ok(web::Json(expectation::patch(&context, &scope, id.into_inner(), body.into_inner()).await?))
}

/// Removes an expectation with its results.
#[utoipa::path(tag = "quality", operation_id = "deleteExpectation", params(("id" = ExpectationId, Path)),
    responses((status = 204), Problems))]
#[delete("/expectations/{id}")]
async fn remove(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::QualityManage>,
    id: web::Path<ExpectationId>,
) -> Result<HttpResponse, Failure> {
    expectation::delete(&context, &scope, id.into_inner()).await?;
    Ok(HttpResponse::NoContent().finish())
}
