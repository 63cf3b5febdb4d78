//! `Idempotency-Key`: a POST that is sent twice is done once.

use actix_web::body::{BoxBody, MessageBody, to_bytes};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpResponse, ResponseError, web};
use secrecy::ExposeSecret;
use serde::Serialize;
use serde_json::Value;
use service::idempotency::{Claim, RequestKey, abandon, claim, finish};
use service::{Context, Credentials, clerk};
use sha2::{Digest, Sha256};
use types::problem::Code;

use crate::edge::{RequestId, as_problem};
use crate::extract;
use crate::problem::{Failure, PROBLEM};

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPEATED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// The most characters of a key.
const KEY_LENGTH: usize = 255;

/// What a repeated request is answered, where the first answer held a secret that must not be kept.
pub(crate) struct OnRepeat(Value);

impl OnRepeat {
    /// Makes a repeated request get `answer` instead of the response's body.
    pub(crate) fn answer(response: &mut HttpResponse, answer: &impl Serialize) {
        let answer = serde_json::to_value(answer).unwrap_or_default();
        response.extensions_mut().insert(Self(answer));
    }
}

/// Wraps the application within [`crate::edge`]. Signing in is left out: its answer is a cookie.
pub(crate) async fn idempotent(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let context = request.app_data::<web::Data<Context>>().cloned();
    let credentials = extract::credentials(request.request());
    let at_clerk = match &context {
        Some(context) if request.headers().contains_key(KEY) => clerk::principal(context, &credentials).await,
        _ => None,
    };
    let key = match request_key(&request, &credentials, at_clerk) {
        Ok(Some(key)) => key,
        Ok(None) => return Ok(next.call(request).await?.map_into_boxed_body()),
        Err(failure) => return Ok(refuse(request, &failure)),
    };
    let Some(context) = context else { return Ok(next.call(request).await?.map_into_boxed_body()) };
    let body = match request.extract::<web::Bytes>().await {
        Ok(body) => body,
        Err(error) => {
            let failure = match error.as_error::<PayloadError>() {
                Some(error) => extract::unread(error),
                None => Failure::new(Code::BodyTooLarge, "A body with an idempotency key may have 1 MiB."),
            };
            return Ok(refuse(request, &failure));
        }
    };
    let fingerprint = fingerprint(&request, &credentials, &body);
    request.set_payload(Payload::from(body));
    match claim(&context, &key, &fingerprint).await {
        Ok(Claim::New) => {}
        Ok(Claim::Done { status, body }) => return Ok(repeat(request, status, body)),
        Err(error) => return Ok(refuse(request, &error.into())),
    }
    let id = request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
    let response = next.call(request).await?.map_into_boxed_body();
    let failed = failure(&response);
    // The same request is welcome once whoever sent it has given their password.
    let passing = failed == Some(Code::StepUpRequired);
    let response = as_problem(response, &id);
    let (request, mut response) = response.into_parts();
    let kept = response.extensions_mut().remove::<OnRepeat>().map(|answer| answer.0);
    let (head, body) = response.into_parts();
    let body = to_bytes(body).await.unwrap_or_default();
    let status =
        if is_final(head.status()) && !passing { head.status() } else { StatusCode::INTERNAL_SERVER_ERROR };
    let kept = kept.or_else(|| serde_json::from_slice(&body).ok());
    let noted = match failed {
        // Done again, it might be done twice.
        Some(Code::OutcomeUnknown) => abandon(&context, &key).await,
        _ => finish(&context, &key, status.as_u16(), kept).await,
    };
    if let Err(error) = noted {
        tracing::error!(%error, "the answer to an idempotency key is not kept");
    }
    Ok(ServiceResponse::new(request, head.set_body(BoxBody::new(body))))
}

/// Whether the same request would be answered the same later: not when somebody must sign in, wait, yield or make room
/// first.
fn is_final(status: StatusCode) -> bool {
    !matches!(
        status,
        StatusCode::UNAUTHORIZED
            | StatusCode::PAYMENT_REQUIRED
            | StatusCode::CONFLICT
            | StatusCode::TOO_MANY_REQUESTS
    )
}

/// Why it was refused or failed, where it did.
fn failure(response: &ServiceResponse<BoxBody>) -> Option<Code> {
    response.response().extensions().get::<Failure>().map(Failure::code)
}

fn request_key(
    request: &ServiceRequest,
    credentials: &Credentials,
    at_clerk: Option<String>,
) -> Result<Option<RequestKey>, Failure> {
    let path = request.path();
    let Some(key) = request.headers().get(KEY) else { return Ok(None) };
    if request.method() != Method::POST || path.starts_with("/api/auth/") {
        return Ok(None);
    }
    let key = key.to_str().ok().filter(|key| (1..=KEY_LENGTH).contains(&key.len()));
    let Some(key) = key else {
        return Err(Failure::new(Code::Invalid, "An idempotency key has 1 to 255 plain characters."));
    };
    let secret = credentials.api_key.as_ref().or(credentials.session.as_ref());
    let by_secret = secret.map(|secret| hex::encode(Sha256::digest(secret.expose_secret())));
    let Some(principal) = at_clerk.or(by_secret) else {
        // Nobody is signed in, which the handler will say.
        return Ok(None);
    };
    Ok(Some(RequestKey { principal, route: format!("POST {path}"), key: key.to_owned() }))
}

fn fingerprint(request: &ServiceRequest, credentials: &Credentials, body: &[u8]) -> String {
    let mut hash = Sha256::new();
    for part in [request.query_string(), credentials.org.as_deref().unwrap_or_default()] {
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    hash.update(body);
    hex::encode(hash.finalize())
}

fn repeat(request: ServiceRequest, status: u16, body: Option<Value>) -> ServiceResponse<BoxBody> {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    let mut response = match body {
        Some(body) => HttpResponse::build(status).json(body),
        None => HttpResponse::new(status),
    };
    if !status.is_success() {
        response.headers_mut().insert(CONTENT_TYPE, PROBLEM);
    }
    response.headers_mut().insert(REPEATED, HeaderValue::from_static("true"));
    request.into_response(response)
}

fn refuse(request: ServiceRequest, failure: &Failure) -> ServiceResponse<BoxBody> {
    request.into_response(failure.error_response())
}
