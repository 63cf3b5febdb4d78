use reqwest::StatusCode;

use super::*;

fn list_tools() -> Value {
    json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}})
}

#[tokio::test]
async fn only_callers_with_the_token_and_the_right_host_and_no_origin_elsewhere_get_in() {
    let agent = Agent::start("CREATE TABLE t (id INT)");
    let own = agent.url.trim_end_matches("/mcp").to_owned();
    let cases = [
        (None, None, StatusCode::UNAUTHORIZED),
        (Some("Bearer another-token-entirely"), None, StatusCode::UNAUTHORIZED),
        (Some("Basic a-token-of-some-length"), None, StatusCode::UNAUTHORIZED),
        (Some("Bearer a-token-of-some-length"), None, StatusCode::OK),
        (Some("Bearer a-token-of-some-length"), Some(("host", "evil.example")), StatusCode::FORBIDDEN),
        (
            Some("Bearer a-token-of-some-length"),
            Some(("origin", "http://evil.example")),
            StatusCode::FORBIDDEN,
        ),
        // A page of another program on this machine.
        (
            Some("Bearer a-token-of-some-length"),
            Some(("origin", "http://localhost:1")),
            StatusCode::FORBIDDEN,
        ),
        (Some("Bearer a-token-of-some-length"), Some(("origin", "null")), StatusCode::FORBIDDEN),
        (Some("Bearer a-token-of-some-length"), Some(("origin", own.as_str())), StatusCode::OK),
    ];
    for (authorization, header, expected) in cases {
        let mut request = agent.post(&list_tools());
        if let Some(authorization) = authorization {
            request = request.header("authorization", authorization);
        }
        if let Some((name, value)) = header {
            request = request.header(name, value);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), expected, "{authorization:?} {header:?}");
    }
}

#[tokio::test]
async fn each_revision_of_the_protocol_is_spoken_and_others_are_refused() {
    let agent = Agent::start("CREATE TABLE t (id INT)");
    let ask = async |revision: &str, method: &str, params: Value| {
        let response = agent.at(revision, method, params, json!({})).send().await.unwrap();
        let status = response.status();
        let text = response.text().await.unwrap();
        (status, serde_json::from_str::<Value>(&text).unwrap_or(json!(text)))
    };
    let client = json!({"name": "t", "version": "1"});
    for revision in ["2025-06-18", "2025-11-25", "2026-07-28"] {
        let greeted = if revision == "2026-07-28" {
            let (_, found) = ask(revision, "server/discover", json!({})).await;
            found["result"]["supportedVersions"].as_array().unwrap().contains(&json!(revision))
        } else {
            let hello = json!({"protocolVersion": revision, "capabilities": {}, "clientInfo": client});
            let (_, found) = ask(revision, "initialize", hello).await;
            found["result"]["protocolVersion"] == revision
        };
        assert!(greeted, "{revision}");
        let (status, answer) =
            ask(revision, "tools/call", json!({"name": "source_info", "arguments": {}})).await;
        assert_eq!(status, StatusCode::OK, "{revision}: {answer}");
        let result = &answer["result"];
        assert_eq!(result["structuredContent"]["sources"][0]["name"], "shop", "{revision}: {answer}");
        // What a revision does not know is not said in it.
        assert_eq!(result["resultType"].is_string(), revision == "2026-07-28", "{revision}: {answer}");
    }
    for unknown in ["2025-06-19", "1999-01-01", "2030-01-01"] {
        let (status, answer) =
            ask(unknown, "tools/call", json!({"name": "source_info", "arguments": {}})).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{unknown}: {answer}");
    }
}

#[tokio::test]
async fn health_needs_no_token() {
    let agent = Agent::start("CREATE TABLE t (id INT)");
    let url = agent.url.replace("/mcp", "/healthz");
    assert_eq!(agent.client.get(url).send().await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn there_are_no_sessions() {
    let agent = Agent::start("CREATE TABLE t (id INT)");
    let initialize = agent
        .ask(
            "initialize",
            json!({"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}),
        )
        .await;
    assert!(initialize.headers().get("mcp-session-id").is_none());
    let answer: Value = serde_json::from_str(&initialize.text().await.unwrap()).unwrap();
    assert_eq!(answer["result"]["serverInfo"]["name"], "bastion-mcp");
    let stream = agent.client.get(&agent.url).bearer_auth(TOKEN).send().await.unwrap();
    assert_eq!(stream.status(), StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn each_call_is_a_line_of_the_log_with_nothing_that_a_caller_made_up() {
    let agent = Agent::start("CREATE TABLE t (id INT)");
    let started = agent.call("schema_scan_start", json!({"source": "shop"})).await;
    agent.call("schema_scan_get", json!({"job": started["job"], "wait_ms": 15000})).await;
    agent.refusal("freshness", json!({"source": "shop", "tables": ["hunter2"]})).await;
    agent.refusal("profile_start", json!({"source": "hunter2"})).await;
    agent.refusal("profile_start", json!({"source": "shop", "values": true})).await;
    agent.result("profile_start", json!({"source": "shop", "level": "hunter2"})).await;
    agent.ask("tools/call", json!({"name": "hunter2", "arguments": {"source": "shop"}})).await;
    agent.call("source_info", json!({})).await;
    let log = agent.log();
    assert!(!log.contains("hunter2"), "{log}");
    let lines: Vec<&str> =
        log.lines().filter_map(|line| line.split_once("audit: call ")).map(|(_, said)| said).collect();
    let expected = [
        r#"tool="schema_scan_start" source="shop" outcome="ok" values=false asked=false milliseconds="#,
        r#"tool="schema_scan_get" source="shop" outcome="ok" values=false asked=false milliseconds="#,
        r#"tool="freshness" source="shop" outcome="table_unknown" values=false asked=false milliseconds="#,
        r#"tool="profile_start" source="" outcome="source_unknown" values=false asked=false milliseconds="#,
        r#"tool="profile_start" source="shop" outcome="values_not_allowed" values=false asked=true milliseconds="#,
        r#"tool="profile_start" source="shop" outcome="arguments" values=false asked=false milliseconds="#,
        r#"tool="unknown" source="shop" outcome="-32602" values=false asked=false milliseconds="#,
        r#"tool="source_info" source="" outcome="ok" values=false asked=false milliseconds="#,
    ];
    assert_eq!(lines.len(), expected.len(), "{log}");
    for (line, start) in lines.iter().zip(expected) {
        assert!(line.starts_with(start), "{line}");
    }
}
