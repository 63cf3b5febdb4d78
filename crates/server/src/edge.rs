//! What every request passes: its id, the log line, problems as JSON.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, ResponseError};
use types::problem::Code;
use uuid::Uuid;

use crate::problem::{Failure, PROBLEM};

/// The request's id, in its extensions.
#[derive(Clone, Debug)]
pub(crate) struct RequestId(pub(crate) String);

/// Wraps the whole application.
pub(crate) async fn edge(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let id = Uuid::now_v7().to_string();
    request.extensions_mut().insert(RequestId(id.clone()));
    let response = next.call(request).await?.map_into_boxed_body();
    Ok(as_problem(response, &id))
}

/// Writes the problem of whatever failed; the browser's files keep their plain answers.
fn as_problem(response: ServiceResponse<BoxBody>, id: &str) -> ServiceResponse<BoxBody> {
    let pending = response.response().extensions().get::<Failure>().cloned();
    let failure = match pending {
        Some(failure) => failure,
        None => match unexplained(response.status()) {
            Some(failure) => failure,
            None => return response,
        },
    };
    if failure.code().status() >= 500 {
        tracing::error!(code = failure.code().as_str(), cause = failure.cause(), "request failed");
    }
    let body = serde_json::to_string(&failure.problem(response.request().path(), id)).unwrap_or_default();
    let mut response = response.map_body(|_, _| BoxBody::new(body));
    *response.response_mut().status_mut() = failure.status_code();
    response.headers_mut().insert(actix_web::http::header::CONTENT_TYPE, PROBLEM);
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
