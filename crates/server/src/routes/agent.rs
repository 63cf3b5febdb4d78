//! The three agents and what their steps log.

use actix_web::{HttpRequest, HttpResponse, get, put, web};
use serde::Deserialize;
use service::{Context, Hint, Topic, agent, log, permission, source};
use types::RunId;
use types::agent::{AgentName, Agents};
use types::log::{LogLevel, LogLine};
use types::page::Page;
use types::source::Schedule;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::app::Site;
use crate::extract::{self, Authed, Expected, ExpectedTag, PageQuery, Paged};
use crate::openapi::Problems;
use crate::problem::{Answer, Failure};
use crate::sse;

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(list).service(logs).service(follow).service(schedule).service(set_schedule);
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct OfSource {
    /// Name or id; all sources if missing.
    source: Option<String>,
}

/// The cards of the three agents.
#[utoipa::path(tag = "agents", operation_id = "listAgents", params(OfSource),
    responses((status = 200, body = Agents), Problems))]
#[get("/agents")]
async fn list(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::ScanRead>,
    query: web::Query<OfSource>,
) -> Answer<Agents> {
    Ok(web::Json(agent::list(&context, &scope, query.source.as_deref()).await?))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct OfOneSource {
    /// Name or id; may be missing where there is only one source.
    source: Option<String>,
}

/// When the agents set out by themselves to scan the source.
#[utoipa::path(tag = "agents", operation_id = "getAgentSchedule", params(OfOneSource),
    responses((status = 200, body = Schedule), Problems))]
#[get("/agents/schedule")]
async fn schedule(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::SourceRead>,
    query: web::Query<OfOneSource>,
) -> Answer<Schedule> {
    Ok(web::Json(source::schedule(&context, &scope, query.source.as_deref()).await?))
}

/// Changes when the agents set out by themselves; the first scan comes after one interval.
#[utoipa::path(tag = "agents", operation_id = "setAgentSchedule", params(OfOneSource, ExpectedTag), request_body = Schedule,
    responses((status = 200, body = Schedule), Problems))]
#[put("/agents/schedule")]
async fn set_schedule(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::SourceManage>,
    query: web::Query<OfOneSource>,
    Expected(expected): Expected,
    body: web::Json<Schedule>,
) -> Answer<Schedule> {
    let (scope, named) = (scope.expecting(expected), query.source.as_deref());
    Ok(web::Json(source::set_schedule(&context, &scope, named, body.into_inner()).await?))
}

#[derive(Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Filter {
    run: Option<RunId>,
    agent: Option<AgentName>,
    /// This level and those above it.
    level: Option<LogLevel>,
    /// Name or id; all sources if missing.
    source: Option<String>,
}

impl From<Filter> for log::Filter {
    fn from(filter: Filter) -> Self {
        let Filter { run, agent, level, source } = filter;
        Self { run, agent, level, source }
    }
}

/// Lines of the log, newest first.
#[utoipa::path(tag = "agents", operation_id = "listLogs", params(Filter, PageQuery),
    responses((status = 200, body = Page<LogLine>), Problems))]
#[get("/agents/logs")]
async fn logs(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::ScanRead>,
    filter: web::Query<Filter>,
    Paged(paging): Paged,
) -> Answer<Page<LogLine>> {
    Ok(web::Json(log::list(&context, &scope, filter.into_inner().into(), &paging).await?))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Resume {
    /// The last sequence number seen; `Last-Event-ID` wins. Only what is new if missing.
    after: Option<i64>,
}

/// The log as server-sent events named `log`, each a `LogLine`; `id` is its sequence number. The last is `end` with the `code`
/// of a problem once the caller may not listen any more.
#[utoipa::path(tag = "agents", operation_id = "streamLogs", params(Filter, Resume),
    responses((status = 200, body = String, content_type = "text/event-stream"), Problems))]
#[get("/agents/logs/stream")]
async fn follow(
    context: web::Data<Context>,
    site: web::Data<Site>,
    request: HttpRequest,
    Authed(scope): Authed<permission::ScanRead>,
    filter: web::Query<Filter>,
    resume: web::Query<Resume>,
) -> Result<HttpResponse, Failure> {
    let after = match sse::resume_after(&request, resume.after) {
        Some(after) => after,
        None => log::latest_seq(&context, &scope).await?,
    };
    let (org, hints) = (scope.org(), context.hub.subscribe());
    let credentials = extract::credentials(&request);
    let filter = filter.into_inner();
    let read = move |after| {
        let (context, credentials, filter) = (context.clone(), credentials.clone(), filter.clone());
        async move {
            // Asked again each time: whoever signs out or leaves stops hearing.
            let scope = service::authorize::<permission::ScanRead>(&context, &credentials).await?;
            let lines = log::after(&context, &scope, filter.into(), after).await?;
            lines.iter().map(|line| sse::Event::of(line.seq, "log", line)).collect()
        }
    };
    let wanted = move |hint: Hint| hint.org == org && hint.topic == Topic::Log;
    Ok(sse::stream(site.stopping.clone(), hints, wanted, after, read))
}
