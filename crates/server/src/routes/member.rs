//! Members and who asks to become one.

use actix_web::{HttpResponse, delete, get, patch, post, web};
use service::{Context, member, permission};
use types::UserId;
use types::organization::{DecideJoinRequest, JoinRequest, Member, PatchMember};
use types::page::Page;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::extract::{Authed, PageQuery, Paged};
use crate::openapi::Problems;
use crate::problem::{Answer, Failure};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list)
        .service(leave)
        .service(change)
        .service(remove)
        .service(list_requests)
        .service(decide);
}

/// The members, in the order of joining.
#[utoipa::path(tag = "members", operation_id = "listMembers", params(PageQuery),
    responses((status = 200, body = Page<Member>), Problems))]
#[get("/org/members")]
async fn list(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::OrganizationRead>,
    Paged(paging): Paged,
) -> Answer<Page<Member>> {
    Ok(web::Json(member::list(&context, &scope, &paging).await?))
}

/// Gives a member another role. Making somebody an owner, or an owner something else, asks for a recent proof:
/// `step_up_required`.
#[utoipa::path(tag = "members", operation_id = "patchMember", params(("user_id" = UserId, Path)),
    request_body = PatchMember, responses((status = 200, body = Member), Problems))]
#[patch("/org/members/{user_id}")]
async fn change(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::MemberManage>,
    user: web::Path<UserId>,
    body: web::Json<PatchMember>,
) -> Answer<Member> {
    Ok(web::Json(member::patch(&context, &scope, user.into_inner(), body.into_inner()).await?))
}

/// Leaves the organization. The last owner cannot: somebody else must be made one first.
#[utoipa::path(tag = "members", operation_id = "leaveOrganization", responses((status = 204), Problems))]
#[delete("/org/members/me")]
async fn leave(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::OrganizationRead>,
) -> Result<HttpResponse, Failure> {
    member::leave(&context, &scope).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Removes a member. Of an owner it asks for a recent proof: `step_up_required`.
#[utoipa::path(tag = "members", operation_id = "removeMember", params(("user_id" = UserId, Path)),
    responses((status = 204), Problems))]
#[delete("/org/members/{user_id}")]
async fn remove(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::MemberManage>,
    user: web::Path<UserId>,
) -> Result<HttpResponse, Failure> {
    member::remove(&context, &scope, user.into_inner()).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Who asks to join, the oldest first.
#[utoipa::path(tag = "members", operation_id = "listJoinRequests", params(PageQuery),
    responses((status = 200, body = Page<JoinRequest>), Problems))]
#[get("/org/join-requests")]
async fn list_requests(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::MemberManage>,
    Paged(paging): Paged,
) -> Answer<Page<JoinRequest>> {
    Ok(web::Json(member::join_requests(&context, &scope, &paging).await?))
}

/// Lets somebody in, or not. As an owner it asks for a recent proof: `step_up_required`.
#[utoipa::path(tag = "members", operation_id = "decideJoinRequest", params(("user_id" = UserId, Path)),
    request_body = DecideJoinRequest, responses((status = 204), Problems))]
#[post("/org/join-requests/{user_id}")]
async fn decide(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::MemberManage>,
    user: web::Path<UserId>,
    body: web::Json<DecideJoinRequest>,
) -> Result<HttpResponse, Failure> {
    member::decide(&context, &scope, user.into_inner(), body.into_inner()).await?;
    Ok(HttpResponse::NoContent().finish())
}
