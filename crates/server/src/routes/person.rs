//! What is kept of a person, and the end of their account.

use actix_web::http::header::{ContentDisposition, DispositionParam, DispositionType};
use actix_web::{HttpResponse, get, post, web};
use service::{Context, person};
use types::person::{ConfirmEmailAddress, PersonExport};
use utoipa_actix_web::service_config::ServiceConfig;

use super::session::removal;
use crate::app::Site;
use crate::extract::{Identified, Person};
use crate::openapi::Problems;
use crate::problem::Failure;

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(export).service(deactivate).service(erase);
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
