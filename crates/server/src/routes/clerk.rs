//! Signing in by Clerk.

use actix_web::{HttpResponse, get, post, web};
use service::{Context, clerk};
use types::session::{ClerkInstance, Me, SignInMethods, SignInWithClerk};
use utoipa_actix_web::service_config::ServiceConfig;

use super::session;
use crate::app::Site;
use crate::extract::Person;
use crate::openapi::Problems;
use crate::problem::{Answer, Failure};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(methods).service(sign_in);
}

/// In which ways pages sign people in, beside a password and their organization's single sign-on.
#[utoipa::path(tag = "session", operation_id = "getSignInMethods", security(()),
    responses((status = 200, body = SignInMethods), Problems))]
#[get("/auth/methods")]
async fn methods(context: web::Data<Context>) -> Answer<SignInMethods> {
    let clerk = context.clerk.as_deref().and_then(|clerk| {
        let publishable_key = clerk.publishable_key()?.to_owned();
        Some(ClerkInstance { publishable_key, frontend_api: clerk.issuer().to_owned() })
    });
    Ok(web::Json(SignInMethods { clerk }))
}

/// Signs in by a cookie, with the token of a session at Clerk, which holds for a minute.
///
/// The session ends with the one at Clerk, as far as this server hears of that by its events. Whoever comes for the first time
/// gets their account.
#[utoipa::path(tag = "session", operation_id = "signInWithClerk", security(()), request_body = SignInWithClerk,
    responses((status = 200, body = Me), Problems))]
#[post("/auth/clerk")]
async fn sign_in(
    context: web::Data<Context>,
    site: web::Data<Site>,
    Person(credentials): Person,
    body: web::Json<SignInWithClerk>,
) -> Result<HttpResponse, Failure> {
    let opened = clerk::sign_in(&context, &credentials, body.into_inner()).await?;
    Ok(HttpResponse::Ok().cookie(session::cookie(&site, &opened)).json(opened.me))
}
