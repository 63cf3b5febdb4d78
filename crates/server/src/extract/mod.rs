//! What handlers take out of a request.

mod authed;
mod body;
mod paging;

pub use authed::{Authed, Identified};
pub(crate) use authed::{Person, credentials};
pub(crate) use body::{json, path, payload, query};
pub use paging::{PageQuery, Paged};
