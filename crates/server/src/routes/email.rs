//! Links by mail: another password, and proof that an address is a person's.

use actix_web::{HttpResponse, post, web};
use service::{Context, identity};
use types::email::{ChangeEmail, ConfirmEmail, EmailConfirmed, ForgotPassword, LinkSent, ResetPassword};
use utoipa_actix_web::service_config::ServiceConfig;

use super::session::cookie;
use crate::app::Site;
use crate::extract::{Identified, Person};
use crate::openapi::Problems;
use crate::problem::Failure;

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(forgot_password)
        .service(reset_password)
        .service(change_email)
        .service(send_confirmation)
        .service(confirm_email);
}

/// Mails a link to set another password to the owner of an account.
///
/// The answer is the same where there is none. Without a mail server, the link is in the server's log.
#[utoipa::path(tag = "account", operation_id = "forgotPassword", security(()), request_body = ForgotPassword,
    responses((status = 202, body = LinkSent), Problems))]
#[post("/auth/password/forgot")]
async fn forgot_password(
    context: web::Data<Context>,
    Person(credentials): Person,
    body: web::Json<ForgotPassword>,
) -> Result<HttpResponse, Failure> {
    let sent = identity::forgot_password(&context, &credentials, body.into_inner()).await?;
    Ok(HttpResponse::Accepted().json(sent))
}

/// Sets another password by a link, and signs the person out in every browser.
#[utoipa::path(tag = "account", operation_id = "resetPassword", security(()), request_body = ResetPassword,
    responses((status = 204), Problems))]
#[post("/auth/password/reset")]
async fn reset_password(
    context: web::Data<Context>,
    Person(credentials): Person,
    body: web::Json<ResetPassword>,
) -> Result<HttpResponse, Failure> {
    identity::reset_password(&context, &credentials, body.into_inner()).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Mails a link to another address, which becomes the person's when the link is used.
///
/// The answer is the same where somebody else has that address. The person must have proved lately who they are.
#[utoipa::path(tag = "account", operation_id = "changeEmail", request_body = ChangeEmail,
    responses((status = 202, body = LinkSent), Problems))]
#[post("/auth/email")]
async fn change_email(
    context: web::Data<Context>,
    Identified(signed_in): Identified,
    body: web::Json<ChangeEmail>,
) -> Result<HttpResponse, Failure> {
    let sent = identity::change_email(&context, &signed_in, body.into_inner()).await?;
    Ok(HttpResponse::Accepted().json(sent))
}

/// Mails the person a link to confirm their address.
#[utoipa::path(tag = "account", operation_id = "sendConfirmation",
    responses((status = 202, body = LinkSent), Problems))]
#[post("/auth/email/send")]
async fn send_confirmation(
    context: web::Data<Context>,
    Identified(signed_in): Identified,
) -> Result<HttpResponse, Failure> {
    Ok(HttpResponse::Accepted().json(identity::send_confirmation(&context, &signed_in).await?))
}

/// Confirms an address by a link.
///
/// A person's, another one that they asked for, or that of a new account, which this makes and signs in by a cookie:
/// whoever signed up gives their password with it.
#[utoipa::path(tag = "account", operation_id = "confirmEmail", security(()), request_body = ConfirmEmail,
    responses((status = 200, body = EmailConfirmed), Problems))]
#[post("/auth/email/confirm")]
async fn confirm_email(
    context: web::Data<Context>,
    site: web::Data<Site>,
    Person(credentials): Person,
    body: web::Json<ConfirmEmail>,
) -> Result<HttpResponse, Failure> {
    let (confirmed, session) = identity::confirm_email(&context, &credentials, body.into_inner()).await?;
    let mut answer = HttpResponse::Ok();
    if let Some(session) = session {
        answer.cookie(cookie(&site, &session));
    }
    Ok(answer.json(confirmed))
}
