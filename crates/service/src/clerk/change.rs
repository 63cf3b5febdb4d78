//! What an object of Clerk's says, as far as it matters here. Events and the backend API write it alike; all of it is foreign.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use store::clerk::{Kind, Object};
use types::permission::Role;

use crate::{identity, precondition};

/// What was heard of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) object: Object,
    /// Of a person: the address that Clerk has verified, and the name. Of an organization: the name.
    pub(super) email: Option<String>,
    pub(super) name: Option<String>,
}

#[derive(Deserialize)]
struct User {
    id: String,
    updated_at: i64,
    #[serde(default)]
    first_name: Option<String>,
    #[serde(default)]
    last_name: Option<String>,
    #[serde(default)]
    primary_email_address_id: Option<String>,
    #[serde(default)]
    email_addresses: Vec<Address>,
}

#[derive(Deserialize)]
struct Address {
    id: String,
    email_address: String,
    #[serde(default)]
    verification: Option<Verification>,
}

#[derive(Deserialize)]
struct Verification {
    #[serde(default)]
    status: Option<String>,
}

#[derive(Deserialize)]
struct Organization {
    id: String,
    updated_at: i64,
    name: String,
    #[serde(default)]
    created_by: Option<String>,
}

#[derive(Deserialize)]
struct Membership {
    id: String,
    updated_at: i64,
    created_at: i64,
    role: String,
    #[serde(default)]
    permissions: Vec<String>,
    organization: Value,
    public_user_data: PublicUser,
}

#[derive(Deserialize)]
struct PublicUser {
    user_id: String,
}

/// Of what is deleted often nothing more is said.
#[derive(Deserialize)]
struct Gone {
    id: String,
    #[serde(default)]
    organization: Option<Named>,
    #[serde(default)]
    public_user_data: Option<PublicUser>,
}

#[derive(Deserialize)]
struct Named {
    id: String,
}

/// The most characters of an id.
const LONGEST_ID: usize = 100;

/// What an event of a kind changes; nothing when it does not concern us, or cannot be read.
pub(super) fn of_event(kind: &str, data: &Value, sent_at: i64) -> Vec<Change> {
    match kind {
        "user.created" | "user.updated" => user(data).into_iter().collect(),
        "organization.created" | "organization.updated" => organization(data).into_iter().collect(),
        "organizationMembership.created" | "organizationMembership.updated" => membership(data),
        "user.deleted" => gone(Kind::User, data, sent_at).into_iter().collect(),
        "organization.deleted" => gone(Kind::Organization, data, sent_at).into_iter().collect(),
        "organizationMembership.deleted" => gone(Kind::Membership, data, sent_at).into_iter().collect(),
        _ => Vec::new(),
    }
}

/// A person. The address is the primary one, if it is verified.
pub(super) fn user(data: &Value) -> Option<Change> {
    let user: User = read(data)?;
    let primary =
        user.email_addresses.iter().find(|one| Some(&one.id) == user.primary_email_address_id.as_ref());
    let is_verified = |one: &&Address| {
        let status = one.verification.as_ref().and_then(|verification| verification.status.as_deref());
        status == Some("verified")
    };
    let email =
        primary.filter(is_verified).and_then(|one| identity::checked_email("", &one.email_address).ok());
    let words: Vec<_> =
        [&user.first_name, &user.last_name].into_iter().flatten().map(String::as_str).collect();
    let name = called(&words.join(" "));
    let object = object(user.id, Kind::User, user.updated_at, &(&email, &name))?;
    Some(Change { object, email, name })
}

/// An organization.
pub(super) fn organization(data: &Value) -> Option<Change> {
    let organization: Organization = read(data)?;
    let name = called(&organization.name).unwrap_or_else(|| "Organization".to_owned());
    let person = organization.created_by.filter(|id| is_id(id));
    let object = object(organization.id, Kind::Organization, organization.updated_at, &(&name, &person))?;
    let object = Object { person, name: Some(name.clone()), ..object };
    Some(Change { object, email: None, name: Some(name) })
}

/// A membership, and the organization that it is in: that one may not have been heard of.
pub(super) fn membership(data: &Value) -> Vec<Change> {
    let Some(membership) = read::<Membership>(data) else { return Vec::new() };
    let role = role(&membership.role, &membership.permissions);
    let user = membership.public_user_data.user_id;
    let within = organization(&membership.organization);
    let organization = membership.organization["id"].as_str().unwrap_or_default().to_owned();
    let object = object(membership.id, Kind::Membership, membership.updated_at, &role.as_str());
    let own = object.filter(|_| is_id(&user) && is_id(&organization)).map(|object| Change {
        object: Object {
            organization: Some(organization),
            person: Some(user),
            role: Some(role),
            since: Some(membership.created_at),
            ..object
        },
        email: None,
        name: None,
    });
    within.into_iter().chain(own).collect()
}

/// What is deleted.
pub(super) fn gone(kind: Kind, data: &Value, at: i64) -> Option<Change> {
    let gone: Gone = read(data)?;
    let object = object(gone.id, kind, at, &"")?;
    let (organization, person) = match kind {
        Kind::Membership => (
            gone.organization.map(|organization| organization.id).filter(|id| is_id(id)),
            gone.public_user_data.map(|user| user.user_id).filter(|id| is_id(id)),
        ),
        Kind::User | Kind::Organization => (None, None),
    };
    let object = Object { deleted: true, organization, person, ..object };
    Some(Change { object, email: None, name: None })
}

