//! What happened in the organization.

use actix_web::{get, web};
use serde::Deserialize;
use service::{Context, permission};
use types::activity::ActivityPage;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::extract::Authed;
use crate::openapi::Problems;
use crate::problem::Answer;

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(list);
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// Only what came after this sequence number, oldest first.
    after: Option<i64>,
    /// At most this many entries; 50 if missing, 200 at most.
    limit: Option<u32>,
}

/// The activity of the organization; without `after` the newest entries, newest first.
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
