//! Schemas: versions, differences, objects, the graph and the search.

use actix_web::{HttpResponse, get, patch, web};
use serde::Deserialize;
use service::{Context, ownership, permission, schema};
use types::page::Page;
use types::schema::{
    Comparison, ObjectDetail, ObjectHistory, PatchObject, SchemaGraph, SchemaVersion, SearchHit,
    VersionSummary,
};
use types::snapshot::Snapshot;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::etag::changeable;
use crate::extract::{Authed, Expected, ExpectedTag, PageQuery, Paged};
use crate::openapi::Problems;
use crate::problem::{Answer, Failure};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(latest)
        .service(history)
        .service(find_version)
        .service(snapshot)
        .service(compare)
        .service(graph)
        .service(search)
        .service(object)
        .service(object_history)
        .service(describe);
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct OfSource {
    /// Name or id; needed when there are several.
    source: Option<String>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct OfVersion {
    /// Name or id; needed when there are several.
    source: Option<String>,
    /// The newest if missing.
    version: Option<u32>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Owned {
    /// Name or id; needed when there are several.
    source: Option<String>,
    /// Tables and views that belong to `me`, to nobody (`none`), to a member's id, or to the team of that name.
    owner: Option<String>,
    /// Tables and views with this tag, their own or inherited.
    tag: Option<String>,
}

/// The newest version. Its counts are those of the whole, whatever its tables are narrowed to.
#[utoipa::path(tag = "schema", operation_id = "getLatestSchema", params(Owned),
    responses((status = 200, body = SchemaVersion), Problems))]
#[get("/schema/latest")]
async fn latest(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::SchemaRead>,
    query: web::Query<Owned>,
) -> Answer<SchemaVersion> {
    let Owned { source, owner, tag } = query.into_inner();
    let owned = ownership::Filter::parse(owner.as_deref(), tag.as_deref());
    Ok(web::Json(schema::latest(&context, &scope, source.as_deref(), owned).await?))
}

/// The versions, newest first.
#[utoipa::path(tag = "schema", operation_id = "listSchemaVersions", params(OfSource, PageQuery),
    responses((status = 200, body = Page<VersionSummary>), Problems))]
#[get("/schema/history")]
async fn history(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::SchemaRead>,
    query: web::Query<OfSource>,
    Paged(paging): Paged,
) -> Answer<Page<VersionSummary>> {
    Ok(web::Json(schema::history(&context, &scope, query.source.as_deref(), &paging).await?))
}

/// One version. Its counts are those of the whole, whatever its tables are narrowed to; owners and tags are those of today.
#[utoipa::path(tag = "schema", operation_id = "getSchemaVersion", params(("version" = u32, Path), Owned),
    responses((status = 200, body = SchemaVersion), Problems))]
#[get("/schema/versions/{version}")]
async fn find_version(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::SchemaRead>,
    number: web::Path<u32>,
    query: web::Query<Owned>,
) -> Answer<SchemaVersion> {
    let Owned { source, owner, tag } = query.into_inner();
    let owned = ownership::Filter::parse(owner.as_deref(), tag.as_deref());
    Ok(web::Json(schema::version(&context, &scope, source.as_deref(), number.into_inner(), owned).await?))
}

/// A version as a whole: what `bastion diff` and `bastion check` read. One that is asked for by its number is kept for at
/// least 400 days from then on.
#[utoipa::path(tag = "schema", operation_id = "getSnapshot", params(OfVersion),
    responses((status = 200, body = Snapshot), Problems))]
#[get("/schema/snapshot")]
async fn snapshot(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::SchemaRead>,
    query: web::Query<OfVersion>,
) -> Answer<Snapshot> {
    let OfVersion { source, version } = query.into_inner();
    Ok(web::Json(schema::export(&context, &scope, source.as_deref(), version).await?))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Between {
    /// Name or id; needed when there are several and no side names one.
    source: Option<String>,
    /// A version, or `source:version`; the one before `to` if missing.
    from: Option<String>,
    /// A version, or `source:version`; the newest if missing.
    to: Option<String>,
}

/// What is different between two versions, or between two sources.
#[utoipa::path(tag = "schema", operation_id = "compareSchemas", params(Between),
    responses((status = 200, body = Comparison), Problems))]
