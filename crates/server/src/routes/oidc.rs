//! Signing in by the provider of one's organization.

use actix_web::cookie::{Cookie, SameSite, time::Duration};
use actix_web::{HttpResponse, post, web};
use secrecy::ExposeSecret;
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
    let mut away = cookie(&site, begun.token.expose_secret().to_owned());
    away.set_max_age(Duration::seconds(LOGIN_LASTS.as_secs().cast_signed()));
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
            let mut ended = cookie(&site, String::new());
            ended.make_removal();
            Ok(HttpResponse::Ok().cookie(session::cookie(&site, &opened)).cookie(ended).json(opened.me))
        }
        Admission::SecondFactor(token) => second_factor::awaited(&site, &token),
    }
}

/// Strict, as only the page that the provider sends back to goes on with it.
fn cookie(site: &Site, value: String) -> Cookie<'static> {
    Cookie::build(site.away_cookie_name(), value)
        .path("/")
        .http_only(true)
        .secure(site.is_https())
        .same_site(SameSite::Strict)
        .finish()
}
