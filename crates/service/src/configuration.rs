//! The organization's configuration as one YAML file: written, planned, and applied as it was planned.
//!
//! A plan is the application itself, taken back: what it says is what happens. It carries a fingerprint of the file and of
//! all that is configured, and only that very plan is applied.

mod apply;
mod current;
mod file;
mod items;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use sha2::{Digest, Sha256};
use types::configuration::{Configuration, ConfigurationPlan};

use self::apply::Application;
use self::current::current;
use crate::permission::{
    DriftHandle, OrganizationManage, QualityManage, SchemaDescribe, SourceManage, SourceRead,
};
use crate::{Context, Error, Scope, Topic, activity, audit};

/// All that is configured, as YAML. No secret is in it.
///
/// # Errors
/// When the store fails.
pub async fn export(context: &Context, scope: &Scope<SourceRead>) -> Result<String, Error> {
    let tx = context.store.read(scope.tenant()).await?;
    let (configuration, _) = current(&tx).await?;
    serde_yaml_ng::to_string(&configuration)
        .map_err(|error| Error::Internal(format!("a configuration has no YAML: {error}")))
}

/// Says what a file would do.
///
/// # Errors
/// [`Error::Invalid`] with the place and the line of each fault.
pub async fn plan(
    context: &Context,
    scope: &Scope<SourceManage>,
    text: &str,
) -> Result<ConfigurationPlan, Error> {
    carry_out(context, scope, text, None).await
}

/// Does what a plan of the same file said, all of it or nothing.
///
/// # Errors
/// [`Error::PlanOutdated`] when anything is configured otherwise by now, or the file is another;
/// [`Error::NotConfigured`] while something is missing; else as [`plan`].
pub async fn apply(
    context: &Context,
    scope: &Scope<SourceManage>,
    text: &str,
    planned: &str,
) -> Result<ConfigurationPlan, Error> {
    carry_out(context, scope, text, Some(planned)).await
}

async fn carry_out(
    context: &Context,
    scope: &Scope<SourceManage>,
    text: &str,
    planned: Option<&str>,
) -> Result<ConfigurationPlan, Error> {
    // A file may hold anything: whoever applies one may do all of it.
    scope.also::<DriftHandle>()?;
    scope.also::<QualityManage>()?;
    scope.also::<SchemaDescribe>()?;
    let configuration = file::read(text)?;
    if configuration.notifications.is_some() {
        scope.also::<OrganizationManage>()?;
    }
    let now = context.now();
    let tx = context.store.read(scope.tenant()).await?;
    let schemas = apply::schemas(context, &tx, &configuration).await?;
    drop(tx);
    let tx = context.store.write(scope.tenant()).await?;
    store::organization::lock(&tx).await?;
    let (before, people) = current(&tx).await?;
    let fingerprint = fingerprint(text, &before)?;
    if planned.is_some_and(|planned| planned != fingerprint) {
        return Err(Error::PlanOutdated);
    }
    let mentioned: Vec<String> = configuration.sources.iter().map(|source| source.name.clone()).collect();
    let mut application =
        Application { context, tx: &tx, scope, now, text, people, plan: empty(fingerprint) };
    application.all(configuration, schemas).await?;
    let mut plan = application.plan;
    plan.unmentioned = before
        .sources
        .into_iter()
        .map(|source| source.name)
        .filter(|name| !mentioned.contains(name))
        .collect();
    if planned.is_none() {
        return Ok(plan);
    }
    if !plan.missing.is_empty() {
        return Err(Error::NotConfigured(plan.missing.join(" ")));
    }
    plan.applied = true;
    let (added, changed, removed) = counts(&plan);
    if added + changed + removed > 0 {
        let detail =
            json!({"added": added, "changed": changed, "removed": removed, "fingerprint": plan.fingerprint});
        audit::record(&tx, scope, now, "configuration.applied", "configuration", detail).await?;
        let entry = activity::Entry {
            kind: "configuration.applied",
            message: format!(
                "{} applied a configuration: {added} added, {changed} changed, {removed} removed",
                scope.actor().name()
            ),
            source: None,
            link: Some("/dashboard/settings?section=ownership".to_owned()),
        };
        activity::record(&tx, scope.actor(), now, entry).await?;
        tx.commit().await?;
        context.hub.publish(scope.org(), Topic::Activity);
        context.hub.publish(scope.org(), Topic::Job);
    }
    Ok(plan)
}

fn empty(fingerprint: String) -> ConfigurationPlan {
    ConfigurationPlan {
        applied: false,
        fingerprint,
        sections: Vec::new(),
        missing: Vec::new(),
        left: Vec::new(),
        unmentioned: Vec::new(),
    }
}

fn counts(plan: &ConfigurationPlan) -> (usize, usize, usize) {
    let sections = &plan.sections;
    (
        sections.iter().map(|section| section.added.len()).sum(),
        sections.iter().map(|section| section.changed.len()).sum(),
        sections.iter().map(|section| section.removed.len()).sum(),
    )
}

/// Equal for the same file on top of the same configuration.
fn fingerprint(text: &str, current: &Configuration) -> Result<String, Error> {
    let current = serde_json::to_vec(current).map_err(|error| Error::Internal(error.to_string()))?;
    let digest = Sha256::new().chain_update(Sha256::digest(text)).chain_update(current).finalize();
    Ok(URL_SAFE_NO_PAD.encode(digest))
}
