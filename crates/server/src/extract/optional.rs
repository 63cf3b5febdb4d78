//! A JSON body that may be left out.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use actix_web::{Error, FromRequest, HttpRequest, web};
use serde::de::DeserializeOwned;

/// The body, or the default when there is none. A body that does not fit is refused all the same, which
/// `Option<web::Json<T>>` would not do.
#[derive(Debug)]
pub(crate) struct OptionalJson<T>(pub(crate) T);

impl<T: DeserializeOwned + Default + 'static> FromRequest for OptionalJson<T> {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let length = request.headers().get(CONTENT_LENGTH).map(|length| length.as_bytes());
        let empty = matches!(length, None | Some(b"0")) && !request.headers().contains_key(TRANSFER_ENCODING);
        if empty {
            return Box::pin(std::future::ready(Ok(Self(T::default()))));
        }
        let body = web::Json::<T>::from_request(request, payload);
        Box::pin(async move { Ok(Self(body.await?.into_inner())) })
    }
}
