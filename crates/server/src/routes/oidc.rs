//! Signing in by the provider of one's organization.

use actix_web::{HttpResponse, post, web};
use service::Context;
use service::identity::{self, Admission, LOGIN_LASTS};
use types::session::Me;
use types::sso::{FinishSso, SsoStarted, StartSso};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{second_factor, session};
use crate::app::Site;
use crate::extract::{Away, Person};
use crate::openapi::Problems;
use crate::problem::Failure;

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(start).service(callback);
}

/// Begins single sign-on: the answer names the provider's page, and a cookie this sign-in.
///
/// The address's domain says which organization's provider it is.
#[utoipa::path(tag = "session", operation_id = "startSso", security(()), request_body = StartSso,
    responses((status = 200, body = SsoStarted), Problems))]
#[post("/auth/oidc/start")]
async fn start(
    context: web::Data<Context>,
    site: web::Data<Site>,
    body: web::Json<StartSso>,
) -> Result<HttpResponse, Failure> {
    let begun = identity::start_sso(&context, body.into_inner()).await?;
    let away = site.cookie(site.away_cookie_name(), &begun.token, LOGIN_LASTS);
    Ok(HttpResponse::Ok().cookie(away).json(begun.started))
}

/// Completes single sign-on in the browser that began it, with what the provider sent it back with, once and within ten
/// minutes.
///
/// The session reaches the organization whose provider it is, and no other. Who has a second factor is answered
/// `second_factor_required`, as after a password.
#[utoipa::path(tag = "session", operation_id = "finishSso", security(()), request_body = FinishSso,
    responses((status = 200, body = Me), Problems))]
#[post("/auth/oidc/callback")]
async fn callback(
    context: web::Data<Context>,
    site: web::Data<Site>,
    Person(credentials): Person,
    Away(begun): Away,
    body: web::Json<FinishSso>,
) -> Result<HttpResponse, Failure> {
    match identity::finish_sso(&context, &credentials, begun.as_ref(), body.into_inner()).await? {
        Admission::Session(opened) => {
            let ended = site.removal(site.away_cookie_name());
            Ok(HttpResponse::Ok().cookie(session::cookie(&site, &opened)).cookie(ended).json(opened.me))
        }
        Admission::SecondFactor(token) => second_factor::awaited(&site, &token),
    }
}
