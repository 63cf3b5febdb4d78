//! By which provider an organization's people sign in.

use actix_web::{HttpResponse, delete, get, post, put, web};
use service::{Context, permission, sso};
use types::sso::{SetSso, SsoSettings};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::extract::Authed;
use crate::openapi::Problems;
use crate::problem::{Answer, Failure};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(find).service(set).service(remove).service(prove);
}

/// How people sign in by the organization's provider. Of the client's secret only whether it is set, and its end.
#[utoipa::path(tag = "organization", operation_id = "getSso", responses((status = 200, body = SsoSettings), Problems))]
#[get("/org/sso")]
async fn find(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::OrganizationManage>,
) -> Answer<SsoSettings> {
    Ok(web::Json(sso::get(&context, &scope).await?))
}

/// Keeps how people sign in by the organization's provider, once the provider has said what it is.
///
/// A new domain lets nobody in before it is verified: by its record in DNS, or by the operator. The owner must have proved lately who they are.
#[utoipa::path(tag = "organization", operation_id = "setSso", request_body = SetSso,
    responses((status = 200, body = SsoSettings), Problems))]
#[put("/org/sso")]
async fn set(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::SsoManage>,
    body: web::Json<SetSso>,
) -> Answer<SsoSettings> {
    Ok(web::Json(sso::set(&context, &scope, body.into_inner()).await?))
}

/// Ends single sign-on. The owner must have proved lately who they are.
#[utoipa::path(tag = "organization", operation_id = "deleteSso", responses((status = 204), Problems))]
#[delete("/org/sso")]
async fn remove(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::SsoManage>,
) -> Result<HttpResponse, Failure> {
    sso::remove(&context, &scope).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Looks whether a domain publishes its TXT record in DNS, which proves that it is the organization's. From then on its people
/// sign in by the provider. The owner must have proved lately who they are.
#[utoipa::path(tag = "organization", operation_id = "verifySsoDomain",
    params(("domain" = String, Path, description = "One of the domains of the settings")),
    responses((status = 200, body = SsoSettings), Problems))]
#[post("/org/sso/domains/{domain}/verify")]
async fn prove(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::SsoManage>,
    path: web::Path<String>,
) -> Answer<SsoSettings> {
    Ok(web::Json(sso::prove_domain(&context, &scope, &path).await?))
}
