//! The tools on offer: names, words, schemas.
//!
//! Few on purpose, and none takes SQL. Results carry structured content; the text block is one line, so that a page is
//! not sent twice.

use std::sync::Arc;

use rmcp::model::{JsonObject, Tool, ToolAnnotations};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use types::protocol::{
    FreshnessAnswer, FreshnessArguments, JobArguments, JobCancelled, JobStarted, PageArguments, ProfilePage,
    ProfileStartArguments, ScanPage, ScanStartArguments, SourceInfoAnswer, SourceInfoArguments,
};

/// All of them, always in the same order.
pub(crate) fn all() -> Vec<Tool> {
    vec![
        tool::<SourceInfoArguments, SourceInfoAnswer>(
            "source_info",
            "Source information",
            "Lists the databases this agent reads: engine, version, clock, and what is unsafe about the role.",
        ),
        tool::<ScanStartArguments, JobStarted>(
            "schema_scan_start",
            "Start a schema scan",
            "Starts reading a database's catalog. Answers a job, or `unchanged` when the fingerprint still holds.",
        ),
        tool::<PageArguments, ScanPage>(
            "schema_scan_get",
            "Get a page of a schema scan",
            "Answers the job's status and, once it is done, a page of catalog objects.",
        ),
        tool::<ProfileStartArguments, JobStarted>(
            "profile_start",
            "Start a profile",
            "Starts measuring tables: rows, NULLs, distinct values, ranges, freshness. Each table is read once; no text value leaves.",
        ),
        tool::<PageArguments, ProfilePage>(
            "profile_get",
            "Get a page of a profile",
            "Answers the job's status and the tables finished since the cursor.",
        ),
        tool::<FreshnessArguments, FreshnessAnswer>(
            "freshness",
            "Freshness of tables",
            "Answers the newest timestamps of up to 200 tables.",
        ),
        tool::<JobArguments, JobCancelled>(
            "job_cancel",
            "Cancel a job",
            "Stops a job, and its statement at the database.",
        ),
    ]
}

fn tool<A: JsonSchema, R: JsonSchema>(name: &'static str, title: &str, description: &'static str) -> Tool {
    let mut tool = Tool::new(name, description, schema::<A>());
    tool.title = Some(title.to_owned());
    tool.output_schema = Some(schema::<R>());
    tool.annotations =
        Some(ToolAnnotations::new().read_only(true).destructive(false).idempotent(true).open_world(false));
    tool
}

/// A schema whose root is an object, as clients of every revision expect.
fn schema<T: JsonSchema>() -> Arc<JsonObject> {
    let schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>();
    let mut object = schema.as_object().cloned().unwrap_or_default();
    object.entry("type").or_insert_with(|| "object".into());
    Arc::new(object)
}
