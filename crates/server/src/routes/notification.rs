//! What the organization's members are told by mail.

use actix_web::{get, put, web};
use service::{Context, notification, permission};
use types::notification::{Notifications, SetNotifications};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::extract::{Authed, Expected, ExpectedTag};
use crate::openapi::Problems;
use crate::problem::Answer;

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(find).service(set);
}

/// Which roles get a mail when a scan opens an incident or finds one worse, and whether this server sends mail at all.
#[utoipa::path(tag = "organization", operation_id = "getNotifications",
    responses((status = 200, body = Notifications), Problems))]
#[get("/org/notifications")]
async fn find(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::OrganizationRead>,
) -> Answer<Notifications> {
    Ok(web::Json(notification::get(&context, &scope).await?))
}

/// Says which roles get a mail about incidents. Members whose address is confirmed get it. The version that was changed is
/// named in `version`; when there is a newer one, nothing is changed.
#[utoipa::path(tag = "organization", operation_id = "setNotifications", params(ExpectedTag), request_body = SetNotifications,
    responses((status = 200, body = Notifications), Problems))]
#[put("/org/notifications")]
async fn set(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::OrganizationManage>,
    Expected(expected): Expected,
    body: web::Json<SetNotifications>,
) -> Answer<Notifications> {
    Ok(web::Json(notification::set(&context, &scope.expecting(expected), body.into_inner()).await?))
}
