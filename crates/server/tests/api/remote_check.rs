//! `bastion check` as it is run in a pipeline: the real program, against a server that knows what was agreed.

use std::process::{Command, Output};

use domain::{canonicalize, read_snapshot, root_hash};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use store::manifest::{self, Entry};
use store::object::Packed;
use store::version::Version;
use tempfile::TempDir;
use types::schema::ObjectCounts;

use crate::app::{Client, TestApp};
use crate::database::on_both_databases;

on_both_databases![
    what_differs_from_the_agreed_version_fails_the_check,
    a_check_is_judged_by_the_servers_policy,
    a_server_that_does_not_answer_as_asked_is_told_in_one_line,
    a_version_that_is_not_kept_any_more_is_told_in_one_line,
];

const RULE: &str = "version: 1\nrules:\n  - {kind: column.dropped, path: \"public.film.*\", action: ignore, reason: unused, author: anna}\n";

/// A snapshot with one table.
pub(crate) fn film(columns: &[&str]) -> Value {
    let columns: Vec<Value> = (1..)
        .zip(columns)
        .map(|(position, name)| json!({ "name": name, "position": position, "type": "integer", "nullable": true }))
        .collect();
    json!({
        "format_version": 1, "canonical_version": 0, "engine": "postgres", "engine_version": "15",
        "database": "shop", "captured_at": "2026-01-01T00:00:00Z",
        "objects": [{ "kind": "table", "path": "public.film", "parts": ["public", "film"], "columns": columns }],
    })
}

/// Writes a version of a source, as a scan would whose agent had answered.
pub(crate) async fn record(app: &TestApp, client: &Client, source: &Value, snapshot: &Value) {
    let started = client.post("/api/scan/run", json!({})).await;
    assert_eq!(started.status, StatusCode::ACCEPTED, "{}", started.body);
    let snapshot = canonicalize(read_snapshot(snapshot.to_string().as_bytes()).unwrap());
    let mut blobs = Vec::new();
    let entries: Vec<Entry> = snapshot
        .objects
        .iter()
        .map(|object| {
            let blob = Packed::new(&serde_json::to_vec(object).unwrap()).unwrap();
            let address = blob.address.clone();
            blobs.push(blob);
            let kind = serde_json::to_value(object).unwrap()["kind"].as_str().unwrap().to_owned();
            Entry { path: object.path.clone(), kind, hash: object.hash.clone(), address }
        })
        .collect();
    let (manifest, mut chunks) = manifest::pack(&entries).unwrap();
    blobs.append(&mut chunks);
    let mut header = snapshot.header;
    header.root_hash = root_hash(
        entries.iter().map(|entry| (entry.path.as_str(), entry.kind.as_str(), entry.hash.as_str())),
    );
    let now = app.context.now();
    let version = Version {
        source_id: source["id"].as_str().unwrap().parse().unwrap(),
        version: 1,
        root_hash: header.root_hash.clone(),
        manifest,
        counts: ObjectCounts::default(),
        canonical_version: domain::CANONICAL_VERSION,
        captured_at: now,
        verified_at: now,
        header,
        run_id: started.body["run_id"].as_str().unwrap().parse().unwrap(),
        rebased: false,
        drift_id: None,
        removed_at: None,
    };
    let tx = app.context.store.write(&app.tenant(client).await).await.unwrap();
    store::object::put_many(&tx, blobs, now).await.unwrap();
    store::version::insert(&tx, &version).await.unwrap();
    tx.commit().await.unwrap();
}

/// A server that knows version 1 of a shop, whose film has a length, and a program with a key to it.
struct Pipeline {
    ada: Client,
    server: String,
    files: TempDir,
}

impl Pipeline {
    async fn new(app: &TestApp) -> Self {
        let (ada, _) = app.founder("ada", "Acme").await;
        let url = format!("{}/mcp", testkit::stub::nobody());
        let body = json!({"name": "shop", "transport": "direct", "url": url, "agent_source": "shop"});
        let shop = ada.post("/api/sources", body).await.body;
        record(app, &ada, &shop, &film(&["id", "length"])).await;
        let key = ada.post("/api/org/api-keys", json!({"name": "ci", "role": "viewer"})).await.body;
        let pipeline = Self { ada, server: app.base.clone(), files: TempDir::new().unwrap() };
        pipeline.write("key", key["key"].as_str().unwrap());
        pipeline.write("same.json", &film(&["id", "length"]).to_string());
        pipeline.write("dropped.json", &film(&["id"]).to_string());
        pipeline
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.files.path().join(name), text).unwrap();
    }

    /// Its exit code and all that it says.
    async fn check(&self, baseline: &str, snapshot: &str, more: &[&str]) -> (i32, String) {
        self.check_at(&self.server, "key", baseline, snapshot, more).await
    }

    async fn check_at(
        &self,
        server: &str,
        key: &str,
        baseline: &str,
        snapshot: &str,
        more: &[&str],
    ) -> (i32, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bastion"));
        command.env_clear().current_dir(self.files.path()).args(["check", "--baseline", baseline]);
        command.args(["--server", server, "--api-key-file", key, "--snapshot", snapshot]).args(more);
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        let Output { status, stdout, stderr } = output;
        let said = [stdout, stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
        (status.code().unwrap(), said)
    }

    async fn put_policy(&self, path: &str, text: &str) {
        let body = json!({"version": 0, "text": text});
        let written = self.ada.send(Method::PUT, path, Some(body)).await;
        assert_eq!(written.status, StatusCode::OK, "{}", written.body);
    }
}

