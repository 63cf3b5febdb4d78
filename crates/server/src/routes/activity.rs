//! What happened in the organization.

use actix_web::{HttpRequest, HttpResponse, get, web};
use serde::Deserialize;
use service::{Context, Hint, Topic, permission};
use types::activity::ActivityPage;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::app::Site;
use crate::extract::{self, Authed};
use crate::openapi::Problems;
use crate::problem::{Answer, Failure};
use crate::sse;

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(list).service(follow);
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// Only what came after this sequence number, oldest first.
    after: Option<i64>,
    /// At most this many entries; 50 if missing, 200 at most.
    limit: Option<u32>,
}

/// The activity of the organization; without `after` the newest entries, newest first. The `ETag` stays the same until
/// something happens, so that whoever asks again and again with `If-None-Match` is answered 304.
#[utoipa::path(tag = "activity", operation_id = "listActivity", params(Filter),
    responses((status = 200, body = ActivityPage), Problems))]
#[get("/activity")]
async fn list(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::ActivityRead>,
    filter: web::Query<Filter>,
) -> Answer<ActivityPage> {
    Ok(web::Json(service::activity::list(&context, &scope, filter.after, filter.limit).await?))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Resume {
    /// The last sequence number seen; `Last-Event-ID` wins. Only what is new if missing.
    after: Option<i64>,
}

/// The activity as server-sent events named `activity`, each an `Activity`; `id` is its sequence number. The last is
/// `end` with the `code` of a problem once the caller may not listen any more.
#[utoipa::path(tag = "activity", operation_id = "streamActivity", params(Resume),
    responses((status = 200, body = String, content_type = "text/event-stream"), Problems))]
#[get("/activity/stream")]
async fn follow(
    context: web::Data<Context>,
    site: web::Data<Site>,
    request: HttpRequest,
    Authed(scope): Authed<permission::ActivityRead>,
    resume: web::Query<Resume>,
) -> Result<HttpResponse, Failure> {
    let after = match sse::resume_after(&request, resume.after) {
        Some(after) => after,
        None => service::activity::list(&context, &scope, None, Some(1)).await?.latest_seq,
    };
    let (org, hints) = (scope.org(), context.hub.subscribe());
    let credentials = extract::credentials(&request);
    let read = move |after| {
        let (context, credentials) = (context.clone(), credentials.clone());
        async move {
            // Asked again each time: whoever signs out or leaves stops hearing.
            let scope = service::authorize::<permission::ActivityRead>(&context, &credentials).await?;
            let page = service::activity::list(&context, &scope, Some(after), None).await?;
            page.items.iter().map(|entry| sse::Event::of(entry.seq, "activity", entry)).collect()
        }
    };
    let wanted = move |hint: Hint| hint.org == org && hint.topic == Topic::Activity;
    Ok(sse::stream(site.stopping.clone(), hints, wanted, after, read))
}
