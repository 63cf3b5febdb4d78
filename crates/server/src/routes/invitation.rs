//! Invitations.

use actix_web::{HttpResponse, delete, get, post, web};
use service::{Context, invitation, permission};
use types::InvitationId;
use types::organization::{CreateInvitation, Invitation, ReceivedInvitations};
use types::page::Page;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::extract::{Authed, Identified, PageQuery, Paged};
use crate::idempotency::OnRepeat;
use crate::openapi::Problems;
use crate::problem::{Answer, Failure};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(list).service(create).service(revoke).service(received);
}

/// The open invitations, the newest first.
#[utoipa::path(tag = "members", operation_id = "listInvitations", params(PageQuery),
    responses((status = 200, body = Page<Invitation>), Problems))]
#[get("/org/invitations")]
async fn list(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::MemberManage>,
    Paged(paging): Paged,
) -> Answer<Page<Invitation>> {
    Ok(web::Json(invitation::list(&context, &scope, &paging).await?))
}

/// Invites an address. The token is in this answer only. As an owner it asks for a recent proof: `step_up_required`.
#[utoipa::path(tag = "members", operation_id = "createInvitation", request_body = CreateInvitation,
    responses((status = 201, body = Invitation), Problems))]
#[post("/org/invitations")]
async fn create(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::MemberManage>,
    body: web::Json<CreateInvitation>,
) -> Result<HttpResponse, Failure> {
    let made = invitation::create(&context, &scope, body.into_inner()).await?;
    let mut response = HttpResponse::Created().json(&made);
    OnRepeat::answer(&mut response, &Invitation { token: None, ..made });
    Ok(response)
}

/// Withdraws an invitation.
#[utoipa::path(tag = "members", operation_id = "revokeInvitation", params(("id" = InvitationId, Path)),
    responses((status = 204), Problems))]
#[delete("/org/invitations/{id}")]
async fn revoke(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::MemberManage>,
    id: web::Path<InvitationId>,
) -> Result<HttpResponse, Failure> {
    invitation::revoke(&context, &scope, id.into_inner()).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The invitations that await the signed-in person, whose address has to be confirmed. Only a person can.
#[utoipa::path(tag = "members", operation_id = "listReceivedInvitations",
    responses((status = 200, body = ReceivedInvitations), Problems))]
#[get("/auth/invitations")]
async fn received(
    context: web::Data<Context>,
    Identified(signed_in): Identified,
) -> Answer<ReceivedInvitations> {
    Ok(web::Json(invitation::received(&context, &signed_in).await?))
}
