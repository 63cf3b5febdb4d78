//! What handlers take out of a request.

mod authed;
mod body;
mod optional;
mod order;
mod paging;

pub use authed::{Authed, Identified};
pub(crate) use authed::{Person, credentials};
pub(crate) use body::{json, path, payload, query};
pub(crate) use optional::OptionalJson;
pub(crate) use order::in_order;
pub use paging::{PageQuery, Paged};
