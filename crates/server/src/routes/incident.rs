//! Incidents: what is wrong, who handles it, and what was decided.

use actix_web::{get, post, web};
use serde::Deserialize;
use service::{Context, Error, incident, ownership, permission};
use types::incident::{
    AssignIncident, BulkAnswer, BulkIncidents, CommentIncident, DecideIncident, Decision, IncidentCause,
    IncidentDetail, IncidentPage, IncidentSeries, IncidentSeverity, MergeIncident, SnoozeIncident,
};
use types::{DriftId, IncidentId};
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::extract::{Authed, OptionalJson, PageQuery, Paged};
use crate::openapi::Problems;
use crate::problem::{Answer, Failure};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list)
        .service(bulk)
        .service(assign)
        .service(snooze)
        .service(merge)
        .service(comment)
        .service(mark_normal)
        .service(decide)
        .service(series)
        .service(find);
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// Name or id; all sources if missing.
    source: Option<String>,
    /// `active`, `ended`, or one of `open`, `acknowledged`, `in_progress`, `resolved`, `expected`, `false_positive`.
    state: Option<String>,
    severity: Option<IncidentSeverity>,
    cause: Option<IncidentCause>,
    /// `me`, `none`, or a member's id.
    assignee: Option<String>,
    /// Those that this event of drift opened.
    #[param(value_type = Option<String>, format = Uuid)]
    drift: Option<DriftId>,
    /// A part of the sentence or of the object's path.
    q: Option<String>,
    /// Of objects that belong to `me`, to nobody (`none`), to a member's id, or to the team of that name.
    owner: Option<String>,
    /// Of objects with this tag, their own or inherited.
    tag: Option<String>,
}

impl TryFrom<Filter> for incident::Filter {
    type Error = Failure;

    fn try_from(filter: Filter) -> Result<Self, Failure> {
        let Filter { source, state, severity, cause, assignee, drift, q, owner, tag } = filter;
        let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
        let unknown =
            |pointer: &str| Failure::from(Error::field(pointer, "unknown", "There is no such value."));
        let state = match filled(state) {
            Some(text) => Some(incident::StateFilter::parse(&text).ok_or_else(|| unknown("/state"))?),
            None => None,
        };
        let assignee = match filled(assignee) {
            Some(text) => Some(incident::AssigneeFilter::parse(&text).ok_or_else(|| unknown("/assignee"))?),
            None => None,
        };
        let owned = ownership::Filter::parse(owner.as_deref(), tag.as_deref());
        Ok(Self { source, state, severity, cause, assignee, drift, text: q, owned })
    }
}

/// Incidents, newest first.
#[utoipa::path(tag = "incidents", operation_id = "listIncidents", params(Filter, PageQuery),
    responses((status = 200, body = IncidentPage), Problems))]
#[get("/incidents")]
async fn list(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::IncidentRead>,
    filter: web::Query<Filter>,
    Paged(paging): Paged,
) -> Answer<IncidentPage> {
    let filter = filter.into_inner().try_into()?;
    Ok(web::Json(incident::list(&context, &scope, filter, &paging).await?))
}

/// One incident with its evidence and its timeline.
#[utoipa::path(tag = "incidents", operation_id = "getIncident", params(("id" = IncidentId, Path)),
    responses((status = 200, body = IncidentDetail), Problems))]
#[get("/incidents/{id}")]
async fn find(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::IncidentRead>,
    id: web::Path<IncidentId>,
) -> Answer<IncidentDetail> {
    Ok(web::Json(incident::get(&context, &scope, id.into_inner()).await?))
}

/// The series behind an incident, with the bounds of each point.
#[utoipa::path(tag = "incidents", operation_id = "getIncidentSeries", params(("id" = IncidentId, Path)),
    responses((status = 200, body = IncidentSeries), Problems))]
#[get("/incidents/{id}/series")]
async fn series(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::IncidentRead>,
    id: web::Path<IncidentId>,
) -> Answer<IncidentSeries> {
    Ok(web::Json(incident::series(&context, &scope, id.into_inner()).await?))
}