#[get("/schema/compare")]
async fn compare(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::SchemaRead>,
    query: web::Query<Between>,
) -> Answer<Comparison> {
    let Between { source, from, to } = query.into_inner();
    let between = schema::Between { from, to };
    Ok(web::Json(schema::compare(&context, &scope, source.as_deref(), between).await?))
}

/// Tables and how they refer to each other.
#[utoipa::path(tag = "schema", operation_id = "getSchemaGraph", params(OfVersion),
    responses((status = 200, body = SchemaGraph), Problems))]
#[get("/schema/graph")]
async fn graph(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::SchemaRead>,
    query: web::Query<OfVersion>,
) -> Answer<SchemaGraph> {
    Ok(web::Json(schema::graph(&context, &scope, query.source.as_deref(), query.version).await?))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Search {
    /// Name or id; all sources if missing.
    source: Option<String>,
    /// A part of a name.
    q: String,
    /// At most this many hits; 50 if missing, 200 at most.
    limit: Option<u32>,
    /// What belongs to `me`, to nobody (`none`), to a member's id, or to the team of that name.
    owner: Option<String>,
    /// What has this tag, its own or inherited.
    tag: Option<String>,
}

/// Tables, columns and other objects whose names hold a text, best first.
#[utoipa::path(tag = "schema", operation_id = "searchSchema", params(Search),
    responses((status = 200, body = Page<SearchHit>), Problems))]
#[get("/schema/search")]
async fn search(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::SchemaRead>,
    query: web::Query<Search>,
) -> Answer<Page<SearchHit>> {
    let Search { source, q, limit, owner, tag } = query.into_inner();
    let owned = ownership::Filter::parse(owner.as_deref(), tag.as_deref());
    Ok(web::Json(schema::search(&context, &scope, source.as_deref(), &q, limit, owned).await?))
}

/// One object with all that is known of it.
#[utoipa::path(tag = "schema", operation_id = "getSchemaObject",
    params(("path" = String, Path, description = "Such as `public.film`."), OfVersion),
    responses((status = 200, body = ObjectDetail, headers(("ETag" = String, description = "For `If-Match`: of what people change of it."))), Problems))]
#[get("/schema/objects/{path}")]
async fn object(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::SchemaRead>,
    path: web::Path<String>,
    query: web::Query<OfVersion>,
) -> Result<HttpResponse, Failure> {
    let OfVersion { source, version } = query.into_inner();
    Ok(changeable(schema::object(&context, &scope, source.as_deref(), &path, version).await?))
}

/// What happened to a table, a view or a column, under all of its names, also when it is gone.
#[utoipa::path(tag = "schema", operation_id = "getSchemaObjectHistory",
    params(("path" = String, Path, description = "Such as `public.film` or `public.film.title`."), OfSource),
    responses((status = 200, body = ObjectHistory), Problems))]
#[get("/schema/objects/{path}/history")]
async fn object_history(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::SchemaRead>,
    path: web::Path<String>,
    query: web::Query<OfSource>,
) -> Answer<ObjectHistory> {
    let source = query.source.as_deref();
    Ok(web::Json(schema::object_history(&context, &scope, source, &path).await?))
}

/// Writes a description, an owner or tags of a table, a view or a column. What `If-Match` names is the table or the view.
#[utoipa::path(tag = "schema", operation_id = "describeSchemaObject",
    params(("path" = String, Path, description = "Such as `public.film` or `public.film.title`."), OfSource, ExpectedTag),
    request_body = PatchObject, responses((status = 200, body = ObjectDetail), Problems))]
#[patch("/schema/objects/{path}")]
async fn describe(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::SchemaDescribe>,
    path: web::Path<String>,
    query: web::Query<OfSource>,
    Expected(expected): Expected,
    body: web::Json<PatchObject>,
) -> Answer<ObjectDetail> {
    let (scope, source) = (scope.expecting(expected), query.source.as_deref());
    Ok(web::Json(schema::patch_object(&context, &scope, source, &path, body.into_inner()).await?))
}
