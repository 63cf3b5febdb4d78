//! Every operation as everybody: what is answered is in one table, and an operation that is not in it fails.
//!
//! The columns of `coverage/operations.txt`, in the order of the table: nobody; somebody of another organization who names
//! this one; a key with one permission, to read the activity; a viewer, a member, an administrator, the owner. They ask for what does not exist,
//! with an empty body, so that 404 and 400 are the answers to those who may. Then the owner with ids of another
//! organization in the path, in each parameter of the query, and in the body; `-` where there is no place for one.

mod estate;
mod operation;
mod secret;
mod tag;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Mutex;

use serde_json::{Value, json};
use types::OrgId;

use self::estate::{CANARY, Estate};
use self::operation::{Operation, operations};
use crate::app::{Client, TestApp};
use crate::database::on_both_databases;

on_both_databases![every_operation_answers_each_as_the_table_says];

/// Asking to be let in names an organization that one does not belong to: that is what it is for.
const MAY_NAME_ANOTHER: &str = "joinOrganization";

/// Whoever may do it is no member any more.
const LEAVES: &str = "leaveOrganization";
/// The roles of those who ask, in the order of the columns, but for the owner, who is last.
const ROLES: [Option<&str>; 6] = [None, None, None, Some("viewer"), Some("member"), Some("admin")];

/// The rows of the table, by operation.
fn table() -> BTreeMap<String, Vec<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/api/coverage/operations.txt");
    let text = fs::read_to_string(path).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    lines
        .map(|line| {
            let mut words = line.split_whitespace().map(str::to_owned);
            (words.next().unwrap(), words.collect())
        })
        .collect()
}

struct World<'a> {
    app: &'a TestApp,
    mine: Estate,
    other: Estate,
    /// From nobody to the owner, in the order of the columns.
    everybody: [Client; 7],
    /// What was wrong beside the table, so that one run tells all of it.
    faults: Mutex<Vec<String>>,
}

impl<'a> World<'a> {
    async fn new(app: &'a TestApp) -> Self {
        let (mine, other) = (Estate::new(app, "acme").await, Estate::new(app, CANARY).await);
        let owner = &mine.owner;
        let everybody = [
            app.anonymous(),
            owner.in_org(&other.organization),
            Self::without_rights(app, owner).await,
            app.member(owner, "viewer", "viewer").await,
            app.member(owner, "member", "member").await,
            app.member(owner, "admin", "admin").await,
            owner.clone(),
        ];
        Self { app, mine, other, everybody, faults: Mutex::default() }
    }

    /// A key of the owner's role that was given one permission alone.
    async fn without_rights(app: &TestApp, owner: &Client) -> Client {
        let limits = json!({"permissions": ["activity.read"]});
        let body = json!({"name": "narrow", "role": "owner", "limits": limits});
        let made = owner.post("/api/org/api-keys", body).await.body;
        let bearer = format!("Bearer {}", made["key"].as_str().unwrap());
        app.anonymous().with("authorization", &bearer)
    }

    /// The status of an answer in which nothing of the other organization is.
    async fn ask(&self, client: &Client, operation: &Operation, path: &str, body: Value) -> String {
        if operation.streams {
            return client.open(path).await.status().as_u16().to_string();
        }
        let reply = client.send(operation.method.clone(), path, Some(body)).await;
        let text = reply.body.to_string();
        if text.contains(CANARY) {
            self.fault(format!("{} {path} shows what is another's: {text}", operation.name));
        }
        reply.status.as_u16().to_string()
    }

    /// Somebody who left comes back: the other operations need them.
    async fn let_in_again(&self, client: &Client, role: &str) {
        let address = client.get("/api/auth/me").await.body["user"]["email"].clone();
        let invited = json!({"email": address, "role": role});
        let invitation = self.mine.owner.post("/api/org/invitations", invited).await.body;
        let joined = client.post("/api/orgs/join", json!({"invitation": invitation["token"]})).await;
        assert_eq!(joined.body["status"], "joined", "{}", joined.body);
    }

