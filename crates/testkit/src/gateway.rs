//! A fake Archestra, as strict about headers and names as its sources and documentation are (1.2 to 1.4): the REST
//! interface takes a bare API key, the MCP gateway a bearer token; tools are `{server}__{tool}`; with progressive
//! loading only `archestra__search_tools` and `archestra__run_tool` are listed. It was never compared with a live one.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};

use crate::loopback::Loopback;

/// The API key that the REST interface takes.
pub const API_KEY: &str = "arch_rest_key_0123456789";
/// The token that the gateway takes.
pub const GATEWAY_TOKEN: &str = "arch_gateway_token_0123456789";
/// The gateway's id.
pub const GATEWAY_ID: &str = "0197f2c1-0000-7000-8000-000000000001";

/// Answers tool calls in the agent's place: `(tool, arguments)` → the `result` of `tools/call`.
pub type Scripted = Arc<dyn Fn(&str, &Value) -> Value + Send + Sync>;

/// Where tool calls go.
#[derive(Clone)]
pub enum Upstream {
    /// A real `bastion-mcp`.
    Agent { url: String, token: Option<String> },
    /// A script.
    Scripted(Scripted),
}

/// The release that it speaks like.
const VERSION: &str = "1.4.0-rc.35";

/// How the gateway is set up.
#[derive(Clone)]
pub struct Options {
    /// The catalog item's name, as somebody wrote it; before `__` stands its [`slug`].
    pub server: String,
    pub progressive_loading: bool,
    pub upstream: Upstream,
}

/// A gateway on a loopback port, until it is dropped.
pub struct FakeGateway {
    /// `http://127.0.0.1:PORT`.
    pub base: String,
    seen: Arc<Mutex<Vec<String>>>,
    ready: Arc<Mutex<(StatusCode, Value)>>,
    _server: Loopback,
}

#[derive(Clone)]
struct Shared {
    options: Options,
    seen: Arc<Mutex<Vec<String>>>,
    client: reqwest::Client,
}

impl FakeGateway {
    /// Starts it.
    pub async fn start(options: Options) -> Self {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let shared = Shared { options, seen: seen.clone(), client: crate::http_client() };
        let all_well =
            json!({"name": "Archestra", "status": "ok", "version": VERSION, "database": "connected"});
        let ready = Arc::new(Mutex::new((StatusCode::OK, all_well)));
        let state = ready.clone();
        let app = Router::new()
            .route(
                "/ready",
                get(|| async move {
                    let (status, answer) = state.lock().expect("no test panicked with it").clone();
                    (status, axum::Json(answer))
                }),
            )
            .route(
                "/health",
                get(|| async {
                    axum::Json(json!({"name": "Archestra", "status": "ok", "version": VERSION}))
                }),
            )
            .route(
                "/api/user/permissions",
                get(|h: HeaderMap| async move { rest(&h, json!({"mcpGateway": ["read"]})) }),
            )
            .route(
                "/api/mcp-gateways/default",
                get(|h: HeaderMap| async move {
                    rest(&h, json!({"id": GATEWAY_ID, "name": "My Gateway", "agentType": "mcp_gateway"}))
                }),
            )
            .route(
                "/api/user-tokens/me",
                get(|h: HeaderMap| async move {
                    rest(&h, json!({"id": "t1", "name": "personal", "tokenStart": "arch_gatew"}))
                }),
            )
            .route(
                "/api/user-tokens/me/value",
                get(|h: HeaderMap| async move { rest(&h, json!({"value": GATEWAY_TOKEN})) }),
            )
            .route(
                "/v1/mcp/{gateway}",
                post(mcp).get(|Path(gateway): Path<String>, headers: HeaderMap| async move {
                    refused(&gateway, &headers).unwrap_or_else(|| {
                        (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "POST")]).into_response()
                    })
                }),
            )
            .fallback(|| async { error(StatusCode::NOT_FOUND, "api_not_found_error", "Not found") })
            .with_state(shared);
        let server = Loopback::serve(app).await;
        Self { base: server.base(), seen, ready, _server: server }
    }

    /// From now on `GET /ready` answers otherwise.
    ///
    /// # Panics
    /// For what is no status.
    pub fn becomes(&self, status: u16, answer: Value) {
        let status = StatusCode::from_u16(status).expect("a status");
        *self.ready.lock().expect("no test panicked with it") = (status, answer);
    }

    /// The names of the tools called so far, as the gateway saw them.
    #[must_use]
    pub fn calls(&self) -> Vec<String> {
        self.seen.lock().expect("no test panicked with it").clone()
    }
}

