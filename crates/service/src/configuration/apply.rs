//! Makes an organization's configuration that of a file, within one transaction.

use std::collections::HashMap;

use serde_json::json;
use store::description::{self, Description};
use store::source::Source;
use store::{Reads, WriteTx};
use types::Timestamp;
use types::configuration::{
    Configuration, ConfigurationPlan, OwnershipEntry, PlannedSection, Section, SourceConfiguration,
};
use types::expectation::ExpectationDefinition;
use types::ownership::OwnershipRule;
use types::policy::Policy;
use types::problem::FieldError;
use types::schema::DescriptionOrigin;
use types::sensitivity::SensitivityRule;

use super::current::People;
use super::file::placed;
use super::items::{Item, of_expectations, of_mails, of_ownership, of_policy, of_sensitivity, section};
use crate::expectation::{Desk, Subject, checked, replace, with_schema};
use crate::policy::line_at;
use crate::source::{Configured, configure, described};
use crate::{Context, Error, Scope, audit, notification, ownership, policy, sensitivity};

/// The newest schemas of sources, by their names.
pub(super) type Schemas = HashMap<String, Subject>;

/// What the expectations of a file are checked by. A large schema takes its time, so not while a change is under way.
pub(super) async fn schemas(
    context: &Context,
    tx: &impl Reads,
    configuration: &Configuration,
) -> Result<Schemas, Error> {
    let mut schemas = HashMap::new();
    for source in store::source::list(tx).await? {
        let is_meant =
            |wanted: &&SourceConfiguration| wanted.name == source.name && wanted.expectations.is_some();
        if configuration.sources.iter().any(|wanted| is_meant(&wanted)) {
            schemas.insert(source.name.clone(), with_schema(context, tx, source).await?);
        }
    }
    Ok(schemas)
}

/// A file that is being applied.
pub(super) struct Application<'a, P> {
    pub(super) context: &'a Context,
    pub(super) tx: &'a WriteTx,
    pub(super) scope: &'a Scope<P>,
    pub(super) now: Timestamp,
    pub(super) text: &'a str,
    pub(super) people: People,
    pub(super) plan: ConfigurationPlan,
}