    fn fault(&self, fault: String) {
        self.faults.lock().unwrap().push(fault);
    }

    /// The row of the table as it is.
    async fn row(&self, operation: &Operation) -> Vec<String> {
        let mut row = Vec::new();
        let (last, others) = self.everybody.split_last().unwrap();
        let nowhere = operation.address(None);
        for (client, role) in others.iter().zip(ROLES) {
            row.push(self.ask(client, operation, &nowhere, json!({})).await);
            if let (LEAVES, Some(role)) = (operation.name.as_str(), role) {
                self.let_in_again(client, role).await;
            }
        }
        // The owner last: whatever that ends, the others were answered before.
        let foreign = self.foreign(operation, last).await;
        row.push(self.ask(last, operation, &nowhere, json!({})).await);
        row.extend(foreign);
        row
    }

    /// The owner, with ids of the other organization in one place after the other.
    async fn foreign(&self, operation: &Operation, owner: &Client) -> [String; 3] {
        let none = || "-".to_owned();
        let (here, there) = (operation.address(Some(&self.mine)), operation.address(Some(&self.other)));
        let path = match operation.names_one() {
            true => self.ask(owner, operation, &there, operation.body(&self.mine)).await,
            false => none(),
        };
        let mut query = Vec::new();
        for name in &operation.asks_for {
            let id = self.other.id(if name == "assignee" { "member" } else { name });
            let address = format!("{here}{}{name}={id}", if here.contains('?') { '&' } else { '?' });
            query.push(self.ask(owner, operation, &address, operation.body(&self.mine)).await);
        }
        let theirs = operation.body(&self.other);
        let body = match theirs == operation.body(&self.mine) {
            false => self.ask(owner, operation, &here, theirs).await,
            true => none(),
        };
        if body == "-" && operation.takes_ids && operation.name != MAY_NAME_ANOTHER {
            self.fault(format!("{} takes ids in its body: `Operation::body` must have one", operation.name));
        }
        [path, if query.is_empty() { none() } else { query.join("/") }, body]
    }
}

async fn every_operation_answers_each_as_the_table_says(app: &TestApp) {
    let world = World::new(app).await;
    let mut expected = table();
    // The ids that are tried are there, for whose they are.
    for operation in
        operations().iter().filter(|operation| operation.method == "GET" && operation.names_one())
    {
        let own = world.other.owner.get(&operation.address(Some(&world.other))).await;
        if !own.status.is_success() {
            world.fault(format!("{} is not there for its owner: {}", operation.name, own.body));
        }
    }
    let id: OrgId = world.other.organization["id"].as_str().unwrap().parse().unwrap();
    let before = untouched(&world, id).await;
    assert!(before["source"].len() == 1 && before["incident"].len() == 2, "{before:?}");
    let mut differences = String::new();
    for operation in operations() {
        let found = world.row(&operation).await;
        if expected.remove(&operation.name).is_none_or(|row| row != found) {
            writeln!(differences, "{} {}", operation.name, found.join(" ")).unwrap();
        }
    }
    let after = untouched(&world, id).await;
    for (table, rows) in &before {
        if after.get(table) != Some(rows) {
            world.fault(format!("another organization's rows of {table} were changed"));
        }
    }
    let faults = world.faults.lock().unwrap().join("\n");
    assert!(faults.is_empty(), "{faults}\n{differences}");
    assert!(differences.is_empty(), "the table is not what is answered:\n{differences}");
    assert!(expected.is_empty(), "there are no such operations: {:?}", expected.keys());
}

/// All rows of an organization but those of its people's sessions, who have sessions elsewhere as well.
async fn untouched(world: &World<'_>, organization: OrgId) -> BTreeMap<String, Vec<String>> {
    let mut rows = world.app.database.contents(organization).await.unwrap();
    rows.remove("session");
    rows
}
