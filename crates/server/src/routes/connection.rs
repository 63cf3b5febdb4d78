//! How the organization's databases are reached.

use actix_web::{post, web};
use service::{Context, connection, permission};
use types::organization::{ConnectionReport, Organization, Setup, TestConnection};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::extract::Authed;
use crate::openapi::Problems;
use crate::problem::Answer;

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(setup).service(test);
}

/// Keeps the connection; a missing field stays as it is, an empty one clears.
#[utoipa::path(tag = "organization", operation_id = "setupOrganization", request_body = Setup,
    responses((status = 200, body = Organization), Problems))]
#[post("/org/setup")]
async fn setup(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::ConnectionManage>,
    body: web::Json<Setup>,
) -> Answer<Organization> {
    Ok(web::Json(connection::setup(&context, &scope, body.into_inner()).await?))
}

/// Tries the connection rung by rung and says which one broke and what to do.
#[utoipa::path(tag = "organization", operation_id = "testConnection", request_body = TestConnection,
    responses((status = 200, body = ConnectionReport), Problems))]
#[post("/org/test-connection")]
async fn test(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::ConnectionManage>,
    body: web::Json<TestConnection>,
) -> Answer<ConnectionReport> {
    Ok(web::Json(connection::test(&context, &scope, body.into_inner()).await?))
}
