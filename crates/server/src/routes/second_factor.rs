//! A person's second factor: codes of an authenticator app, and recovery codes.

use actix_web::{HttpResponse, ResponseError as _, delete, get, post, web};
use secrecy::SecretString;
use service::identity::second_factor::{self, PENDING_LASTS};
use service::{Context, Error};
use types::second_factor::{
    ConfirmSecondFactor, RecoveryCodes, SecondFactor, SecondFactorProof, SecondFactorSetup,
};
use types::session::Me;
use utoipa_actix_web::service_config::ServiceConfig;

use super::session;
use crate::app::Site;
use crate::extract::{Identified, Pending, Person};
use crate::openapi::Problems;
use crate::problem::{Answer, Failure};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(verify)
        .service(get)
        .service(set_up)
        .service(confirm)
        .service(replace_recovery_codes)
        .service(disable);
}

/// Completes a sign-in that answered `second_factor_required`, in the same browser: by a code or a recovery code.
#[utoipa::path(tag = "session", operation_id = "verifySecondFactor", security(()),
    request_body = SecondFactorProof, responses((status = 200, body = Me), Problems))]
#[post("/auth/second-factor/verify")]
async fn verify(
    context: web::Data<Context>,
    site: web::Data<Site>,
    Person(credentials): Person,
    Pending(pending): Pending,
    body: web::Json<SecondFactorProof>,
) -> Result<HttpResponse, Failure> {
    let opened = second_factor::verify(&context, &credentials, pending.as_ref(), body.into_inner()).await?;
    let ended = site.removal(site.pending_cookie_name());
    Ok(HttpResponse::Ok().cookie(session::cookie(&site, &opened)).cookie(ended).json(opened.me))
}

/// Whether the person has a second factor, and how many recovery codes are left.
#[utoipa::path(tag = "account", operation_id = "getSecondFactor",
    responses((status = 200, body = SecondFactor), Problems))]
#[get("/auth/second-factor")]
async fn get(context: web::Data<Context>, Identified(signed_in): Identified) -> Answer<SecondFactor> {
    Ok(web::Json(second_factor::status(&context, &signed_in).await?))
}

/// Makes a secret for an authenticator app, shown once.
///
/// It counts from when a first code of the app was confirmed. The person must have proved lately who they are.
#[utoipa::path(tag = "account", operation_id = "setUpSecondFactor",
    responses((status = 200, body = SecondFactorSetup), Problems))]
#[post("/auth/second-factor")]
async fn set_up(context: web::Data<Context>, Identified(signed_in): Identified) -> Answer<SecondFactorSetup> {
    Ok(web::Json(second_factor::set_up(&context, &signed_in).await?))
}

/// Turns the second factor on by the app's first code, and signs the person out in every other browser.
///
/// The recovery codes are shown once. The person must have proved lately who they are.
#[utoipa::path(tag = "account", operation_id = "confirmSecondFactor", request_body = ConfirmSecondFactor,
    responses((status = 200, body = RecoveryCodes), Problems))]
#[post("/auth/second-factor/confirm")]
async fn confirm(
    context: web::Data<Context>,
    Identified(signed_in): Identified,
    body: web::Json<ConfirmSecondFactor>,
) -> Answer<RecoveryCodes> {
    Ok(web::Json(second_factor::enable(&context, &signed_in, body.into_inner()).await?))
}

/// Makes new recovery codes, shown once; the earlier ones hold no more.
///
/// The person must have proved lately who they are.
#[utoipa::path(tag = "account", operation_id = "replaceRecoveryCodes",
    responses((status = 200, body = RecoveryCodes), Problems))]
#[post("/auth/second-factor/recovery-codes")]
async fn replace_recovery_codes(
    context: web::Data<Context>,
    Identified(signed_in): Identified,
) -> Answer<RecoveryCodes> {
    Ok(web::Json(second_factor::replace_recovery_codes(&context, &signed_in).await?))
}

/// Turns the second factor off, and signs the person out in every other browser.
///
/// The person must have proved lately who they are.
#[utoipa::path(tag = "account", operation_id = "disableSecondFactor", responses((status = 204), Problems))]
#[delete("/auth/second-factor")]
async fn disable(
    context: web::Data<Context>,
    Identified(signed_in): Identified,
) -> Result<HttpResponse, Failure> {
    second_factor::disable(&context, &signed_in).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// What a right password is answered whose second factor is awaited: no session, and a cookie that names this sign-in.
pub(super) fn awaited(site: &Site, token: &SecretString) -> Result<HttpResponse, Failure> {
    let pending = site.cookie(site.pending_cookie_name(), token, PENDING_LASTS);
    let mut response = Failure::from(Error::SecondFactorRequired).error_response();
    response
        .add_cookie(&pending)
        .map_err(|error| Error::Internal(format!("a cookie cannot be written: {error}")))?;
    Ok(response)
}
