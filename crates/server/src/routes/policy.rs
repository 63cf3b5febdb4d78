//! Policies about drift: what was decided beforehand, for the organization and for each source.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::{ACCEPT, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, IF_MATCH};
use actix_web::{FromRequest, HttpRequest, HttpResponse, get, post, put, web};
use serde::Deserialize;
use service::precondition::Precondition;
use service::{Context, permission, policy};
use types::page::Page;
use types::policy::{
    AnnounceMigration, EffectivePolicy, PolicyDocument, PolicyPreview, PolicyVersion, PreviewPolicy,
    SetPolicy,
};
use types::problem::Code;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::extract::{Authed, PageQuery, Paged, expected};
use crate::openapi::Problems;
use crate::problem::{Answer, Failure};

/// The media type of a policy's file.
const YAML: &str = "application/yaml";

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(find).service(set).service(effective).service(versions).service(preview).service(announce);
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Of {
    /// Name or id of a source, for its own policy; the organization's if missing.
    source: Option<String>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct OfOne {
    /// Name or id; needed when there are several.
    source: Option<String>,
}

/// The policy in force. With `Accept: application/yaml` its file alone, as `bastion diff --policy` reads it, and its
/// version as the entity tag.
#[utoipa::path(tag = "drift", operation_id = "getDriftPolicy", params(Of),
    responses((status = 200, content((PolicyDocument = "application/json"), (String = "application/yaml"))), Problems))]
#[get("/drift/policy")]
async fn find(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::DriftRead>,
    query: web::Query<Of>,
    request: HttpRequest,
) -> Result<HttpResponse, Failure> {
    let document = policy::get(&context, &scope, query.source.as_deref()).await?;
    if text(request.headers(), ACCEPT).contains("yaml") {
        let version = (ETAG, format!("\"{}\"", document.version));
        return Ok(HttpResponse::Ok().content_type(YAML).insert_header(version).body(document.text));
    }
    Ok(HttpResponse::Ok().json(document))
}

/// Puts a policy in force. The version that was changed is named in `version`, or with a file (`application/yaml`) in
/// `If-Match`; when there is a newer one, nothing is changed. With JSON, `If-Match` may hold the `ETag` as elsewhere.
#[utoipa::path(tag = "drift", operation_id = "setDriftPolicy",
    params(Of, ("If-Match" = Option<String>, Header, description = "With a file: the version that was changed, such as \"3\". With JSON: the `ETag` with which the policy was read.")),
    request_body(content((SetPolicy = "application/json"), (String = "application/yaml"))),
    responses((status = 200, body = PolicyDocument), Problems))]
#[put("/drift/policy")]
async fn set(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::DriftHandle>,
    query: web::Query<Of>,
    Written(input, expected): Written,
) -> Answer<PolicyDocument> {
    let scope = scope.expecting(expected);
    Ok(web::Json(policy::set(&context, &scope, query.source.as_deref(), input).await?))
}

/// What the changes of a source are judged with: the organization's policy and its own.
#[utoipa::path(tag = "drift", operation_id = "getEffectiveDriftPolicy", params(OfOne),
    responses((status = 200, body = EffectivePolicy), Problems))]
#[get("/drift/policy/effective")]
async fn effective(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::DriftRead>,
    query: web::Query<OfOne>,
) -> Answer<EffectivePolicy> {
    Ok(web::Json(policy::effective(&context, &scope, query.source.as_deref()).await?))
}

/// The versions that there were, newest first.
#[utoipa::path(tag = "drift", operation_id = "listDriftPolicyVersions", params(Of, PageQuery),
    responses((status = 200, body = Page<PolicyVersion>), Problems))]
#[get("/drift/policy/versions")]
async fn versions(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::DriftRead>,
    query: web::Query<Of>,
    Paged(paging): Paged,
) -> Answer<Page<PolicyVersion>> {
    Ok(web::Json(policy::versions(&context, &scope, query.source.as_deref(), &paging).await?))
}

/// Which of the newest events a policy would judge otherwise than the one in force does. Nothing is changed.
#[utoipa::path(tag = "drift", operation_id = "previewDriftPolicy", params(Of), request_body = PreviewPolicy,
    responses((status = 200, body = PolicyPreview), Problems))]
#[post("/drift/policy/preview")]
async fn preview(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::DriftHandle>,
    query: web::Query<Of>,
    body: web::Json<PreviewPolicy>,
) -> Answer<PolicyPreview> {
    Ok(web::Json(policy::preview(&context, &scope, query.source.as_deref(), body.into_inner()).await?))
}

/// Announces a migration: what it changes in its window raises no alarm.
#[utoipa::path(tag = "drift", operation_id = "announceMigration", params(Of), request_body = AnnounceMigration,
    responses((status = 200, body = PolicyDocument), Problems))]
#[post("/drift/policy/migrations")]
async fn announce(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::DriftHandle>,
    query: web::Query<Of>,
    body: web::Json<AnnounceMigration>,
) -> Answer<PolicyDocument> {
    Ok(web::Json(policy::announce(&context, &scope, query.source.as_deref(), body.into_inner()).await?))
}

/// A policy as JSON that names its version, or as a file whose version is in `If-Match`.
struct Written(SetPolicy, Precondition);

impl FromRequest for Written {
    type Error = actix_web::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, actix_web::Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        if !text(request.headers(), CONTENT_TYPE).starts_with(YAML) {
            let expected = expected(request);
            let body = web::Json::<SetPolicy>::from_request(request, payload);
            return Box::pin(async move { Ok(Self(body.await?.into_inner(), expected?)) });
        }
        let version = text(request.headers(), IF_MATCH).trim_matches('"').parse::<u32>();
        let file = web::Bytes::from_request(request, payload);
        Box::pin(async move {
            let version = version.map_err(|_| {
                let detail =
                    "Name the version that you changed, such as If-Match: \"3\"; 0 if there is none.";
                Failure::new(Code::Invalid, detail).of_input()
            })?;
            let file = String::from_utf8(file.await?.to_vec())
                .map_err(|_| Failure::new(Code::Invalid, "The file must be UTF-8.").of_input())?;
            let input = SetPolicy { version, text: Some(file), ..SetPolicy::default() };
            Ok(Self(input, Precondition::default()))
        })
    }
}

/// A header's text; empty where it is missing.
fn text(headers: &HeaderMap, name: HeaderName) -> &str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}
