//! What other services send.

use actix_web::{HttpRequest, HttpResponse, post, web};
use service::{Context, Signed, clerk};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::openapi::Problems;
use crate::problem::Failure;

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(of_clerk);
}

/// Takes an event of Clerk: people, organizations and memberships become here what they are there.
///
/// Clerk signs it (Svix: `svix-id`, `svix-timestamp`, `svix-signature`) with the secret of this endpoint. Sent again, in
/// another order or late, it changes nothing that is newer.
#[utoipa::path(tag = "webhooks", operation_id = "receiveClerkEvent", security(()),
    request_body(content = serde_json::Value, description = "The event."),
    responses((status = 204), Problems))]
#[post("/webhooks/clerk")]
async fn of_clerk(
    request: HttpRequest,
    context: web::Data<Context>,
    body: web::Bytes,
) -> Result<HttpResponse, Failure> {
    let text = |name| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let signed =
        Signed { id: text("svix-id"), timestamp: text("svix-timestamp"), signature: text("svix-signature") };
    clerk::receive(&context, signed, &body).await?;
    Ok(HttpResponse::NoContent().finish())
}
