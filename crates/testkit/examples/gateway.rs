//! The fake gateway as a program, for the journeys: prints what is needed to call it as one line of JSON and serves
//! until it is killed.
//!
//! `gateway AGENT_URL AGENT_TOKEN SERVER_NAME [--progressive]`

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a journey reads what it says, and hears when it ends"
)]

use serde_json::json;
use testkit::gateway::{API_KEY, FakeGateway, GATEWAY_ID, GATEWAY_TOKEN, Options, Upstream};

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().expect("gateway AGENT_URL AGENT_TOKEN SERVER_NAME [--progressive]");
    let (url, token, server) = (next(), next(), next());
    let progressive_loading = arguments.next().is_some_and(|flag| flag == "--progressive");
    let upstream = Upstream::Agent { url, token: Some(token) };
    let gateway = FakeGateway::start(Options { server, progressive_loading, upstream }).await;
    let access = json!({"base": gateway.base, "id": GATEWAY_ID, "token": GATEWAY_TOKEN, "api_key": API_KEY});
    println!("{access}");
    std::future::pending::<()>().await;
}
