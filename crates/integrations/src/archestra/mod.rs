//! Archestra's REST interface, as far as a connection needs it.
//!
//! Two headers for two surfaces: the REST interface takes the API key bare in `Authorization`, the MCP gateway takes
//! its token as a bearer. Mixing them up is the usual mistake; here no caller has to know. Read from Archestra's
//! sources and documentation (1.2 to 1.4); no live instance was tried.

mod client;
mod error;

pub(crate) use client::Archestra;
pub(crate) use error::tool_error;
