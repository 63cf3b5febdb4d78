//! What Clerk says of people, organizations and memberships, in its events and by its backend API. Times are in milliseconds.

use serde_json::{Value, json};

/// A person with one address, which is verified.
#[must_use]
pub fn user(id: &str, email: &str, name: &str, updated_at: i64) -> Value {
    let address = format!("idn_{id}");
    json!({"id": id, "object": "user", "first_name": name, "last_name": null, "username": null,
        "primary_email_address_id": address, "banned": false, "locked": false,
        "email_addresses": [{"id": address, "object": "email_address", "email_address": email,
            "verification": {"status": "verified", "strategy": "email_code"}}],
        "created_at": 1_700_000_000_000_i64, "updated_at": updated_at})
}

/// An organization.
#[must_use]
pub fn organization(id: &str, name: &str, created_by: &str, updated_at: i64) -> Value {
    json!({"id": id, "object": "organization", "name": name, "slug": name.to_lowercase(),
        "image_url": "https://img.clerk.com/x", "has_image": false, "created_by": created_by,
        "max_allowed_memberships": 5, "admin_delete_enabled": true, "public_metadata": {},
        "created_at": 1_700_000_000_000_i64, "updated_at": updated_at})
}

/// A person's membership; the role is written as `org:admin`.
#[must_use]
pub fn membership(id: &str, organization: &Value, user: &str, role: &str, updated_at: i64) -> Value {
    json!({"id": id, "object": "organization_membership", "role": role, "permissions": [],
        "organization": organization, "public_metadata": {},
        "public_user_data": {"user_id": user, "identifier": "nobody@example.org", "first_name": null,
            "last_name": null, "image_url": "https://img.clerk.com/x", "has_image": false},
        "created_at": 1_700_000_000_000_i64, "updated_at": updated_at})
}

/// The event of a kind, such as `organization.updated`.
#[must_use]
pub fn event(kind: &str, data: &Value, timestamp: i64) -> Value {
    json!({"type": kind, "object": "event", "data": data, "timestamp": timestamp, "instance_id": "ins_test",
        "event_attributes": {"http_request": {"client_ip": "192.0.2.1", "user_agent": "curl"}}})
}
