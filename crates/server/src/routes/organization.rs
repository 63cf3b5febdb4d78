//! The organization itself and its key.

use actix_web::{HttpResponse, delete, get, patch, post, web};
use service::{Context, key, organization, permission};
use types::OrgId;
use types::organization::{
    CreateOrganization, JoinAnswer, JoinOrganization, KeyReport, Organization, PatchOrganization,
};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::extract::{Authed, Expected, ExpectedTag, Identified, Person};
use crate::openapi::Problems;
use crate::problem::{Answer, Failure};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(create)
        .service(join)
        .service(read)
        .service(change)
        .service(remove)
        .service(restore)
        .service(rotate_keys)
        .service(re_encrypt);
}

/// Makes an organization that the signed-in person owns.
#[utoipa::path(tag = "organization", operation_id = "createOrganization", request_body = CreateOrganization,
    responses((status = 201, body = Organization), Problems))]
#[post("/orgs")]
async fn create(
    context: web::Data<Context>,
    Identified(signed_in): Identified,
    Person(credentials): Person,
    body: web::Json<CreateOrganization>,
) -> Result<HttpResponse, Failure> {
    let made = organization::create(&context, &signed_in, &credentials.request_id, body.into_inner()).await?;
    Ok(HttpResponse::Created().json(made))
}

/// Joins by an invitation, or asks to be let in.
#[utoipa::path(tag = "organization", operation_id = "joinOrganization", request_body = JoinOrganization,
    responses((status = 200, body = JoinAnswer), Problems))]
#[post("/orgs/join")]
async fn join(
    context: web::Data<Context>,
    Identified(signed_in): Identified,
    Person(credentials): Person,
    body: web::Json<JoinOrganization>,
) -> Answer<JoinAnswer> {
    let answer = organization::join(&context, &signed_in, &credentials.request_id, body.into_inner()).await?;
    Ok(web::Json(answer))
}

/// The organization and its settings; secrets only as whether they are set.
#[utoipa::path(tag = "organization", operation_id = "getOrganization",
    responses((status = 200, body = Organization), Problems))]
#[get("/org")]
async fn read(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::OrganizationRead>,
) -> Answer<Organization> {
    Ok(web::Json(organization::get(&context, &scope).await?))
}

/// Renames the organization, or says how long versions of its schemas are kept.
#[utoipa::path(tag = "organization", operation_id = "patchOrganization", params(ExpectedTag), request_body = PatchOrganization,
    responses((status = 200, body = Organization), Problems))]
#[patch("/org")]
async fn change(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::OrganizationManage>,
    Expected(expected): Expected,
    body: web::Json<PatchOrganization>,
) -> Answer<Organization> {
    Ok(web::Json(organization::patch(&context, &scope.expecting(expected), body.into_inner()).await?))
}

/// Deletes the organization: nobody reaches it any more. Its owners find it in `deleted_organizations` of `/api/auth/me`,
/// with the time from which on it is purged, and may restore it until then.
#[utoipa::path(tag = "organization", operation_id = "deleteOrganization", responses((status = 204), Problems))]
#[delete("/org")]
async fn remove(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::OrganizationDelete>,
) -> Result<HttpResponse, Failure> {
    organization::delete(&context, &scope).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Takes the deletion of an organization back; for its owners, until it is purged. Only a person can.
#[utoipa::path(tag = "organization", operation_id = "restoreOrganization", params(("id" = OrgId, Path)),
    responses((status = 200, body = Organization), Problems))]
#[post("/orgs/{id}/restore")]
async fn restore(
    context: web::Data<Context>,
    Identified(signed_in): Identified,
    Person(credentials): Person,
    id: web::Path<OrgId>,
) -> Answer<Organization> {
    let request = &credentials.request_id;
    Ok(web::Json(organization::restore(&context, &signed_in, request, id.into_inner()).await?))
}

/// Makes a new data key, which encrypts secrets from now on.
#[utoipa::path(tag = "organization", operation_id = "rotateKeys",
    responses((status = 200, body = KeyReport), Problems))]
#[post("/org/rotate-keys")]
async fn rotate_keys(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::SecretRotate>,
) -> Answer<KeyReport> {
    Ok(web::Json(key::rotate(&context, &scope).await?))
}

/// Has the secrets rewritten that an older data key encrypts, in the background; the organization's settings say how far it
/// has come.
#[utoipa::path(tag = "organization", operation_id = "reEncrypt",
    responses((status = 202, body = KeyReport), Problems))]
#[post("/org/re-encrypt")]
async fn re_encrypt(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::SecretRotate>,
) -> Result<HttpResponse, Failure> {
    Ok(HttpResponse::Accepted().json(key::reencrypt(&context, &scope).await?))
}