fn error(status: StatusCode, kind: &str, message: &str) -> Response {
    (status, axum::Json(json!({"error": {"message": message, "type": kind}}))).into_response()
}

/// A REST answer for the bare key; `Bearer …` is refused, as the real one does.
fn rest(headers: &HeaderMap, answer: Value) -> Response {
    if headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()) == Some(API_KEY) {
        axum::Json(answer).into_response()
    } else {
        error(StatusCode::UNAUTHORIZED, "api_authentication_error", "Unauthenticated")
    }
}

fn rpc_error(status: StatusCode, id: &Value, code: i64, message: &str) -> Response {
    (status, axum::Json(json!({"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": message}})))
        .into_response()
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> &str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// The answer to whoever has not this gateway's token; an unknown gateway is answered the same.
fn refused(gateway: &str, headers: &HeaderMap) -> Option<Response> {
    let authorized = text(headers, header::AUTHORIZATION)
        .split_once(' ')
        .is_some_and(|(scheme, token)| scheme.eq_ignore_ascii_case("bearer") && token == GATEWAY_TOKEN);
    if authorized && gateway == GATEWAY_ID {
        return None;
    }
    let challenge = format!(
        "Bearer resource_metadata=\"http://fake/.well-known/oauth-protected-resource/v1/mcp/{gateway}\""
    );
    let mut response =
        rpc_error(StatusCode::UNAUTHORIZED, &Value::Null, -32000, "Unauthorized: invalid token");
    if let Ok(value) = challenge.parse() {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, value);
    }
    Some(response)
}

async fn mcp(
    State(shared): State<Shared>,
    Path(gateway): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if let Some(response) = refused(&gateway, &headers) {
        return response;
    }
    if !text(&headers, header::CONTENT_TYPE).starts_with("application/json") {
        return rpc_error(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            &Value::Null,
            -32700,
            "Content-Type must be application/json",
        );
    }
    let accept = text(&headers, header::ACCEPT);
    if !accept.contains("application/json") || !accept.contains("text/event-stream") {
        return rpc_error(
            StatusCode::NOT_ACCEPTABLE,
            &Value::Null,
            -32000,
            "Not Acceptable: client must accept both types",
        );
    }
    let version = headers.get("mcp-protocol-version").and_then(|value| value.to_str().ok());
    if version.is_some_and(|version| !VERSIONS.contains(&version)) {
        let unsupported = json!({"code": -32022, "message": "Unsupported protocol version",
            "data": {"supported": VERSIONS}});
        let answer = json!({"jsonrpc": "2.0", "id": null, "error": unsupported});
        return (StatusCode::BAD_REQUEST, axum::Json(answer)).into_response();
    }
    let Ok(message) = serde_json::from_slice::<Value>(&body) else {
        return rpc_error(StatusCode::BAD_REQUEST, &Value::Null, -32700, "Parse error");
    };
    let id = message["id"].clone();
    if id.is_null() {
        return StatusCode::ACCEPTED.into_response();
    }
    let result = match message["method"].as_str().unwrap_or_default() {
        "initialize" => Ok(json!({
            "protocolVersion": negotiated(&message["params"]["protocolVersion"]), "capabilities": {"tools": {}},
            "serverInfo": {"name": "archestra-gateway", "version": "1.4.0-rc.35"}
        })),
        "tools/list" => Ok(json!({"tools": shared.listed()})),
        "tools/call" => shared.call(&message["params"]).await,
        other => Err(format!("Method not found: {other}")),
    };
    match result {
        Ok(result) => axum::Json(json!({"jsonrpc": "2.0", "id": id, "result": result})).into_response(),
        Err(why) => rpc_error(StatusCode::OK, &id, -32601, &why),
    }
}

/// The revisions that the gateway speaks by `initialize`.
const VERSIONS: [&str; 3] = ["2025-03-26", "2025-06-18", "2025-11-25"];

/// The version asked for where it is known, else the newest.
fn negotiated(asked: &Value) -> &str {
    asked.as_str().filter(|version| VERSIONS.contains(version)).unwrap_or("2025-11-25")
}

/// How a catalog item's name stands before a tool's: lower case, `_` for a blank, and nothing but `a-z0-9_-`.
#[must_use]
pub fn slug(name: &str) -> String {
    let letters = name.chars().map(|letter| if letter == ' ' { '_' } else { letter.to_ascii_lowercase() });
    letters
        .filter(|letter| {
            letter.is_ascii_lowercase() || letter.is_ascii_digit() || matches!(letter, '_' | '-')
        })
        .collect()
}

