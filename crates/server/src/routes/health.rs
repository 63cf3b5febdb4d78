//! Whether the server lives and can serve.

use std::time::Duration;

use actix_web::{HttpResponse, get, web};
use service::Context;
use types::problem::Code;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::app::Site;
use crate::openapi::Problems;
use crate::problem::Failure;

/// How long the database may take to answer.
const PATIENCE: Duration = Duration::from_secs(1);

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(livez).service(readyz);
}

/// The process lives. Asks nobody else.
#[utoipa::path(tag = "health", operation_id = "livez", security(()), responses((status = 204)))]
#[get("/livez")]
async fn livez() -> HttpResponse {
    HttpResponse::NoContent().finish()
}

/// The server can serve: its database answers and it is not stopping.
#[utoipa::path(tag = "health", operation_id = "readyz", security(()), responses((status = 204), Problems))]
#[get("/readyz")]
async fn readyz(context: web::Data<Context>, site: web::Data<Site>) -> Result<HttpResponse, Failure> {
    if site.stopping.is_cancelled() {
        return Err(Failure::new(Code::Unavailable, "The server is stopping."));
    }
    match tokio::time::timeout(PATIENCE, context.store.ping()).await {
        Ok(Ok(())) => Ok(HttpResponse::NoContent().finish()),
        _ => Err(Failure::new(Code::Unavailable, "The database does not answer.")),
    }
}
