//! The ways to an agent, against servers that behave and servers that do not.

#![expect(clippy::unwrap_used, reason = "a test that panics says where")]

use std::sync::Arc;
use std::time::Duration;

use integrations::{
    AgentErrorKind, Connector, Egress, EgressPolicy, Outbound, Probe, SecretString, Url, Way,
};
use serde_json::{Value, json};
use testkit::gateway::{API_KEY, FakeGateway, GATEWAY_ID, GATEWAY_TOKEN, Options, Upstream};
use testkit::stub::{Silent, Stub, nobody};

fn outbound() -> Outbound {
    Outbound::new(Egress::new(EgressPolicy::parse("", true).unwrap()).unwrap())
        .with_call_timeout(Duration::from_secs(5))
}

fn direct(base: &str) -> Way {
    Way::Direct {
        url: Url::parse(&format!("{base}/mcp")).unwrap(),
        token: Some(SecretString::from("canary-token")),
    }
}

fn gateway(base: &str, token: Option<&str>, api_key: Option<&str>, prefix: Option<&str>) -> Way {
    Way::Gateway {
        base: Url::parse(base).unwrap(),
        gateway: token.map(|_| GATEWAY_ID.to_owned()),
        token: token.map(SecretString::from),
        api_key: api_key.map(SecretString::from),
        tool_prefix: prefix.map(str::to_owned),
    }
}

/// An agent of one database, about which it has found this.
fn scripted(findings: Value) -> Upstream {
    Upstream::Scripted(Arc::new(move |tool: &str, _: &Value| match tool {
        "source_info" => json!({
            "content": [{"type": "text", "text": "1 source"}],
            "structuredContent": {"agent_version": "0.1.0", "sources": [{
                "name": "shop", "engine": "sqlite", "engine_version": "3.51", "reachable": true, "findings": findings}]}
        }),
        "schema_scan_get" => json!({
            "content": [], "isError": true,
            "structuredContent": {"code": "job_unknown", "message": "The job is not known here."}
        }),
        _ => json!({"content": [{"type": "text", "text": "nope"}], "isError": true}),
    }))
}

async fn fake(progressive_loading: bool) -> FakeGateway {
    FakeGateway::start(Options {
        server: "shop_db".into(),
        progressive_loading,
        upstream: scripted(json!([])),
    })
    .await
}

#[tokio::test]
async fn whoever_is_sent_elsewhere_does_not_go_there() {
    // Where it leads was looked at by nobody, and the token is not for them.
    for status in [301, 302, 303, 307, 308] {
        let elsewhere = Stub::start(200, "application/json", "{}").await;
        let stub = Stub::redirecting(status, &format!("{}/mcp", elsewhere.base)).await;
        let failed = outbound().agent(&direct(&stub.base)).unwrap().source_info(None).await.unwrap_err();
        assert_eq!(failed.kind, AgentErrorKind::NotMcp, "{status}: {}", failed.message);
        assert!(stub.asked() > 0 && elsewhere.asked() == 0, "{status} was followed");
    }
}

#[tokio::test]
async fn each_kind_of_wrong_server_is_told_apart() {
    let cases = [
        (401, "application/json", r#"{"error":"unauthorized"}"#, AgentErrorKind::Unauthorized),
        (403, "text/plain", "Forbidden: Host header is not allowed", AgentErrorKind::Unauthorized),
        (404, "text/html", "<h1>Not found</h1>", AgentErrorKind::NotMcp),
        (200, "text/html", "<h1>Welcome</h1>", AgentErrorKind::NotMcp),
        (200, "application/json", r#"{"hello":"world"}"#, AgentErrorKind::NotMcp),
        (302, "text/html", "", AgentErrorKind::NotMcp),
        (200, "application/json", "{not json", AgentErrorKind::Protocol),
        (503, "text/plain", "down", AgentErrorKind::Unreachable),
    ];
    for (status, content_type, body, expected) in cases {
        let stub = Stub::start(status, content_type, body).await;
        let agent = outbound().agent(&direct(&stub.base)).unwrap();
        let failed = agent.source_info(None).await.unwrap_err();
        assert_eq!(failed.kind, expected, "{status} {content_type} {body}: {}", failed.message);
        assert!(!failed.message.contains("canary-token"));
    }
}

#[tokio::test]
async fn an_agent_that_goes_between_two_requests_is_unreachable_and_may_come_back() {
    let stub = Stub::once(
        "application/json",
        r#"{"jsonrpc":"2.0","id":0,"result":{"protocolVersion":"2025-06-18","capabilities":{},
            "serverInfo":{"name":"bastion-mcp","version":"0"}}}"#,
    );
    let agent = outbound().agent(&direct(&stub)).unwrap();
    let failed = agent.source_info(None).await.unwrap_err();
    assert_eq!(failed.kind, AgentErrorKind::Unreachable, "{}", failed.message);
    assert!(failed.kind.is_transient());
}

#[tokio::test]
async fn an_address_where_nobody_listens_is_unreachable() {
    let agent = outbound().agent(&direct(&nobody())).unwrap();
    assert_eq!(agent.source_info(None).await.unwrap_err().kind, AgentErrorKind::Unreachable);
}

#[tokio::test]
async fn a_host_that_swallows_packets_is_unreachable_before_the_call_is_given_up() {
    let silent = Silent::start().await;
    let agent = outbound().with_call_timeout(Duration::from_secs(60)).agent(&direct(&silent.base)).unwrap();
    let failed = agent.source_info(None).await.unwrap_err();
    assert_eq!(failed.kind, AgentErrorKind::Unreachable, "{}", failed.message);
    assert!(failed.message.contains("Check host and port"), "{}", failed.message);
}

