//! Who asks comes before what they ask.
//!
//! The framework reads all of a handler's arguments at once, and a body that does not fit is noticed before the database
//! has said who asks. So a failure of the input is held back until the permission was checked: nobody learns the shape
//! of what they may not use, and the answer is the same whatever they send.

use std::future::Future;
use std::pin::Pin;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpRequest, ResponseError as _};

use crate::problem::Failure;

/// The check of a handler's permission, in the request's extensions; it does nothing until it is awaited.
struct Gate(Pin<Box<dyn Future<Output = Result<(), Failure>>>>);

/// Leaves the check with the request.
pub(super) fn leave(request: &HttpRequest, check: impl Future<Output = Result<(), Failure>> + 'static) {
    request.extensions_mut().insert(Gate(Box::pin(check)));
}

/// Wraps the routes.
pub(crate) async fn in_order(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let response = next.call(request).await?.map_into_boxed_body();
    let of_input = response.response().extensions().get::<Failure>().is_some_and(Failure::is_of_input);
    let gate = response.request().extensions_mut().remove::<Gate>();
    let Some(Gate(check)) = gate.filter(|_| of_input) else { return Ok(response) };
    match check.await {
        Ok(()) => Ok(response),
        Err(failure) => {
            let (request, _) = response.into_parts();
            Ok(ServiceResponse::new(request, failure.error_response()))
        }
    }
}
