use std::process::Output;

use testkit::postgres::Server;

use super::*;

fn run(arguments: &[&str]) -> Output {
    Command::new(BINARY).args(arguments).env_clear().stdin(Stdio::null()).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn a_scan_prints_a_canonical_snapshot() {
    let directory = tempfile::tempdir().unwrap();
    let url = database(directory.path(), "CREATE TABLE b (id INT); CREATE TABLE a (id INT)");
    let first = run(&["scan", &url]);
    assert_eq!(first.status.code(), Some(0), "{}", text(&first.stderr));
    let snapshot: Value = serde_json::from_slice(&first.stdout).unwrap();
    assert_eq!(snapshot["objects"][1]["path"], "main.a");
    assert_ne!(snapshot["root_hash"], "");
    let second: Value = serde_json::from_slice(&run(&["scan", &url]).stdout).unwrap();
    assert_eq!(snapshot["root_hash"], second["root_hash"], "what did not change hashes alike");
    let profile: Value = serde_json::from_slice(&run(&["profile", &url, "--json"]).stdout).unwrap();
    assert_eq!(profile[0]["table"], "main.a");
}

/// The tables of the snapshot that a scan prints with nothing but these variables set.
fn scanned(arguments: &[&str], variables: &[(&str, &str)]) -> Vec<String> {
    let scan = Command::new(BINARY)
        .arg("scan")
        .args(arguments)
        .env_clear()
        .envs(variables.iter().copied())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert_eq!(scan.status.code(), Some(0), "{}", text(&scan.stderr));
    let snapshot: Value = serde_json::from_slice(&scan.stdout).unwrap();
    let tables = snapshot["objects"].as_array().unwrap().iter().filter(|object| object["kind"] == "table");
    tables.map(|table| table["path"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_database_stands_in_the_environment_or_in_a_file_and_patterns_say_what_of_it_is_read() {
    let directory = tempfile::tempdir().unwrap();
    let sql = "CREATE TABLE staff (id INT); CREATE TABLE payroll (id INT); CREATE TABLE pay_day (id INT)";
    let url = database(directory.path(), sql);
    let all = ["main.pay_day", "main.payroll", "main.staff"];
    let file = directory.path().join("url");
    std::fs::write(&file, format!("{url}\n")).unwrap();
    let file = file.display().to_string();
    assert_eq!(scanned(&[], &[("BASTION_SOURCE_SHOP_URL_FILE", &file)]), all);
    assert_eq!(scanned(&[], &[("BASTION_SOURCE_SHOP_URL", &url)]), all);
    let name = url.strip_prefix("sqlite:").unwrap();
    assert_eq!(scanned(&[], &[("DB_ENGINE", "sqlite"), ("DB_NAME", name)]), all);
    assert_eq!(scanned(&[&url, "--include", "main.pay*"], &[]), all[..2]);
    assert_eq!(scanned(&[&url, "--exclude", "main.pay*"], &[]), all[2..]);
    let both = [&url, "--include", "main.pay*", "--include", "main.staff", "--exclude", "*.payroll"];
    assert_eq!(scanned(&both, &[]), ["main.pay_day", "main.staff"]);
}

#[test]
fn a_role_that_can_only_read_is_told_for_each_engine() {
    for (engine, says, then) in [
        ("postgres", "GRANT SELECT ON", "bastion-mcp check 'postgres://"),
        ("mysql", "GRANT SELECT, SHOW VIEW ON", "bastion-mcp check 'mysql://"),
        ("sqlite", "SQLite has no roles", "bastion-mcp check sqlite:"),
    ] {
        let setup = run(&["setup-sql", engine]);
        let sql = text(&setup.stdout);
        assert_eq!(setup.status.code(), Some(0), "{engine}: {}", text(&setup.stderr));
        assert!(sql.contains(says) && sql.lines().last().unwrap().contains(then), "{engine}: {sql}");
    }
}

#[test]
fn what_is_wrong_is_one_line_and_an_exit_code() {
    let directory = tempfile::tempdir().unwrap();
    let token = directory.path().join("token");
    std::fs::write(&token, "short").unwrap();
    let token = token.display().to_string();
    let cases: [(&[&str], &str); 10] = [
        (&["scan"], "which database?"),
        (&["scan", "mysql://root:hunter2@db"], "names no database"),
        (&["scan", "sqlite:/nowhere.db"], "no such file"),
        (&["check", "postgres://u:hunter2@127.0.0.1:1/d"], "nothing takes connections there"),
        (&["serve"], "--source NAME=URL"),
        (&["serve", "shop=postgres://u:hunter2@h/d"], "unexpected argument '…' found"),
        (&["serve", "--listen", "postgres://u:hunter2@h/d"], "invalid value '…' for '--listen"),
        (&["serve", "--lisen"], "'--listen'"),
        (&["serve", "--source", "a=sqlite:x.db", "--listen", "0.0.0.0:0"], "--token-file"),
        (&["serve", "--source", "a=sqlite:x.db", "--token-file", &token], "16 characters"),
    ];
    for (arguments, expected) in cases {
        let output = run(arguments);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(said.contains(expected), "{arguments:?}: {said}");
        assert_eq!((said.lines().count(), output.stdout.len()), (1, 0), "{arguments:?}: {said}");
        assert!(!said.contains("hunter2"), "{said}");
    }
}

#[tokio::test]
async fn an_unsafe_role_of_postgres_fails_the_check_and_is_not_served_unless_allowed_loudly() {
    let database = Server::shared().create_database("agent");
    let url = database.url();
    let check = run(&["check", &url]);
    assert_eq!(check.status.code(), Some(1));
    assert!(text(&check.stdout).contains("UNSAFE"), "{}", text(&check.stdout));
    let serve = run(&["serve", "--listen", "127.0.0.1:0", "--source", &format!("shop={url}")]);
    assert_eq!(serve.status.code(), Some(1));
    assert!(text(&serve.stderr).contains("bastion-mcp setup-sql postgres"), "{}", text(&serve.stderr));
    // Allowed, it is served, and said at every start and whenever somebody asks.
    let agent = Agent::serve(tempfile::tempdir().unwrap(), &url, |command| {
        command.arg("--allow-unsafe-role");
    });
    let info = agent.call("source_info", json!({})).await;
    let findings = info["sources"][0]["findings"].as_array().unwrap().iter();
    let findings: Vec<_> = findings.map(|finding| (&finding["code"], &finding["unsafe"])).collect();
    assert!(findings.contains(&(&json!("superuser"), &json!(true))), "{findings:?}");
    assert!(findings.contains(&(&json!("allowed_unsafe_role"), &json!(false))), "{findings:?}");
    let log = agent.log();
    assert!(log.contains("WARN") && log.contains("superuser"), "{log}");
    // One's own role on one's own command line is one's own business.
    let scan = run(&["scan", &url]);
    assert_eq!(scan.status.code(), Some(0));
    assert!(text(&scan.stderr).contains("setup-sql"), "{}", text(&scan.stderr));
}

#[test]
fn standard_input_and_output_speak_mcp_too() {
    use std::io::Write;
    let directory = tempfile::tempdir().unwrap();
    let url = database(directory.path(), "CREATE TABLE t (id INT)");
    let mut child = Command::new(BINARY)
        .args(["serve", "--stdio", "--source", &format!("shop={url}")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut ask = |message: Value| writeln!(input, "{message}").unwrap();
    let initialize = json!({"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}});
    ask(json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": initialize}));
    assert!(lines.next().unwrap().unwrap().contains("bastion-mcp"));
    ask(json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
    ask(
        json!({"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "source_info", "arguments": {}}}),
    );
    let answer: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    assert_eq!(answer["result"]["structuredContent"]["sources"][0]["reachable"], true, "{answer}");
    drop(input);
    assert!(child.wait().unwrap().success(), "the end of the input is the end");
}