#[tokio::test]
async fn an_answer_larger_than_any_page_is_refused() {
    let huge =
        format!(r#"{{"jsonrpc":"2.0","id":0,"result":{{"filler":"{}"}}}}"#, "x".repeat(17 * 1024 * 1024));
    let stub = Stub::start(200, "application/json", huge).await;
    let agent = outbound().agent(&direct(&stub.base)).unwrap();
    assert_eq!(agent.source_info(None).await.unwrap_err().kind, AgentErrorKind::Protocol);
}

#[tokio::test]
async fn a_tool_is_called_by_its_prefixed_name_with_the_token_as_bearer() {
    let fake = fake(false).await;
    let agent = outbound().agent(&gateway(&fake.base, Some(GATEWAY_TOKEN), None, None)).unwrap();
    let answer = agent.source_info(Some("shop")).await.unwrap();
    assert_eq!(answer.sources[0].name, "shop");
    assert_eq!(fake.calls(), ["shop_db__source_info"]);
}

#[tokio::test]
async fn with_progressive_loading_the_call_takes_the_detour() {
    let fake = fake(true).await;
    let agent = outbound().agent(&gateway(&fake.base, Some(GATEWAY_TOKEN), None, Some("shop_db"))).unwrap();
    agent.source_info(None).await.unwrap();
    assert_eq!(fake.calls(), ["archestra__run_tool"]);
}

#[tokio::test]
async fn an_api_key_alone_finds_the_gateway_and_the_token() {
    let fake = fake(false).await;
    let agent = outbound().agent(&gateway(&fake.base, None, Some(API_KEY), None)).unwrap();
    agent.source_info(None).await.unwrap();
}

#[tokio::test]
async fn an_agent_that_forgot_a_job_says_so() {
    let fake = fake(false).await;
    let agent = outbound().agent(&gateway(&fake.base, Some(GATEWAY_TOKEN), None, None)).unwrap();
    let page = types::protocol::PageArguments { job: "gone".into(), ..Default::default() };
    assert_eq!(agent.scan_get(page).await.unwrap_err().kind, AgentErrorKind::JobUnknown);
}

#[tokio::test]
async fn the_ladder_says_which_rung_broke_and_what_to_do() {
    let fake = fake(false).await;
    let page = Stub::start(200, "text/html", "<html>Archestra</html>").await;
    let cases = [
        (gateway(&fake.base, Some(GATEWAY_TOKEN), Some(API_KEY), None), None, ""),
        (gateway(&fake.base, Some("arch_wrong"), Some(API_KEY), None), Some("gateway"), "token"),
        (
            gateway(&fake.base, Some(GATEWAY_TOKEN), Some("Bearer x"), None),
            Some("api_key"),
            "Personal Settings",
        ),
        (gateway(&fake.base, Some(GATEWAY_TOKEN), None, Some("other")), Some("tools"), "other__source_info"),
        (gateway(&page.base, Some(GATEWAY_TOKEN), None, None), Some("health"), "9000"),
        (gateway(&nobody(), Some(GATEWAY_TOKEN), None, None), Some("health"), "Nothing answers"),
        (direct(&nobody()), Some("agent"), "bastion-mcp is running"),
    ];
    for (way, broken, remedy) in cases {
        let report = outbound().test(Probe { way: way.clone(), agent_source: None }).await;
        assert_eq!(report.ok, broken.is_none(), "{way:?}: {report:?}");
        let failed = report.steps.iter().find(|step| step.status == "failed");
        assert_eq!(failed.map(|step| step.name.as_str()), broken, "{report:?}");
        if let Some(step) = failed {
            assert!(step.remedy.as_deref().unwrap_or_default().contains(remedy), "{step:?}");
        }
    }
}

#[tokio::test]
async fn another_role_is_advised_only_where_the_one_there_is_can_do_too_much() {
    for (code, is_unsafe) in [("superuser", true), ("replica", false)] {
        let findings = json!([{"code": code, "unsafe": is_unsafe, "message": "So it is."}]);
        let upstream = scripted(findings);
        let fake =
            FakeGateway::start(Options { server: "shop_db".into(), progressive_loading: false, upstream })
                .await;
        let way = gateway(&fake.base, Some(GATEWAY_TOKEN), None, None);
        let report = outbound().test(Probe { way, agent_source: None }).await;
        let last = report.steps.last().unwrap();
        assert_eq!((report.ok, last.status.as_str(), last.detail.as_str()), (true, "warning", "So it is."));
        assert_eq!(last.remedy.is_some(), is_unsafe, "{code}");
    }
}

#[tokio::test]
async fn an_archestra_that_cannot_work_says_so_before_its_token_is_blamed() {
    let fake = fake(false).await;
    let cases = [
        (200, json!({"name": "Archestra", "status": "maintenance", "database": "connected"}), "maintenance"),
        (
            503,
            json!({"name": "Archestra", "status": "degraded", "database": "disconnected"}),
            "its own database",
        ),
    ];
    for (status, answer, remedy) in cases {
        fake.becomes(status, answer);
        let way = gateway(&fake.base, Some(GATEWAY_TOKEN), Some(API_KEY), None);
        let report = outbound().test(Probe { way, agent_source: None }).await;
        let failed = report.steps.iter().find(|step| step.status == "failed").unwrap();
        assert_eq!(failed.name, "health");
        assert!(failed.remedy.as_deref().unwrap_or_default().contains(remedy), "{failed:?}");
    }
}

#[test]
fn no_secret_shows_in_a_way_that_is_printed() {
    let shown =
        format!("{:?}", gateway("http://127.0.0.1:9000", Some("arch_canary"), Some("arch_canary"), None));
    assert!(!shown.contains("canary"), "{shown}");
}
