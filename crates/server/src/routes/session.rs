//! Signing up, in and out.

use actix_web::cookie::Cookie;
use actix_web::{HttpResponse, get, post, web};
use service::identity::{Admission, NewSession, SESSION_LIFETIME, SignedUp};
use service::{Context, identity};
use types::email::LinkSent;
use types::session::{Me, SignIn, SignUp, SwitchOrganization};
use utoipa_actix_web::service_config::ServiceConfig;

use super::second_factor;
use crate::app::Site;
use crate::extract::{Identified, Person};
use crate::openapi::Problems;
use crate::problem::{Answer, Failure};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(sign_up).service(sign_in).service(sign_out).service(me).service(switch_org);
}

/// Makes an account and signs it in by a cookie.
///
/// With a mail server, the address is confirmed first: the answer is 202 whether it has an account or not, and the link
/// that was mailed to it makes the account.
#[utoipa::path(tag = "session", operation_id = "signUp", security(()), request_body = SignUp,
    responses((status = 201, body = Me), (status = 202, body = LinkSent), Problems))]
#[post("/auth/sign-up")]
async fn sign_up(
    context: web::Data<Context>,
    site: web::Data<Site>,
    Person(credentials): Person,
    body: web::Json<SignUp>,
) -> Result<HttpResponse, Failure> {
    Ok(match identity::sign_up(&context, &credentials, body.into_inner()).await? {
        SignedUp::Session(session) => {
            HttpResponse::Created().cookie(cookie(&site, &session)).json(session.me)
        }
        SignedUp::LinkSent(sent) => HttpResponse::Accepted().json(sent),
    })
}

/// Signs in by a cookie.
///
/// Who has a second factor is answered `second_factor_required`, with a cookie that names this sign-in:
/// `POST /api/auth/second-factor/verify` completes it.
#[utoipa::path(tag = "session", operation_id = "signIn", security(()), request_body = SignIn,
    responses((status = 200, body = Me), Problems))]
#[post("/auth/sign-in")]
async fn sign_in(
    context: web::Data<Context>,
    site: web::Data<Site>,
    Person(credentials): Person,
    body: web::Json<SignIn>,
) -> Result<HttpResponse, Failure> {
    match identity::sign_in(&context, &credentials, body.into_inner()).await? {
        Admission::Session(session) => {
            Ok(HttpResponse::Ok().cookie(cookie(&site, &session)).json(session.me))
        }
        Admission::SecondFactor(token) => second_factor::awaited(&site, &token),
    }
}

/// Ends the session, if there is one.
#[utoipa::path(tag = "session", operation_id = "signOut", security(()), responses((status = 204), Problems))]
#[post("/auth/sign-out")]
async fn sign_out(
    context: web::Data<Context>,
    site: web::Data<Site>,
    Person(credentials): Person,
) -> Result<HttpResponse, Failure> {
    identity::sign_out(&context, &credentials).await?;
    Ok(HttpResponse::NoContent().cookie(removal(&site)).finish())
}

/// Who is signed in, and the organizations that they belong to.
#[utoipa::path(tag = "session", operation_id = "getMe", responses((status = 200, body = Me), Problems))]
#[get("/auth/me")]
async fn me(context: web::Data<Context>, Identified(signed_in): Identified) -> Answer<Me> {
    Ok(web::Json(identity::me(&context, &signed_in).await?))
}

/// Makes another organization the session's default.
#[utoipa::path(tag = "session", operation_id = "switchOrganization", request_body = SwitchOrganization,
    responses((status = 200, body = Me), Problems))]
#[post("/auth/switch-org")]
async fn switch_org(
    context: web::Data<Context>,
    Identified(signed_in): Identified,
    body: web::Json<SwitchOrganization>,
) -> Answer<Me> {
    Ok(web::Json(identity::switch_organization(&context, &signed_in, body.into_inner()).await?))
}

pub(super) fn cookie(site: &Site, session: &NewSession) -> Cookie<'static> {
    site.cookie(site.cookie_name(), &session.token, SESSION_LIFETIME)
}

/// What makes the browser forget the session.
pub(super) fn removal(site: &Site) -> Cookie<'static> {
    site.removal(site.cookie_name())
}
