//! An organization that has one of everything.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};
use types::DriftId;
use types::change::{ChangeSummary, Severity};
use types::drift::DriftStatus;
use types::incident::IncidentCause;
use uuid::Uuid;

use crate::app::{Client, TestApp};
use crate::incident::open;
use crate::remote_check::{film, record};

/// What is in no answer to another organization: part of every name here.
pub(super) const CANARY: &str = "canary";

pub(super) struct Estate {
    pub(super) owner: Client,
    pub(super) organization: Value,
    /// By what they are the ids of: `incident`, `run`, …
    ids: BTreeMap<&'static str, String>,
}

impl Estate {
    /// Founds the organization and fills it; `name` is in all that it has.
    pub(super) async fn new(app: &TestApp, name: &str) -> Self {
        let (owner, organization) = app.founder(&format!("{name}-owner"), name).await;
        let ids = BTreeMap::from([("organization", organization["id"].as_str().unwrap().to_owned())]);
        let mut estate = Self { owner, organization, ids };
        estate.people(app, name).await;
        estate.data(app, name).await;
        estate
    }

    /// An id of this organization.
    pub(super) fn id(&self, of: &str) -> String {
        self.ids.get(of).unwrap_or_else(|| panic!("an organization has no {of}")).clone()
    }

    async fn people(&mut self, app: &TestApp, name: &str) {
        let member = app.member(&self.owner, &format!("{name}-colleague"), "member").await;
        let picture = json!({"image": "iVBORw0KGgo="});
        let kept = member.send(Method::PUT, "/api/auth/me/avatar", Some(picture)).await;
        assert!(kept.status.is_success(), "{}", kept.body);
        self.keep("member", &member.get("/api/auth/me").await.body["user"]["id"]);
        let applicant = app.user(&format!("{name}-applicant")).await;
        applicant.post("/api/orgs/join", json!({"org_id": self.organization["id"]})).await;
        self.keep("applicant", &applicant.get("/api/auth/me").await.body["user"]["id"]);
        let invited = json!({"email": format!("{name}-invited@example.org"), "role": "viewer"});
        self.keep("invitation", &self.owner.post("/api/org/invitations", invited).await.body["id"]);
        self.keep("device", &self.owner.get("/api/auth/sessions").await.body["items"][0]["id"]);
        let key = json!({"name": format!("{name}-key"), "role": "viewer"});
        self.keep("api_key", &self.owner.post("/api/org/api-keys", key).await.body["id"]);
    }

    /// A source with a version, a drift event, two incidents and an expectation. Its first scan is under way.
    async fn data(&mut self, app: &TestApp, name: &str) {
        // Nothing listens there, and nothing asks: no worker runs.
        let url = "http://127.0.0.1:9/mcp";
        let body = json!({"name": format!("{name}-shop"), "transport": "direct", "url": url});
        let source = self.owner.post("/api/sources", body).await.body;
        self.keep("source", &source["id"]);
        record(app, &self.owner, &source, &film(&["id", &format!("{name}_length")])).await;
        let runs = self.owner.get("/api/scan/runs").await.body;
        self.keep("run", &runs["items"][0]["id"]);
        let rule = json!({"kind": "not_null", "column": format!("{name}_length")});
        let expected = json!({"table": "public.film", "rule": rule});
        self.keep("expectation", &self.owner.post("/api/expectations", expected).await.body["id"]);
        let found = [IncidentCause::Nulls, IncidentCause::Volume].map(|cause| (name, cause));
        let paths = open(app, &self.owner, self.id("source").parse().unwrap(), &found).await;
        for (of, path) in ["incident", "other_incident"].into_iter().zip(paths) {
            self.keep(of, &json!(path.rsplit('/').next().unwrap()));
        }
        let drift = self.drift(app, name).await;
        self.keep("drift", &json!(drift.to_string()));
    }

    /// A drift event that its only version has with itself, as far as the tables know.
    async fn drift(&self, app: &TestApp, name: &str) -> DriftId {
        let now = app.context.now();
        let id = DriftId(Uuid::now_v7());
        let tx = app.context.store.write(&app.tenant(&self.owner).await).await.unwrap();
        let event = store::drift::Drift {
            id,
            source_id: self.id("source").parse().unwrap(),
            old_version: 1,
            new_version: 1,
            detected_at: now,
            severity: Severity::Breaking,
            found_severity: Severity::Breaking,
            breaking: true,
            status: DriftStatus::New,
            sentence: format!("{name} was dropped"),
            summary: ChangeSummary::default(),
            affected: vec![name.to_owned()],
            changes: store::object::put(&tx, b"[]", now).await.unwrap(),
            run_id: self.id("run").parse().unwrap(),
            decision: None,
        };
        store::drift::insert(&tx, &event).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    fn keep(&mut self, of: &'static str, id: &Value) {
        let id = id.as_str().unwrap_or_else(|| panic!("{of} was not made"));
        self.ids.insert(of, id.to_owned());
    }
}
