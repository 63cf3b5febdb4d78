//! What handlers take out of a request.

mod authed;
mod body;
mod condition;
mod optional;
mod order;
mod paging;
mod pending;

pub use authed::{Authed, Identified};
pub(crate) use authed::{Holding, Person, clerk_cookie, credentials};
pub(crate) use body::{in_time, json, path, payload, plain, query, unread};
pub(crate) use condition::{Expected, ExpectedTag, expected};
pub(crate) use optional::OptionalJson;
pub(crate) use order::in_order;
pub use paging::{PageQuery, Paged};
pub(crate) use pending::{Away, Pending};