impl<P> Application<'_, P> {
    pub(super) async fn all(&mut self, configuration: Configuration, schemas: Schemas) -> Result<(), Error> {
        let Configuration { version: _, policy, notifications, sources } = configuration;
        let (mut before, mut after, mut parts) = (Vec::new(), Vec::new(), Vec::new());
        let known = store::source::list(self.tx).await?;
        if let Some(policy) = policy {
            let part = self.policy("/policy", &policy::Subject::organization(), None, &policy).await?;
            parts.push(part);
        }
        if let Some(wanted) = notifications {
            let mails = notification::replace(self.tx, self.scope, self.now, wanted.incidents).await?;
            let (before, after) = (of_mails(&mails.0), of_mails(&mails.1));
            parts.push(section(Section::Notifications, None, before, after));
        }
        let mut schemas = schemas;
        for (at, wanted) in sources.into_iter().enumerate() {
            let place = format!("/sources/{at}");
            let row = known.iter().find(|row| row.name == wanted.name).cloned();
            let configured = configure(self.context, self.tx, self.scope, row, &wanted, self.now)
                .await
                .map_err(|error| placed(self.text, &place, error))?;
            let Configured { row, before: was, missing, without_token } = configured;
            self.plan.missing.extend(missing);
            if without_token {
                let name = &row.name;
                self.plan
                    .left
                    .push(format!("Set the token of {name}'s agent in the settings, if it asks for one."));
            }
            before.extend(was.map(|row| Item::new(row.name.clone(), &described(&row))));
            after.push(Item::new(row.name.clone(), &described(&row)));
            let schema = schemas.remove(&row.name).and_then(|(_, schema)| schema);
            parts.extend(self.parts(&place, (row, schema), wanted).await?);
        }
        if !after.is_empty() {
            self.plan.sections.push(section(Section::Sources, None, before, after));
        }
        self.plan.sections.extend(parts);
        Ok(())
    }

    /// What the file says about one source.
    async fn parts(
        &self,
        place: &str,
        (source, schema): Subject,
        wanted: SourceConfiguration,
    ) -> Result<Vec<PlannedSection>, Error> {
        let mut parts = Vec::new();
        if let Some(policy) = wanted.policy {
            let subject = policy::Subject::of_source(source.id, source.name.clone());
            let place = format!("{place}/policy");
            parts.push(self.policy(&place, &subject, Some(source.name.clone()), &policy).await?);
        }
        if let Some(entries) = wanted.ownership {
            parts.push(self.ownership(&format!("{place}/ownership"), &source, entries).await?);
        }
        if let Some(entries) = wanted.objects {
            parts.push(self.objects(&format!("{place}/objects"), &source, entries).await?);
        }
        if let Some(rules) = wanted.sensitivity {
            parts.push(self.sensitivity(&format!("{place}/sensitivity"), &source, rules).await?);
        }
        if let Some(definitions) = wanted.expectations {
            let place = format!("{place}/expectations");
            parts.push(self.expectations(&place, (source, schema), definitions).await?);
        }
        Ok(parts)
    }

    async fn policy(
        &self,
        place: &str,
        subject: &policy::Subject,
        source: Option<String>,
        wanted: &Policy,
    ) -> Result<PlannedSection, Error> {
        let reason = "Applied from a configuration's file".to_owned();
        let written = policy::block(self.text, place);
        let policy = (wanted, written);
        let before = policy::replace(self.tx, self.scope, self.now, subject, policy, reason).await?;
        Ok(of_policy(&before, wanted, source))
    }

    async fn expectations(
        &self,
        place: &str,
        subject: Subject,
        definitions: Vec<ExpectationDefinition>,
    ) -> Result<PlannedSection, Error> {
        let desk = Desk::at(self.tx, subject, self.now).await?;
        let wanted = checked(&desk, definitions, place, |at| line_at(self.text, &format!("{place}/{at}")))?;
        Ok(of_expectations(replace(desk, self.scope, wanted, false).await?))
    }

    async fn ownership(
        &self,
        place: &str,
        source: &Source,
        entries: Vec<OwnershipEntry>,
    ) -> Result<PlannedSection, Error> {
        let current = store::ownership::find(self.tx, source.id).await?;
        let version = current.as_ref().map_or(0, |current| current.version);
        let before = current.map(|current| current.rules).unwrap_or_default();
        let rules = self.rules(place, &before, entries).await?;
        if rules != before {
            ownership::write(self.tx, self.scope, self.now, (source, version + 1), rules.clone()).await?;
        }
        Ok(self.owned(Section::Ownership, source, &before, &rules))
    }

    async fn objects(
        &self,
        place: &str,
        source: &Source,
        entries: Vec<OwnershipEntry>,
    ) -> Result<PlannedSection, Error> {
        if let Some(at) = entries.iter().position(|entry| entry.path.is_none()) {
            let fault = FieldError::new(&format!("/{at}/path"), "required", "Name the object by its path.");
            return Err(placed(self.text, place, Error::Invalid(vec![fault])));
        }
        let rows = description::owned(self.tx, source.id).await?;
        let own = |row: &Description| self.people.own(row.path.clone(), row.owner.clone(), row.tags.clone());
        let before: Vec<OwnershipRule> = rows.iter().map(own).collect();
        let rules = self.rules(place, &before, entries).await?;
        let part = self.owned(Section::Objects, source, &before, &rules);
        if part.added.is_empty() && part.changed.is_empty() && part.removed.is_empty() {
            return Ok(part);
        }
        let mut wanted: HashMap<String, OwnershipRule> =
            rules.into_iter().filter_map(|rule| Some((rule.path.clone()?, rule))).collect();
        let mut paths: Vec<String> =
            rows.into_iter().map(|row| row.path).chain(wanted.keys().cloned()).collect();
        paths.sort_unstable();
        paths.dedup();
        let mut words: HashMap<String, Description> = description::find_many(self.tx, source.id, &paths)
            .await?
            .into_iter()
            .map(|row| (row.path.clone(), row))
            .collect();
        let by = self.scope.actor().audit_name().into_owned();
        let row = |path: String| {
            let rule = wanted.remove(&path).unwrap_or_default();
            let owner = rule.owner.and_then(|owner| self.people.text(owner));
            let known = words.remove(&path).unwrap_or_else(|| Description {
                path,
                text: None,
                origin: DescriptionOrigin::Person,
                owner: None,
                tags: Vec::new(),
                updated_by: None,
            });
            Description { owner, tags: rule.tags, updated_by: Some(by.clone()), ..known }
        };
        let rows: Vec<Description> = paths.into_iter().map(row).collect();
        description::put(self.tx, source.id, &rows, self.now).await?;
        let detail = json!({"added": part.added, "changed": part.changed, "removed": part.removed});
        let subject = format!("source:{}", source.id);
        audit::record(self.tx, self.scope, self.now, "object.owners_applied", &subject, detail).await?;
        Ok(part)
    }

    async fn sensitivity(
        &self,
        place: &str,
        source: &Source,
        rules: Vec<SensitivityRule>,
    ) -> Result<PlannedSection, Error> {
        let rules: Vec<_> = rules.into_iter().map(sensitivity::tidied).collect();
        let faults = sensitivity::faults_of_all(&rules);
        if !faults.is_empty() {
            return Err(placed(self.text, place, Error::Invalid(faults)));
        }
        let before = sensitivity::replace(self.tx, self.scope, self.now, source, &rules).await?;
        let (before, after) = (of_sensitivity(&before), of_sensitivity(&rules));
        Ok(section(Section::Sensitivity, Some(source.name.clone()), before, after))
    }

    /// The rules that entries mean, if all of them are sound.
    async fn rules(
        &self,
        place: &str,
        before: &[OwnershipRule],
        entries: Vec<OwnershipEntry>,
    ) -> Result<Vec<OwnershipRule>, Error> {
        let (mut rules, mut faults) = (Vec::new(), Vec::new());
        for (at, entry) in entries.into_iter().enumerate() {
            match self.people.rule(entry) {
                Ok(rule) => rules.push(rule),
                Err(fault) => {
                    faults.push(FieldError { pointer: format!("/{at}{}", fault.pointer), ..fault });
                }
            }
        }
        let rules = ownership::tidied(rules);
        if faults.is_empty() {
            faults = ownership::faults(self.tx, before, &rules, "").await?;
        }
        if faults.is_empty() { Ok(rules) } else { Err(placed(self.text, place, Error::Invalid(faults))) }
    }

    fn owned(
        &self,
        part: Section,
        source: &Source,
        before: &[OwnershipRule],
        after: &[OwnershipRule],
    ) -> PlannedSection {
        let items = |rules: &[OwnershipRule]| {
            of_ownership(&rules.iter().map(|rule| self.people.entry(rule)).collect::<Vec<_>>())
        };
        section(part, Some(source.name.clone()), items(before), items(after))
    }
}