/// What a role at Clerk is here: by its key, or by a permission such as `org:bastion:owner` that a role of one's own was given
/// there. A role that is not known may look, and nothing more.
pub(super) fn role(key: &str, permissions: &[String]) -> Role {
    let key = key.strip_prefix("org:").unwrap_or(key);
    let named = permissions.iter().filter_map(|one| one.strip_prefix("org:bastion:")).filter_map(Role::parse);
    named.max().or_else(|| Role::parse(key)).unwrap_or(Role::Viewer)
}

/// A name that fits, cut where it is too long.
fn called(text: &str) -> Option<String> {
    let cut: String = text.trim().chars().filter(|character| !character.is_control()).take(80).collect();
    identity::checked_name("", &cut).ok()
}

fn is_id(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    (1..=LONGEST_ID).contains(&text.len()) && text.bytes().all(fits)
}

fn object(id: String, kind: Kind, changed_at: i64, says: &impl serde::Serialize) -> Option<Object> {
    if !is_id(&id) {
        return None;
    }
    Some(Object {
        id,
        kind,
        changed_at,
        deleted: false,
        digest: precondition::tag_of(says).ok()?,
        organization: None,
        person: None,
        role: None,
        since: None,
        name: None,
        local: None,
    })
}

fn read<T: DeserializeOwned>(data: &Value) -> Option<T> {
    T::deserialize(data).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use testkit::clerk as object;

    use super::*;

    #[test]
    fn roles_are_told_apart_by_their_keys_and_by_what_they_were_given() {
        let given = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        for (key, permissions, expected) in [
            ("org:admin", given(&[]), Role::Admin),
            ("admin", given(&[]), Role::Admin),
            ("org:member", given(&[]), Role::Member),
            ("org:viewer", given(&[]), Role::Viewer),
            ("org:owner", given(&[]), Role::Owner),
            ("org:billing_manager", given(&[]), Role::Viewer),
            ("org:Admin", given(&[]), Role::Viewer),
            ("", given(&[]), Role::Viewer),
            ("org:lead", given(&["org:bastion:member", "org:bastion:owner"]), Role::Owner),
            ("org:admin", given(&["org:bastion:viewer"]), Role::Viewer),
            ("org:lead", given(&["org:reports:admin", "org:bastion:everything"]), Role::Viewer),
        ] {
            assert_eq!(role(key, &permissions), expected, "{key} {permissions:?}");
        }
    }

    #[test]
    fn of_a_person_the_primary_address_counts_once_it_is_verified() {
        let plain = object::user("user_1", "Ada@Example.org", "Ada", 5);
        let of = |data: &Value| user(data).map(|change| (change.email, change.name));
        assert_eq!(of(&plain), Some((Some("ada@example.org".to_owned()), Some("Ada".to_owned()))));
        let mut unverified = plain.clone();
        unverified["email_addresses"][0]["verification"]["status"] = json!("unverified");
        let mut other = plain.clone();
        other["primary_email_address_id"] = json!("idn_2");
        let mut without = plain.clone();
        without["email_addresses"] = json!([]);
        let mut odd = plain.clone();
        odd["email_addresses"][0]["email_address"] = json!("no address");
        let mut unsaid = plain.clone();
        unsaid["email_addresses"][0]["verification"] = json!(null);
        for data in [unverified, other, without, odd, unsaid] {
            assert_eq!(of(&data), Some((None, Some("Ada".to_owned()))), "{data}");
        }
        let mut named = plain.clone();
        named["first_name"] = json!(" Ada\n");
        named["last_name"] = json!("x".repeat(100));
        let name = of(&named).unwrap().1.unwrap();
        assert!(name.starts_with("Ada x") && name.chars().count() <= 80, "{name}");
        for (field, value) in [("id", json!("user 1")), ("id", json!(null)), ("updated_at", json!("soon"))] {
            let mut bad = plain.clone();
            bad[field] = value;
            assert_eq!(of(&bad), None, "{bad}");
        }
    }

    #[test]
    fn a_membership_brings_its_organization_and_what_does_not_concern_us_changes_nothing() {
        let acme = object::organization("org_1", "Acme", "user_1", 3);
        let belongs = object::membership("orgmem_1", &acme, "user_1", "org:admin", 5);
        let changes = of_event("organizationMembership.created", &belongs, 9);
        assert_eq!(
            changes.iter().map(|one| one.object.id.as_str()).collect::<Vec<_>>(),
            ["org_1", "orgmem_1"]
        );
        assert_eq!(changes[0], of_event("organization.updated", &acme, 9)[0]);
        assert_eq!((changes[1].object.role, changes[1].object.changed_at), (Some(Role::Admin), 5));
        let left = of_event("organizationMembership.deleted", &belongs, 9);
        assert!(left.len() == 1 && left[0].object.deleted && left[0].object.role.is_none(), "{left:?}");
        assert_eq!(left[0].object.organization, changes[1].object.organization);
        let bare = of_event("user.deleted", &json!({"id": "user_1", "object": "user", "deleted": true}), 9);
        assert!(bare.len() == 1 && bare[0].object.deleted && bare[0].object.changed_at == 9, "{bare:?}");
        for (kind, data) in [
            ("email.created", &acme),
            ("organization.created", &json!({"id": "org_1"})),
            ("organizationMembership.created", &json!({"id": "orgmem_1"})),
            ("user.deleted", &json!({"deleted": true})),
            ("user.created", &json!(null)),
        ] {
            assert_eq!(of_event(kind, data, 9), [], "{kind} {data}");
        }
    }
}
