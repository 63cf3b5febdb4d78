//! `?limit=&cursor=`.

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use serde::Deserialize;
use service::page::Paging;
use std::future::{Ready, ready};
use utoipa::IntoParams;

use crate::problem::Failure;

/// The page that a request asks for. In descriptions, name it `params(PageQuery)`.
#[derive(Clone, Debug)]
pub struct Paged(pub Paging);

/// The parameters, for the API's description.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// At most this many items; 50 if missing, 200 at most.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

impl FromRequest for Paged {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let query = web::Query::<PageQuery>::from_request(request, payload).into_inner();
        ready(query.and_then(|web::Query(query)| {
            let paging =
                Paging::new(query.limit, query.cursor).map_err(|error| Failure::from(error).of_input())?;
            Ok(Self(paging))
        }))
    }
}
