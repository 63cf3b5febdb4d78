//! Who did what.

use actix_web::http::header::{ContentDisposition, DispositionParam, DispositionType};
use actix_web::{HttpResponse, get, web};
use bytes::Bytes;
use futures_util::stream::try_unfold;
use serde::Deserialize;
use service::audit::{Export, Wanted};
use service::{Context, audit, permission};
use types::Timestamp;
use types::audit::{AuditFormat, AuditLink, AuditVerification};
use types::organization::AuditEntry;
use types::page::Page;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::extract::{Authed, PageQuery, Paged};
use crate::openapi::Problems;
use crate::problem::{Answer, Failure};

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(list).service(export).service(verify);
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// A part of who acted, in any case.
    actor: Option<String>,
    /// A part of what was done, such as `source.created` or `source.`.
    action: Option<String>,
    /// A part of what it was done to.
    subject: Option<String>,
    /// At this time or later.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// At this time or earlier.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
}

impl From<Filter> for Wanted {
    fn from(filter: Filter) -> Self {
        let Filter { actor, action, subject, from, to } = filter;
        Self { actor, action, subject, from, to }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Kind {
    /// `csv` is for spreadsheets, `jsonl` for programs: an `AuditLink` a line.
    #[param(inline)]
    format: AuditFormat,
}

/// Who did what, the newest first.
#[utoipa::path(tag = "organization", operation_id = "listAudit", params(Filter, PageQuery),
    responses((status = 200, body = Page<AuditEntry>), Problems))]
#[get("/org/audit")]
async fn list(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::AuditRead>,
    filter: web::Query<Filter>,
    Paged(paging): Paged,
) -> Answer<Page<AuditEntry>> {
    Ok(web::Json(audit::list(&context, &scope, filter.into_inner().into(), &paging).await?))
}

/// The audit log as a file, the oldest first, each row with its hash and that of the row before.
#[utoipa::path(tag = "organization", operation_id = "exportAudit", params(Kind, Filter),
    responses((status = 200, content((String = "text/csv"), (AuditLink = "application/jsonl"))), Problems))]
#[get("/org/audit/export")]
async fn export(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::AuditRead>,
    kind: web::Query<Kind>,
    filter: web::Query<Filter>,
) -> Result<HttpResponse, Failure> {
    let context = context.get_ref().clone();
    Ok(download(kind.format, Export::new(context, scope, filter.into_inner().into(), kind.format)))
}

/// A file to keep, sent as it is read.
fn download(format: AuditFormat, pieces: Export) -> HttpResponse {
    let body = try_unfold(pieces, |mut pieces: Export| async move {
        let piece =
            pieces.next().await.inspect_err(|error| tracing::error!(%error, "an export broke off"))?;
        Ok::<_, service::Error>(piece.map(|piece| (Bytes::from(piece), pieces)))
    });
    let media_type = match format {
        AuditFormat::Csv => "text/csv; charset=utf-8",
        AuditFormat::Jsonl => "application/jsonl; charset=utf-8",
    };
    let name = DispositionParam::Filename(format!("audit.{}", format.as_str()));
    HttpResponse::Ok()
        .content_type(media_type)
        .insert_header(ContentDisposition {
            disposition: DispositionType::Attachment,
            parameters: vec![name],
        })
        .streaming(Box::pin(body))
}

/// Whether the log is what was written: names the first row that was changed, moved or removed.
#[utoipa::path(tag = "organization", operation_id = "verifyAudit",
    responses((status = 200, body = AuditVerification), Problems))]
#[get("/org/audit/verify")]
async fn verify(
    context: web::Data<Context>,
    Authed(scope): Authed<permission::AuditRead>,
) -> Answer<AuditVerification> {
    Ok(web::Json(audit::verify(&context, &scope).await?))
}
