//! Figures on an address of their own, of the program as it is run.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use reqwest::{Method, StatusCode};
use serde_json::json;
use tempfile::TempDir;
use types::OrgId;
use uuid::Uuid;

use crate::app::{Client, PASSWORD};
use crate::database::TestDatabase;

/// A server that is killed with this.
struct Server {
    child: Child,
    log: Receiver<String>,
}

impl Server {
    fn start(folder: &TempDir) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_bastion"))
            .args(["serve", "--ui", "off", "--listen", "127.0.0.1:0", "--data"])
            .arg(folder.path())
            .env_clear()
            .env("BASTION_METRICS_LISTEN", "127.0.0.1:0")
            .env("BASTION_REDIS_URL", "redis+unix:///nowhere")
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let (tell, log) = channel();
        // Read to its end, so that the program is never held up.
        thread::spawn(move || lines.map_while(Result::ok).for_each(|line| drop(tell.send(line))));
        Self { child, log }
    }

    /// Where it says that it does something.
    fn address(&self, of: &str) -> Client {
        let line = self.log.iter().find(|line| line.contains(of)).unwrap();
        let (_, address) = line.split_once("address=").unwrap();
        Client::at(format!("http://{}", address.split(' ').next().unwrap()))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The value of the series of a name that has all of some labels, as they are written.
fn figure(text: &str, name: &str, labels: &[&str]) -> Option<f64> {
    let series = text.lines().filter(|line| !line.starts_with('#'));
    let mut found = series.filter_map(|line| line.rsplit_once(' ')).filter(|(series, _)| {
        let (known, given) = series.split_once('{').unwrap_or((series, ""));
        known == name && labels.iter().all(|label| given.contains(label))
    });
    found.next().map(|(_, value)| value.parse().unwrap())
}

#[tokio::test]
async fn figures_are_on_an_address_of_their_own_and_do_not_say_whose_they_are() {
    let database = TestDatabase::sqlite().await;
    let TestDatabase::Sqlite(folder) = &database else { panic!("an embedded database is a file") };
    // What a killed server held: one job that it tried often enough, and one that is tried again.
    for (id, kind, attempts) in [(1, "of-the-killed", 5), (2, "of-the-killed-as-well", 1)] {
        let held = format!(
            "INSERT INTO job (id, queue, kind, payload, priority, run_at, attempts, max_attempts, state, lease_until, \
             lease_token, created_at) VALUES ({}, 'default', '{kind}', 'null', 0, 0, {attempts}, 5, 'leased', 0, {0}, 0)",
            database.literal(OrgId(Uuid::from_u128(id)))
        );
        database.execute(&held).await.unwrap();
    }
    let server = Server::start(folder);
    let (metrics, api) = (server.address("metrics are served"), server.address("serving"));
    let body = json!({"email": "ada@example.org", "password": PASSWORD, "name": "Ada"});
    let signed_up = api.post("/api/auth/sign-up", body).await;
    assert_eq!(signed_up.status, StatusCode::CREATED, "{}", signed_up.body);
    let ada = api.with_cookie_of(&signed_up);
    let organization = ada.post("/api/orgs", json!({"name": "Canary"})).await.body;
    let id = organization["id"].as_str().unwrap();
    for _ in 0..2 {
        assert_eq!(ada.get(&format!("/api/sources/{id}")).await.status, StatusCode::NOT_FOUND);
    }
    for path in ["/api/canary-1", "/canary-2"] {
        ada.send(Method::from_bytes(b"BREW").unwrap(), path, None).await;
    }
    assert_eq!(api.get("/metrics").await.problem(), (404, "not_found"));

    // The first jobs are done by now, or soon.
    let mut text = String::new();
    for _ in 0..1_000 {
        let shown = metrics.get("/metrics").await;
        assert_eq!(shown.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
        text = shown.body.as_str().unwrap().to_owned();
        if figure(&text, "bastion_jobs_total", &["outcome=\"done\""]).is_some() {
            break;
        }
    }
    let requests = |labels: &[&str]| figure(&text, "bastion_http_request_duration_seconds_count", labels);
    let (get, post) = ("method=\"GET\"", "method=\"POST\"");
    assert_eq!(requests(&["route=\"/api/orgs\"", post, "status=\"2xx\""]), Some(1.0), "{text}");
    assert_eq!(requests(&["route=\"/api/sources/{id}\"", get, "status=\"4xx\""]), Some(2.0), "{text}");
    assert_eq!(requests(&["route=\"other\"", "method=\"other\"", "status=\"4xx\""]), Some(2.0), "{text}");
    let bucket = "bastion_http_request_duration_seconds_bucket";
    assert_eq!(figure(&text, bucket, &["route=\"/api/orgs\"", "le=\"+Inf\""]), Some(1.0), "{text}");
    for (name, labels, least) in [
        ("bastion_jobs_total", vec!["outcome=\"done\""], 1.0),
        ("bastion_jobs_total", vec!["kind=\"of-the-killed\"", "outcome=\"dead\""], 1.0),
        ("bastion_jobs_total", vec!["kind=\"of-the-killed-as-well\"", "outcome=\"lost\""], 1.0),
        ("bastion_job_queue_length", vec!["state=\"waiting\""], 0.0),
        ("bastion_job_queue_length", vec!["state=\"running\""], 0.0),
        ("bastion_job_queue_oldest_seconds", vec![], 0.0),
        ("bastion_database_up", vec![], 1.0),
        ("bastion_database_connections", vec!["pool=\"write\"", "state=\"idle\""], 0.0),
        ("bastion_database_connections", vec!["pool=\"read\"", "state=\"used\""], 0.0),
        ("bastion_database_connections_max", vec!["pool=\"write\""], 1.0),
        ("bastion_database_wait_seconds_count", vec!["for=\"write\""], 1.0),
        ("bastion_database_wait_seconds_count", vec!["for=\"read\""], 1.0),
        ("bastion_database_statements_total", vec![], 10.0),
        ("bastion_build_info", vec![concat!("version=\"", env!("CARGO_PKG_VERSION"), "\"")], 1.0),
        ("process_resident_memory_bytes", vec![], 1e6),
        ("process_open_fds", vec![], 3.0),
    ] {
        let found = figure(&text, name, &labels);
        assert!(found.is_some_and(|value| value >= least), "{name} {labels:?} is {found:?}: {text}");
    }
    assert_eq!(figure(&text, "bastion_redis_up", &[]), Some(0.0), "{text}");
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64();
    let started = figure(&text, "process_start_time_seconds", &[]).unwrap();
    assert!((now - 600.0..=now).contains(&started), "{started} is not shortly before {now}");
    for secret in [id, "canary", "Canary", "ada", "BREW"] {
        assert!(!text.contains(secret), "{secret} is in {text}");
    }
    for path in ["/", "/api/org", "/livez"] {
        assert_eq!(metrics.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}