/// Moves an incident through its life. 409 when its state does not allow it.
#[utoipa::path(tag = "incidents", operation_id = "decideIncident",
    params(("id" = IncidentId, Path), ("decision" = inline(Decision), Path)),
    request_body(content = Option<DecideIncident>), responses((status = 200, body = IncidentDetail), Problems))]
#[post("/incidents/{id}/{decision}")]
async fn decide(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::IncidentHandle>,
    path: web::Path<(IncidentId, Decision)>,
    OptionalJson(input): OptionalJson<DecideIncident>,
) -> Answer<IncidentDetail> {
    let (id, decision) = path.into_inner();
    Ok(web::Json(incident::decide(&context, &scope, id, decision, input).await?))
}

/// Gives an incident to a member, or takes it away.
#[utoipa::path(tag = "incidents", operation_id = "assignIncident", params(("id" = IncidentId, Path)),
    responses((status = 200, body = IncidentDetail), Problems))]
#[post("/incidents/{id}/assign")]
async fn assign(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::IncidentHandle>,
    id: web::Path<IncidentId>,
    input: web::Json<AssignIncident>,
) -> Answer<IncidentDetail> {
    Ok(web::Json(incident::assign(&context, &scope, id.into_inner(), input.into_inner()).await?))
}

/// Silences an incident until a time, or until something changes.
#[utoipa::path(tag = "incidents", operation_id = "snoozeIncident", params(("id" = IncidentId, Path)),
    request_body(content = Option<SnoozeIncident>), responses((status = 200, body = IncidentDetail), Problems))]
#[post("/incidents/{id}/snooze")]
async fn snooze(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::IncidentHandle>,
    id: web::Path<IncidentId>,
    OptionalJson(input): OptionalJson<SnoozeIncident>,
) -> Answer<IncidentDetail> {
    Ok(web::Json(incident::snooze(&context, &scope, id.into_inner(), input).await?))
}

/// Ends an incident and makes another one stand for it as well.
#[utoipa::path(tag = "incidents", operation_id = "mergeIncident", params(("id" = IncidentId, Path)),
    responses((status = 200, body = IncidentDetail), Problems))]
#[post("/incidents/{id}/merge")]
async fn merge(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::IncidentHandle>,
    id: web::Path<IncidentId>,
    input: web::Json<MergeIncident>,
) -> Answer<IncidentDetail> {
    Ok(web::Json(incident::merge(&context, &scope, id.into_inner(), input.into_inner()).await?))
}

/// Writes into an incident's timeline.
#[utoipa::path(tag = "incidents", operation_id = "commentIncident", params(("id" = IncidentId, Path)),
    responses((status = 200, body = IncidentDetail), Problems))]
#[post("/incidents/{id}/comment")]
async fn comment(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::IncidentHandle>,
    id: web::Path<IncidentId>,
    input: web::Json<CommentIncident>,
) -> Answer<IncidentDetail> {
    Ok(web::Json(incident::comment(&context, &scope, id.into_inner(), input.into_inner()).await?))
}

/// Calls the odd values behind an incident normal: they count in what is expected from now on, and the incident ends.
#[utoipa::path(tag = "incidents", operation_id = "markIncidentNormal", params(("id" = IncidentId, Path)),
    request_body(content = Option<DecideIncident>), responses((status = 200, body = IncidentDetail), Problems))]
#[post("/incidents/{id}/mark-normal")]
async fn mark_normal(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::IncidentHandle>,
    id: web::Path<IncidentId>,
    OptionalJson(input): OptionalJson<DecideIncident>,
) -> Answer<IncidentDetail> {
    Ok(web::Json(incident::mark_normal(&context, &scope, id.into_inner(), input).await?))
}

/// Does the same to several incidents. Those whose state does not allow it are named, and the others are done.
#[utoipa::path(tag = "incidents", operation_id = "changeIncidents",
    responses((status = 200, body = BulkAnswer), Problems))]
#[post("/incidents/bulk")]
async fn bulk(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::IncidentHandle>,
    input: web::Json<BulkIncidents>,
) -> Answer<BulkAnswer> {
    Ok(web::Json(incident::bulk(&context, &scope, input.into_inner()).await?))
}