async fn what_differs_from_the_agreed_version_fails_the_check(app: &TestApp) {
    let pipeline = Pipeline::new(app).await;
    for baseline in ["latest", "1", "shop:latest", "shop:1"] {
        let (code, said) = pipeline.check(baseline, "same.json", &[]).await;
        assert_eq!(code, 0, "{baseline} {said}");
        let (code, said) = pipeline.check(baseline, "dropped.json", &[]).await;
        assert_eq!(code, 1, "{baseline} {said}");
        assert!(said.contains("Dropped column public.film.length"), "{said}");
    }
    let (code, said) = pipeline.check("latest", "dropped.json", &["--fail-on", "none"]).await;
    assert_eq!(code, 0, "{said}");
    let (code, said) = pipeline.check("latest", "dropped.json", &["--format", "json"]).await;
    assert_eq!(code, 1, "{said}");
    let report: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(report["changes"][0]["path"], "public.film.length");
}

async fn a_check_is_judged_by_the_servers_policy(app: &TestApp) {
    let pipeline = Pipeline::new(app).await;
    pipeline.put_policy("/api/drift/policy", RULE).await;
    for baseline in ["shop:latest", "shop:1", "latest"] {
        let (code, said) = pipeline.check(baseline, "dropped.json", &[]).await;
        assert_eq!(code, 0, "{baseline} {said}");
        assert!(
            said.contains("left out: column.dropped public.film.length. Ignored by anna: unused"),
            "{said}"
        );
    }
    // The source's own policy has the last word.
    let own = RULE.replace("ignore", "raise, to: breaking");
    pipeline.put_policy("/api/drift/policy?source=shop", &own).await;
    let (code, said) = pipeline.check("latest", "dropped.json", &[]).await;
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("Raised to breaking by anna: unused"), "{said}");
    // A file takes the server's place.
    pipeline.write("nothing.yaml", "version: 1\n");
    pipeline.write("lowered.yaml", &RULE.replace("ignore", "lower, to: safe"));
    for (file, expected) in [("nothing.yaml", 1), ("lowered.yaml", 0)] {
        let (code, said) = pipeline.check("latest", "dropped.json", &["--policy", file]).await;
        assert_eq!(code, expected, "{said}");
        assert!(!said.contains("Raised"), "{said}");
    }
}

async fn a_version_that_is_not_kept_any_more_is_told_in_one_line(app: &TestApp) {
    let pipeline = Pipeline::new(app).await;
    let tx = app.context.store.write(&app.tenant(&pipeline.ada).await).await.unwrap();
    let [source] = store::retention::sources(&tx).await.unwrap().try_into().unwrap();
    store::retention::remove(&tx, source, &[1], app.context.now()).await.unwrap();
    tx.commit().await.unwrap();
    let (code, said) = pipeline.check("shop:1", "same.json", &[]).await;
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("answers 410: Version 1 was removed on "), "{said}");
    assert_eq!(said.trim_end().lines().count(), 1, "{said}");
    for path in ["/api/schema/versions/1", "/api/schema/objects/public.film?version=1"] {
        assert_eq!(pipeline.ada.get(path).await.problem(), (410, "version_removed"), "{path}");
    }
    let shown = pipeline.ada.get("/api/schema/history").await.body["items"][0].clone();
    assert_eq!((&shown["version"], shown["removed_at"].is_string()), (&json!(1), true), "{shown}");
}

async fn a_server_that_does_not_answer_as_asked_is_told_in_one_line(app: &TestApp) {
    let pipeline = Pipeline::new(app).await;
    pipeline.write("wrong", "bst_guessed");
    let nobody = testkit::stub::nobody();
    let (server, elsewhere) = (pipeline.server.as_str(), format!("{}/nowhere", pipeline.server));
    for (at, key, baseline, expected) in [
        (server, "wrong", "latest", "answers 401: "),
        (nobody.as_str(), "key", "latest", "does not answer: "),
        (elsewhere.as_str(), "key", "latest", "answers 404: "),
        (server, "key", "bank:latest", "answers 404: "),
        (server, "key", "shop:7", "answers 404: "),
        (server, "key", "shop:seven", "is no version"),
        (server, "nokey", "latest", "nokey cannot be read"),
        ("ftp://bastion.example", "key", "latest", "does not answer: "),
    ] {
        let (code, said) = pipeline.check_at(at, key, baseline, "same.json", &[]).await;
        assert_eq!(code, 2, "{at} {baseline} {said}");
        assert!(said.contains(expected), "{said}");
        assert_eq!(said.trim_end().lines().count(), 1, "{said}");
        assert!(!said.contains("bst_"), "{said}");
    }
    // Another organization's source is as unknown as one that nobody has.
    let (eve, _) = app.founder("eve", "Elsewhere").await;
    let key = eve.post("/api/org/api-keys", json!({"name": "ci", "role": "viewer"})).await.body;
    pipeline.write("eves", key["key"].as_str().unwrap());
    let (code, said) = pipeline.check_at(server, "eves", "shop:latest", "same.json", &[]).await;
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("answers 404"), "{said}");
}
