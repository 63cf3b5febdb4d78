//! What every request passes: its id, the check for other sites, headers, problems as JSON and the one log line.

use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, ResponseError, web};
use futures_util::FutureExt as _;
use tracing::Instrument as _;
use types::problem::Code;
use uuid::Uuid;

use crate::app::Site;
use crate::problem::{Failure, PROBLEM};
use crate::{cross_site, docs, extract, metrics, panic};

/// The request's id, in its extensions.
#[derive(Clone, Debug)]
pub(crate) struct RequestId(pub(crate) String);

/// Slower than this, a client's body is not waited for: the largest one then comes at 35 KB a second.
pub(crate) const BODY_TIMEOUT: Duration = Duration::from_secs(30);
/// A request that is answered later than this is logged as slow.
pub(crate) const SLOW: Duration = Duration::from_secs(1);
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Wraps the whole application.
pub(crate) async fn edge(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let started = Instant::now();
    let id = Uuid::now_v7().to_string();
    request.extensions_mut().insert(RequestId(id.clone()));
    let site = request.app_data::<web::Data<Site>>().cloned();
    let (method, route) = (request.method().clone(), request.match_pattern());
    // The query stays out of the log: it may hold what somebody searched for. The organization is not known yet.
    let span = tracing::info_span!(
        "request",
        id,
        %method,
        path = request.path(),
        route,
        org = tracing::field::Empty
    );
    async move {
        let https = site.as_ref().is_some_and(|site| site.is_https());
        let body_timeout = site.as_ref().map_or(BODY_TIMEOUT, |site| site.body_timeout);
        let slow = site.as_ref().map_or(SLOW, |site| site.slow);
        let refusal = site.as_ref().and_then(|site| cross_site::refusal(request.request(), site).err());
        let refusal = refusal.or_else(|| extract::plain(request.headers()).err());
        let response = match refusal {
            Some(failure) => request.into_response(failure.error_response()).map_into_boxed_body(),
            None => {
                let body = extract::in_time(request.take_payload(), body_timeout);
                request.set_payload(body);
                let path = request.path().to_owned();
                match AssertUnwindSafe(next.call(request)).catch_unwind().await {
                    Ok(answered) => answered?.map_into_boxed_body(),
                    Err(_) => {
                        metrics::answered(&method, route.as_deref(), 500, started.elapsed());
                        return Err(panic::answer(&path, &id, https));
                    }
                }
            }
        };
        let mut response = as_problem(response, &id);
        let path = response.request().path().to_owned();
        protect(response.headers_mut(), &path, &id, https);
        metrics::answered(&method, route.as_deref(), response.status().as_u16(), started.elapsed());
        log(&response, started.elapsed(), slow);
        Ok(response)
    }
    .instrument(span)
    .await
}

/// Headers that hold for everything. What may be loaded and kept is said where it differs, and defaults to nothing.
pub(crate) fn protect(headers: &mut HeaderMap, path: &str, id: &str, https: bool) {
    let policy = match path.starts_with(docs::PATH) {
        true => docs::POLICY,
        false => "default-src 'none'; frame-ancestors 'none'",
    };
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID, id);
    }
    let mut default = |name: HeaderName, value: &'static str| {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    };
    default(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    default(header::REFERRER_POLICY, "same-origin");
    default(header::CONTENT_SECURITY_POLICY, policy);
    default(header::CACHE_CONTROL, "no-store");
    default(
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    );
    default(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    default(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    if https {
        default(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
}

fn log(response: &ServiceResponse<BoxBody>, elapsed: Duration, slow: Duration) {
    let status = response.status().as_u16();
    let elapsed_ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
    if elapsed >= slow {
        tracing::warn!(status, elapsed_ms, "answered slowly");
    } else if matches!(response.request().path(), "/livez" | "/readyz") {
        tracing::debug!(status, elapsed_ms, "answered");
    } else {
        tracing::info!(status, elapsed_ms, "answered");
    }
}

/// Writes the problem of whatever failed, once.
pub(crate) fn as_problem(mut response: ServiceResponse<BoxBody>, id: &str) -> ServiceResponse<BoxBody> {
    let pending = response.response_mut().extensions_mut().remove::<Failure>();
    let written = response.headers().get(header::CONTENT_TYPE) == Some(&PROBLEM);
    let failure = match pending {
        Some(failure) => failure,
        None if written => return response,
        None => match unexplained(response.status()) {
            Some(failure) => failure,
            None => return response,
        },
    };
    if failure.code().status() >= 500 {
        tracing::error!(code = failure.code().as_str(), cause = failure.cause(), "failed");
    } else {
        tracing::debug!(code = failure.code().as_str(), cause = failure.cause(), "refused");
    }
    let body = serde_json::to_string(&failure.problem(response.request().path(), id)).unwrap_or_default();
    let mut response = response.map_body(|_, _| BoxBody::new(body));
    *response.response_mut().status_mut() = failure.status_code();
    response.headers_mut().insert(header::CONTENT_TYPE, PROBLEM);
    response
}

/// The problem of a status that the framework answered by itself.
fn unexplained(status: StatusCode) -> Option<Failure> {
    if !status.is_client_error() && !status.is_server_error() {
        return None;
    }
    let code = match status {
        StatusCode::NOT_FOUND => Code::NotFound,
        StatusCode::METHOD_NOT_ALLOWED => Code::MethodNotAllowed,
        StatusCode::PAYLOAD_TOO_LARGE => Code::BodyTooLarge,
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Code::UnsupportedMediaType,
        _ if status.is_client_error() => Code::Invalid,
        _ => Code::Internal,
    };
    Some(Failure::new(code, "See the description of the API at /docs."))
}
