//! What is kept of a person, and the end of their account.

use actix_web::http::header::{CACHE_CONTROL, ContentDisposition, DispositionParam, DispositionType};
use actix_web::{HttpResponse, delete, get, post, put, web};
use serde::Deserialize;
use service::{Context, person};
use types::UserId;
use types::person::{ConfirmEmailAddress, PersonExport, SetAvatar};
use types::session::Me;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use super::session::removal;
use crate::app::Site;
use crate::extract::{Identified, Person};
use crate::openapi::Problems;
use crate::problem::{Answer, Failure};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(export)
        .service(deactivate)
        .service(erase)
        .service(set_avatar)
        .service(remove_avatar)
        .service(avatar);
}

/// All that is kept of the person, as a file: rows that are theirs or name them, without secrets.
#[utoipa::path(tag = "account", operation_id = "exportMe",
    responses((status = 200, body = PersonExport), Problems))]
#[get("/auth/me/export")]
async fn export(
    context: web::Data<Context>,
    Identified(signed_in): Identified,
) -> Result<HttpResponse, Failure> {
    let export = person::export(&context, &signed_in).await?;
    let name = DispositionParam::Filename("bastion-account.json".to_owned());
    Ok(HttpResponse::Ok()
        .insert_header(ContentDisposition {
            disposition: DispositionType::Attachment,
            parameters: vec![name],
        })
        .json(export))
}

/// Deactivates the person's own account: they are signed out everywhere, and cannot sign in until the operator lets them.
///
/// Refused with `last_owner` while an organization has no other owner who can act. API keys that they made go on.
#[utoipa::path(tag = "account", operation_id = "deactivateMe", request_body = ConfirmEmailAddress,
    responses((status = 204), Problems))]
#[post("/auth/me/deactivate")]
async fn deactivate(
    context: web::Data<Context>,
    site: web::Data<Site>,
    Identified(signed_in): Identified,
    Person(credentials): Person,
    body: web::Json<ConfirmEmailAddress>,
) -> Result<HttpResponse, Failure> {
    person::deactivate(&context, &signed_in, &credentials.request_id, &body).await?;
    Ok(HttpResponse::NoContent().cookie(removal(&site)).finish())
}

/// Erases the person's own account, for good: with it go their sessions and memberships, and their name and address
/// wherever they may be changed. The audit log keeps what it holds.
///
/// Refused with `last_owner` while an organization has no other owner who can act.
#[utoipa::path(tag = "account", operation_id = "eraseMe", request_body = ConfirmEmailAddress,
    responses((status = 204), Problems))]
#[post("/auth/me/erase")]
async fn erase(
    context: web::Data<Context>,
    site: web::Data<Site>,
    Identified(signed_in): Identified,
    Person(credentials): Person,
    body: web::Json<ConfirmEmailAddress>,
) -> Result<HttpResponse, Failure> {
    person::erase(&context, &signed_in, &credentials.request_id, &body).await?;
    Ok(HttpResponse::NoContent().cookie(removal(&site)).finish())
}

/// Makes a picture the person's, which those see who share an organization with them.
#[utoipa::path(tag = "account", operation_id = "setAvatar", request_body = SetAvatar,
    responses((status = 200, body = Me), Problems))]
#[put("/auth/me/avatar")]
async fn set_avatar(
    context: web::Data<Context>,
    Identified(signed_in): Identified,
    body: web::Json<SetAvatar>,
) -> Answer<Me> {
    Ok(web::Json(person::set_avatar(&context, &signed_in, body.into_inner()).await?))
}

/// Takes the person's picture away.
#[utoipa::path(tag = "account", operation_id = "removeAvatar", responses((status = 200, body = Me), Problems))]
#[delete("/auth/me/avatar")]
async fn remove_avatar(context: web::Data<Context>, Identified(signed_in): Identified) -> Answer<Me> {
    Ok(web::Json(person::remove_avatar(&context, &signed_in).await?))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Version {
    /// The picture's hash; with it, the answer may be kept for good, as a hash never names another picture.
    hash: Option<String>,
}

/// The picture of a person, for whoever shares an organization with them.
#[utoipa::path(tag = "account", operation_id = "getAvatar", params(("user_id" = UserId, Path), Version),
    responses((status = 200, content((String = "image/png"), (String = "image/jpeg"), (String = "image/webp"))),
        Problems))]
#[get("/people/{user_id}/avatar")]
async fn avatar(
    context: web::Data<Context>,
    Identified(signed_in): Identified,
    user: web::Path<UserId>,
    version: web::Query<Version>,
) -> Result<HttpResponse, Failure> {
    let hash = version.hash.as_deref();
    let found = person::avatar_of(&context, &signed_in, user.into_inner(), hash).await?;
    let lasting = if hash.is_some() { "private, max-age=31536000, immutable" } else { "no-store" };
    let mut response = HttpResponse::Ok();
    response.content_type(found.media_type).insert_header((CACHE_CONTROL, lasting));
    Ok(response.body(found.image))
}
