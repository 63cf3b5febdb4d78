//! The organization's configuration as one file.

use actix_web::{HttpResponse, get, post, web};
use serde::Deserialize;
use service::{Context, Error, configuration, permission};
use types::configuration::{Configuration, ConfigurationPlan};
use types::problem::Code;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::extract::Authed;
use crate::openapi::Problems;
use crate::problem::{Answer, Failure};

/// The media type of the file.
const YAML: &str = "application/yaml";

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(export).service(apply);
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Application {
    /// Only says what would be done.
    #[serde(default)]
    #[param(value_type = Option<bool>)]
    dry_run: bool,
    /// The fingerprint of the plan that is applied; needed unless this is the plan.
    plan: Option<String>,
}

/// Sources without their secrets, policies, expectations, owners and tags, and who is mailed, as one file.
#[utoipa::path(tag = "organization", operation_id = "exportConfiguration",
    responses((status = 200, body = Configuration, content_type = "application/yaml"), Problems))]
#[get("/configuration")]
async fn export(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::SourceRead>,
) -> Result<HttpResponse, Failure> {
    let file = configuration::export(&context, &scope).await?;
    Ok(HttpResponse::Ok().content_type(YAML).body(file))
}

/// Makes the configuration that of a file, all of it or nothing, as a plan said before: with `dry_run` nothing is changed,
/// and the answer is the plan. What the file does not mention stays. 409 `plan_outdated` when anything was configured
/// otherwise since the plan.
#[utoipa::path(tag = "organization", operation_id = "applyConfiguration", params(Application),
    request_body(content = Configuration, content_type = "application/yaml"),
    responses((status = 200, body = ConfigurationPlan), Problems))]
#[post("/configuration")]
async fn apply(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::SourceManage>,
    query: web::Query<Application>,
    file: web::Bytes,
) -> Answer<ConfigurationPlan> {
    let text = std::str::from_utf8(&file)
        .map_err(|_| Failure::new(Code::Invalid, "The file must be UTF-8.").of_input())?;
    let Application { dry_run, plan } = query.into_inner();
    if dry_run {
        return Ok(web::Json(configuration::plan(&context, &scope, text).await?));
    }
    let unplanned = || {
        let detail = "Plan first, with dry_run=true, and send the plan's fingerprint as plan=.";
        Error::field("/plan", "required", detail)
    };
    let planned = plan.filter(|plan| !plan.is_empty()).ok_or_else(unplanned)?;
    Ok(web::Json(configuration::apply(&context, &scope, text, &planned).await?))
}
