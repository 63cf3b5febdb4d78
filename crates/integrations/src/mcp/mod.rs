//! MCP clients of `bastion-mcp`: straight, or through a gateway. Both speak Streamable HTTP by `rmcp`.

mod call;
mod direct;
mod failure;
mod gateway;
mod session;
mod tools;

pub(crate) use direct::DirectAgent;
pub(crate) use failure::of_transport;
pub(crate) use gateway::GatewayAgent;
pub(crate) use session::Session;
pub(crate) use tools::Tools;
