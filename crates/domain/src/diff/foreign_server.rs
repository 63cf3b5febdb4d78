//! Other servers that tables are read from.

use serde_json::{Value, json};
use types::snapshot::{ForeignServer, Object};

use super::comparison::{Comparison, Draft};
use super::object::about;
use crate::severity::object as rule;

/// Which option changed is told by its name only where it came or went: values may hold secrets.
pub(super) fn foreign_server(
    comparison: &mut Comparison<'_>,
    new: &Object,
    before: &ForeignServer,
    after: &ForeignServer,
) {
    about(comparison, new, (&before.owner, &before.comment), (&after.owner, &after.comment));
    if facts(before) != facts(after) {
        let draft = Draft::new("foreign_server", "changed", &*new.path);
        comparison.push_object(draft.before(facts(before)).after(facts(after)), &[rule::SERVER_CHANGED]);
    }
}

fn facts(server: &ForeignServer) -> Value {
    json!({
        "wrapper": server.wrapper,
        "type": server.server_type,
        "version": server.server_version,
        "options": server.options,
        "options_hash": server.options_hash,
    })
}