const TOOLS: [&str; 9] = [
    "source_info",
    "schema_scan_start",
    "schema_scan_get",
    "profile_start",
    "profile_get",
    "backfill_start",
    "backfill_get",
    "freshness",
    "job_cancel",
];

impl Shared {
    fn listed(&self) -> Vec<Value> {
        let names: Vec<String> = if self.options.progressive_loading {
            vec!["archestra__search_tools".into(), "archestra__run_tool".into()]
        } else {
            let server = slug(&self.options.server);
            TOOLS.iter().map(|tool| format!("{server}__{tool}")).collect()
        };
        names
            .into_iter()
            .map(|name| json!({"name": name, "description": "", "inputSchema": {"type": "object"}}))
            .collect()
    }

    async fn call(&self, params: &Value) -> Result<Value, String> {
        let name = params["name"].as_str().unwrap_or_default().to_owned();
        self.seen.lock().expect("no test panicked with it").push(name.clone());
        let (name, arguments) = if self.options.progressive_loading {
            if name != "archestra__run_tool" {
                return Ok(
                    json!({"content": [{"type": "text", "text": "not directly callable"}], "isError": true,
                    "structuredContent": {"archestraError": {"type": "tool_state", "code": "tool_not_directly_callable"}}}),
                );
            }
            let inner = &params["arguments"];
            (inner["tool_name"].as_str().unwrap_or_default().to_owned(), inner["tool_args"].clone())
        } else {
            (name, params["arguments"].clone())
        };
        let ours = name
            .rsplit_once("__")
            .filter(|(server, tool)| *server == slug(&self.options.server) && TOOLS.contains(tool));
        let Some((_, tool)) = ours else {
            return Err(format!("Tool not found: {name}"));
        };
        match &self.options.upstream {
            Upstream::Scripted(script) => Ok(script(tool, &arguments)),
            Upstream::Agent { url, token } => Ok(self
                .forward(url, token.as_deref(), tool, &arguments)
                .await
                .unwrap_or_else(unreachable_upstream)),
        }
    }

    async fn forward(
        &self,
        url: &str,
        token: Option<&str>,
        tool: &str,
        arguments: &Value,
    ) -> Result<Value, String> {
        let mut request = self
            .client
            .post(url)
            .header(header::ACCEPT, "application/json, text/event-stream")
            .header("mcp-protocol-version", "2025-06-18")
            .json(&json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "arguments": arguments}}));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let answer: Value = async { request.send().await?.error_for_status()?.json().await }
            .await
            .map_err(|error: reqwest::Error| error.to_string())?;
        match answer.get("result") {
            Some(result) => Ok(result.clone()),
            None => Err(answer["error"]["message"].to_string()),
        }
    }
}

/// An upstream's failure is no failure of HTTP, nor of JSON-RPC.
fn unreachable_upstream(why: String) -> Value {
    json!({
        "content": [{"type": "text", "text": format!("Error calling the MCP server: {why}")}], "isError": true,
        "structuredContent": {"archestraError": {"type": "generic"}}
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stands_before_its_tools_as_the_documentation_says() {
        for (name, expected) in
            [("shop_db", "shop_db"), ("Shop DB", "shop_db"), ("Größe: café-2!", "gre_caf-2"), ("__", "__")]
        {
            assert_eq!(slug(name), expected, "{name}");
        }
    }

    #[tokio::test]
    async fn whoever_has_no_token_learns_nothing_by_get_either_and_a_version_that_is_unknown_is_told_the_known()
     {
        let upstream = Upstream::Scripted(Arc::new(|_: &str, _: &Value| json!({})));
        let options = Options { server: "Shop DB".into(), progressive_loading: false, upstream };
        let gateway = FakeGateway::start(options).await;
        let client = crate::http_client();
        let url = format!("{}/v1/mcp/{GATEWAY_ID}", gateway.base);
        for (token, expected) in [("arch_wrong", 401), (GATEWAY_TOKEN, 405)] {
            let answer = client.get(&url).bearer_auth(token).send().await.unwrap();
            assert_eq!(answer.status(), expected, "{token}");
        }
        let asked = client
            .post(&url)
            .bearer_auth(GATEWAY_TOKEN)
            .header(header::ACCEPT, "application/json, text/event-stream")
            .header("mcp-protocol-version", "1999-01-01")
            .json(&json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"}));
        let answer: Value = asked.send().await.unwrap().json().await.unwrap();
        assert_eq!(answer["error"]["code"], -32022);
        assert_eq!(answer["error"]["data"]["supported"], json!(VERSIONS));
    }
}
