//! What tools say of the form of their answers.

use std::any::Any;
use std::sync::Arc;

use rmcp::handler::server::tool::schema_for_output;
use rmcp::model::JsonObject;
use rmcp::schemars::JsonSchema;
use serde_json::{Value, json};
use types::protocol::ToolError;

/// The form of an answer, or of the error in its place: there are clients that hold errors against it too, and show
/// their callers nothing of what does not fit. Its root stays an object with all the fields that there may be.
pub(super) fn answer_or_error<T: JsonSchema + Any>() -> Arc<JsonObject> {
    let mut schema = (*schema_for_output::<T>()).clone();
    let error = schema_for_output::<ToolError>();
    let required = schema.remove("required").unwrap_or_else(|| json!([]));
    schema.insert("anyOf".into(), json!([{"required": required}, {"required": error.get("required")}]));
    let fields = schema.entry("properties").or_insert_with(|| json!({}));
    if let (Some(fields), Some(Value::Object(more))) = (fields.as_object_mut(), error.get("properties")) {
        for (name, form) in more {
            fields.entry(name.clone()).or_insert_with(|| form.clone());
        }
    }
    Arc::new(schema)
}
