//! What a person does with their own account.

use actix_web::{HttpResponse, delete, get, patch, post, web};
use service::{Context, identity};
use types::SessionId;
use types::account::{ChangePassword, Confirm, Device, PatchUser};
use types::page::Page;
use types::session::Me;
use utoipa_actix_web::service_config::ServiceConfig;

use super::session::removal;
use crate::app::Site;
use crate::extract::Identified;
use crate::openapi::Problems;
use crate::problem::{Answer, Failure};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(change)
        .service(confirm)
        .service(change_password)
        .service(list_devices)
        .service(end_device)
        .service(sign_out_everywhere);
}

/// Changes the name that others read.
#[utoipa::path(tag = "account", operation_id = "patchMe", request_body = PatchUser,
    responses((status = 200, body = Me), Problems))]
#[patch("/auth/me")]
async fn change(
    context: web::Data<Context>,
    Identified(signed_in): Identified,
    body: web::Json<PatchUser>,
) -> Answer<Me> {
    Ok(web::Json(identity::rename(&context, &signed_in, body.into_inner()).await?))
}

/// Proves again who is at the screen; for ten minutes this allows what answered `step_up_required`.
#[utoipa::path(tag = "account", operation_id = "confirm", request_body = Confirm,
    responses((status = 204), Problems))]
#[post("/auth/confirm")]
async fn confirm(
    context: web::Data<Context>,
    Identified(signed_in): Identified,
    body: web::Json<Confirm>,
) -> Result<HttpResponse, Failure> {
    identity::confirm(&context, &signed_in, body.into_inner()).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Changes the password, and ends every other session.
#[utoipa::path(tag = "account", operation_id = "changePassword", request_body = ChangePassword,
    responses((status = 204), Problems))]
#[post("/auth/password")]
async fn change_password(
    context: web::Data<Context>,
    Identified(signed_in): Identified,
    body: web::Json<ChangePassword>,
) -> Result<HttpResponse, Failure> {
    identity::change_password(&context, &signed_in, body.into_inner()).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The browsers in which the person is signed in, the last used first.
#[utoipa::path(tag = "account", operation_id = "listDevices",
    responses((status = 200, body = Page<Device>), Problems))]
#[get("/auth/sessions")]
async fn list_devices(
    context: web::Data<Context>,
    Identified(signed_in): Identified,
) -> Answer<Page<Device>> {
    Ok(web::Json(identity::devices(&context, &signed_in).await?))
}

/// Signs the person out in one browser.
#[utoipa::path(tag = "account", operation_id = "endDevice", params(("id" = SessionId, Path)),
    responses((status = 204), Problems))]
#[delete("/auth/sessions/{id}")]
async fn end_device(
    context: web::Data<Context>,
    Identified(signed_in): Identified,
    id: web::Path<SessionId>,
) -> Result<HttpResponse, Failure> {
    identity::end_device(&context, &signed_in, id.into_inner()).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Signs the person out in every browser, this one included.
#[utoipa::path(tag = "account", operation_id = "signOutEverywhere", responses((status = 204), Problems))]
#[post("/auth/sign-out-everywhere")]
async fn sign_out_everywhere(
    context: web::Data<Context>,
    site: web::Data<Site>,
    Identified(signed_in): Identified,
) -> Result<HttpResponse, Failure> {
    identity::sign_out_everywhere(&context, &signed_in).await?;
    Ok(HttpResponse::NoContent().cookie(removal(&site)).finish())
}
