//! Drift: what scans found changed, and what was decided about it.

use actix_web::{get, post, web};
use serde::Deserialize;
use service::{Context, drift, ownership, permission};
use types::change::Severity;
use types::drift::{DecideDrift, DriftDetail, DriftStatus, DriftSummary};
use types::page::Page;
use types::{DriftId, Timestamp};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::extract::{Authed, OptionalJson, PageQuery, Paged};
use crate::openapi::Problems;
use crate::problem::Answer;

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(list).service(history).service(decide).service(find);
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// Name or id; all sources if missing.
    source: Option<String>,
    severity: Option<Severity>,
    status: Option<DriftStatus>,
    /// Only those that break something, or only those that do not.
    breaking: Option<bool>,
    /// A part of the sentence or of a path that is affected.
    q: Option<String>,
    /// Detected at this time or later.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Detected at this time or earlier.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
    /// Those that change or affect what belongs to `me`, to nobody (`none`), to a member's id, or to the team of that name.
    owner: Option<String>,
    /// Those that change or affect what has this tag, its own or inherited.
    tag: Option<String>,
}

impl From<Filter> for drift::Filter {
    fn from(filter: Filter) -> Self {
        let Filter { source, severity, status, breaking, q, from, to, owner, tag } = filter;
        let owned = ownership::Filter::parse(owner.as_deref(), tag.as_deref());
        Self { source, severity, status, breaking, text: q, from, to, owned }
    }
}

/// Events, newest first.
#[utoipa::path(tag = "drift", operation_id = "listDrift", params(Filter, PageQuery),
    responses((status = 200, body = Page<DriftSummary>), Problems))]
#[get("/drift")]
async fn list(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::DriftRead>,
    filter: web::Query<Filter>,
    Paged(paging): Paged,
) -> Answer<Page<DriftSummary>> {
    Ok(web::Json(drift::list(&context, &scope, filter.into_inner().into(), &paging).await?))
}

/// Events of every status, newest first: what the timeline draws.
#[utoipa::path(tag = "drift", operation_id = "listDriftHistory", params(Filter, PageQuery),
    responses((status = 200, body = Page<DriftSummary>), Problems))]
#[get("/drift/history")]
async fn history(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::DriftRead>,
    filter: web::Query<Filter>,
    Paged(paging): Paged,
) -> Answer<Page<DriftSummary>> {
    Ok(web::Json(drift::list(&context, &scope, filter.into_inner().into(), &paging).await?))
}

/// One event with its changes.
#[utoipa::path(tag = "drift", operation_id = "getDrift", params(("id" = DriftId, Path)),
    responses((status = 200, body = DriftDetail), Problems))]
#[get("/drift/{id}")]
async fn find(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::DriftRead>,
    id: web::Path<DriftId>,
) -> Answer<DriftDetail> {
    Ok(web::Json(drift::get(&context, &scope, id.into_inner()).await?))
}

/// What may be decided about an event.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Decision {
    /// Somebody is looking at it.
    Ack,
    /// It was expected, and is fine.
    Accept,
    /// It does not matter.
    Ignore,
}

impl From<Decision> for DriftStatus {
    fn from(decision: Decision) -> Self {
        match decision {
            Decision::Ack => Self::Acknowledged,
            Decision::Accept => Self::Accepted,
            Decision::Ignore => Self::Ignored,
        }
    }
}

/// Decides about an event, or about the changes of it that are named: somebody looks at it, it is fine, or it does not
/// matter. A later decision about the event replaces an earlier. What is accepted, or ignored until a day, is carried into
/// the source's policy.
#[utoipa::path(tag = "drift", operation_id = "decideDrift",
    params(("id" = DriftId, Path), ("decision" = inline(Decision), Path)),
    request_body(content = Option<DecideDrift>), responses((status = 200, body = DriftDetail), Problems))]
#[post("/drift/{id}/{decision}")]
async fn decide(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::DriftHandle>,
    path: web::Path<(DriftId, Decision)>,
    OptionalJson(input): OptionalJson<DecideDrift>,
) -> Answer<DriftDetail> {
    let (id, decision) = path.into_inner();
    Ok(web::Json(drift::decide(&context, &scope, id, decision.into(), input).await?))
}
