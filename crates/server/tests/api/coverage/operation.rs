//! The operations of the API's description, and what a request of each looks like.

use reqwest::Method;
use serde_json::{Value, json};

use super::estate::Estate;

/// Nobody's id.
const NOBODYS: &str = "01890000-0000-7000-8000-000000000000";

/// One operation.
pub(super) struct Operation {
    pub(super) name: String,
    pub(super) method: Method,
    /// With `{parameters}`.
    path: String,
    /// Names of the parameters of the query that say whose or which.
    pub(super) asks_for: Vec<String>,
    /// Whether its body has a field that is an id.
    pub(super) takes_ids: bool,
    /// Whether its answer never ends.
    pub(super) streams: bool,
    /// Whether its answer has a tag, which is answered 304 while it holds.
    pub(super) is_tagged: bool,
}

/// All operations; those last that end what the others need.
pub(super) fn operations() -> Vec<Operation> {
    let description = serde_json::to_value(server::openapi::description()).unwrap();
    let mut operations = Vec::new();
    for (path, item) in description["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
            let in_query = parameters.iter().filter(|parameter| parameter["in"] == "query");
            operations.push(Operation {
                name: operation["operationId"].as_str().unwrap().to_owned(),
                method: method.to_uppercase().parse().unwrap(),
                path: path.clone(),
                asks_for: in_query
                    .map(|parameter| parameter["name"].as_str().unwrap().to_owned())
                    .filter(|name| ["source", "run", "drift", "assignee"].contains(&name.as_str()))
                    .collect(),
                takes_ids: holds_id(&description, &operation["requestBody"]),
                streams: operation["responses"].to_string().contains("text/event-stream"),
                is_tagged: operation["responses"]["304"].is_object(),
            });
        }
    }
    operations.sort_by_key(|operation| match operation.name.as_str() {
        "deleteOrganization" => 1,
        "signOutEverywhere" => 2,
        "signOut" => 3,
        _ => 0,
    });
    operations
}

/// Whether a part of the description leads to the schema of an id.
fn holds_id(description: &Value, part: &Value) -> bool {
    match part {
        Value::Object(members) => members.iter().any(|(name, value)| match (name.as_str(), value) {
            ("$ref", Value::String(target)) => {
                target.ends_with("Id")
                    || holds_id(description, description.pointer(target.trim_start_matches('#')).unwrap())
            }
            _ => holds_id(description, value),
        }),
        Value::Array(items) => items.iter().any(|item| holds_id(description, item)),
        _ => false,
    }
}

impl Operation {
    /// The kinds of what its path names, such as `incident`.
    fn parts(&self) -> impl Iterator<Item = (&str, Option<&'static str>)> {
        let prefix = self.path.split('{').next().unwrap();
        self.path.split('/').map(move |part| {
            let kind = match part {
                "{id}" | "{user_id}" => Some(match prefix {
                    "/api/auth/sessions/" => "device",
                    "/api/drift/" => "drift",
                    "/api/expectations/" => "expectation",
                    "/api/incidents/" => "incident",
                    "/api/org/api-keys/" => "api_key",
                    "/api/org/invitations/" => "invitation",
                    "/api/org/join-requests/" => "applicant",
                    "/api/org/members/" | "/api/people/" => "member",
                    "/api/scan/runs/" => "run",
                    "/api/orgs/" => "organization",
                    "/api/sources/" => "source",
                    _ => panic!("what is the id in {}?", self.path),
                }),
                _ => None,
            };
            (part, kind)
        })
    }

    /// Whether its path holds an id.
    pub(super) fn names_one(&self) -> bool {
        self.parts().any(|(_, kind)| kind.is_some())
    }

    /// The address with an organization's ids, or with nobody's.
    pub(super) fn address(&self, of: Option<&Estate>) -> String {
        let part = |(part, kind): (&str, Option<&str>)| match (part, kind) {
            (_, Some(kind)) => of.map_or_else(|| NOBODYS.to_owned(), |of| of.id(kind)),
            ("{decision}", None) => "ack".to_owned(),
            ("{domain}", None) => "acme.example".to_owned(),
            ("{version}", None) => "1".to_owned(),
            ("{path}", None) => "public.film".to_owned(),
            (part, None) => {
                assert!(!part.starts_with('{'), "what is {part} in {}?", self.path);
                part.to_owned()
            }
        };
        let path = self.parts().map(part).collect::<Vec<_>>().join("/");
        match self.name.as_str() {
            "exportAudit" => path + "?format=csv",
            "searchSchema" => path + "?q=film",
            "previewSensitivity" => path + "?table=public.film",
            _ => path,
        }
    }

    /// A body that fits, so that what is refused is refused for its ids. It holds ids of an organization, if any.
    pub(super) fn body(&self, of: &Estate) -> Value {
        match self.name.as_str() {
            "announceMigration" => {
                json!({"from": "2027-01-15T08:00:00Z", "until": "2027-02-01T00:00:00Z", "reason": "Release 12"})
            }
            "assignIncident" => json!({"assignee": of.id("member")}),
            "changeIncidents" => json!({"ids": [of.id("incident")], "action": "ack"}),
            "commentIncident" => json!({"comment": "Seen"}),
            "createAccessToken" => json!({"sources": [of.id("source")]}),
            "createApiKey" => {
                json!({"name": "narrow", "role": "viewer", "limits": {"sources": [of.id("source")]}})
            }
            "createExpectation" => {
                json!({"table": "public.film", "rule": {"kind": "not_null", "column": "id"}})
            }
            "decideJoinRequest" => json!({"approve": true, "role": "viewer"}),
            "importExpectations" => json!({"version": 1}),
            "mergeIncident" => json!({"into": of.id("other_incident")}),
            "patchExpectation" => json!({"severity": "critical"}),
            "patchMember" => json!({"role": "viewer"}),
            "patchSource" => json!({"name": "renamed"}),
            "describeSchemaObject" => json!({"description": "Films"}),
            "previewDriftPolicy" => json!({"text": "version: 1\n"}),
            "setDriftPolicy" => json!({"version": 0, "text": "version: 1\n"}),
            "setAgentSchedule" | "setSourceSchedule" => json!({"every_minutes": 60}),
            "setOwnership" => {
                let owner = json!({"kind": "member", "id": of.id("member")});
                json!({"version": 0, "rules": [{"owner": owner}]})
            }
            "setSensitivity" => json!({"sensitivity": "high"}),
            "startScan" | "testConnection" => json!({"source": of.id("source")}),
            "switchOrganization" => json!({"org": of.organization["id"]}),
            _ => json!({}),
        }
    }
}
