//! Policies about drift: what an organization and each source decided beforehand, kept version by version.

mod announce;
mod effect;
mod preview;
mod yaml;

use serde_json::{Value, json};
use store::{Reads, WriteTx};
use types::page::Page;
use types::policy::{EffectivePolicy, Policy, PolicyDocument, PolicyVersion, SetPolicy};
use types::{SourceId, Timestamp};

use crate::page::Paging;
use crate::permission::{DriftHandle, DriftRead};
use crate::precondition::of_newest;
use crate::source::select;
use crate::{Context, Error, Scope, Topic, activity, audit};

pub use announce::announce;
pub(crate) use effect::{Layers, settled_by};
pub use preview::preview;
pub use yaml::{Slip, read};
pub(crate) use yaml::{block, line_at, line_of, of_shape};

/// The most characters of a version's reason.
const LONGEST_REASON: usize = 2_000;

/// Whose policy: the organization's, or a source's own.
pub(crate) struct Subject {
    id: Option<SourceId>,
    name: Option<String>,
}

impl Subject {
    async fn named(tx: &impl Reads, source: Option<&str>) -> Result<Self, Error> {
        match source.filter(|name| !name.is_empty()) {
            None => Ok(Self { id: None, name: None }),
            Some(name) => {
                let source = select(tx, Some(name)).await?;
                Ok(Self { id: Some(source.id), name: Some(source.name) })
            }
        }
    }

    /// The organization's.
    pub(crate) fn organization() -> Self {
        Self { id: None, name: None }
    }

    /// A source's own.
    pub(crate) fn of_source(id: SourceId, name: String) -> Self {
        Self { id: Some(id), name: Some(name) }
    }

    /// For sentences: `of shop`, or `of all sources`.
    fn words(&self) -> String {
        self.name.as_ref().map_or_else(|| "of all sources".to_owned(), |name| format!("of {name}"))
    }

    fn link(&self) -> String {
        match &self.name {
            Some(name) => format!("/dashboard/drift?view=policy&of={name}"),
            None => "/dashboard/drift?view=policy".to_owned(),
        }
    }
}

/// The organization's policy, or a source's own.
///
/// # Errors
/// [`Error::NotFound`] for an unknown source.
pub async fn get(
    context: &Context,
    scope: &Scope<DriftRead>,
    source: Option<&str>,
) -> Result<PolicyDocument, Error> {
    let tx = context.store.read(scope.tenant()).await?;
    let subject = Subject::named(&tx, source).await?;
    document(&subject, newest(&tx, &subject).await?)
}

/// What the changes of a source are judged with; the only source's without a name.
///
/// # Errors
/// [`Error::NotFound`] for an unknown source, [`Error::SourceRequired`] when there are several and none is named.
pub async fn effective(
    context: &Context,
    scope: &Scope<DriftRead>,
    source: Option<&str>,
) -> Result<EffectivePolicy, Error> {
    let tx = context.store.read(scope.tenant()).await?;
    let source = select(&tx, source).await?;
    let Layers { organization, own } = Layers::in_force(&tx, source.id).await?;
    Ok(EffectivePolicy { source: source.name, organization, own })
}

/// The versions that there were, newest first.
///
/// # Errors
/// [`Error::NotFound`] for an unknown source, [`Error::Invalid`] for a foreign cursor.
pub async fn versions(
    context: &Context,
    scope: &Scope<DriftRead>,
    source: Option<&str>,
    paging: &Paging,
) -> Result<Page<PolicyVersion>, Error> {
    let before: Option<u32> = paging.after()?;
    let tx = context.store.read(scope.tenant()).await?;
    let subject = Subject::named(&tx, source).await?;
    let rows = store::policy::list(&tx, subject.id, before, paging.rows()).await?;
    Ok(paging.page(rows, |version| version.version))
}

/// Puts a policy in force; what was in force before stays among the versions.
///
/// # Errors
/// [`Error::Invalid`] with the place of what is wrong in it, [`Error::Conflict`] and [`Error::PreconditionFailed`] when
/// somebody else changed it meanwhile, [`Error::NotFound`] for an unknown source.
pub async fn set(
    context: &Context,
    scope: &Scope<DriftHandle>,
    source: Option<&str>,
    input: SetPolicy,
) -> Result<PolicyDocument, Error> {
    let now = context.now();
    let reason = reason(input.reason)?;
    let (text, _) = proposed(input.text, input.policy)?;
    let tx = context.store.write(scope.tenant()).await?;
    store::organization::lock(&tx).await?;
    let subject = Subject::named(&tx, source).await?;
    let current = newest(&tx, &subject).await?;
    scope.precondition().check(&document(&subject, current.clone())?)?;
    let newest = current.as_ref().map(|current| (current.version, current.author.as_str()));
    let version = of_newest("The policy is", newest, input.version)?;
    if current.as_ref().is_some_and(|current| current.text == text) {
        return document(&subject, current);
    }
    let written = add(&tx, scope, now, (&subject, version + 1), (&text, reason)).await?;
    let why = written.reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
    let author = &written.author;
    let message =
        format!("{author} changed the drift policy {} (version {}){why}", subject.words(), version + 1);
    record(&tx, scope, now, &subject, message).await?;
    tx.commit().await?;
    context.hub.publish(scope.org(), Topic::Activity);
    document(&subject, Some(written))
}

/// Adds to a policy what `change` adds to its lists; answers the version, or `None` when it added nothing.
///
/// # Errors
/// [`Error::Conflict`] when the policy has become too long.
pub(crate) async fn amend<P>(
    tx: &WriteTx,
    scope: &Scope<P>,
    now: Timestamp,
    subject: &Subject,
    reason: Option<String>,
    change: impl FnOnce(&mut Policy),
) -> Result<Option<PolicyVersion>, Error> {
    // Whoever else changes a policy waits, so that nothing that is added gets lost.
    store::organization::lock(tx).await?;
    let current = newest(tx, subject).await?;
    let (version, text) = current.map_or((0, String::new()), |current| (current.version, current.text));
    let before = stored(&text)?;
    let mut after = before.clone();
    change(&mut after);
    if before == after {
        return Ok(None);
    }
    let text = yaml::extended(&text, &before, &after)?;
    add(tx, scope, now, (subject, version + 1), (&text, reason)).await.map(Some)
}

/// The policy that is written down for the organization or a source, whatever it says in comments.
pub(crate) async fn written(tx: &impl Reads, subject: &Subject) -> Result<Option<Policy>, Error> {
    newest(tx, subject).await?.map(|version| stored(&version.text)).transpose()
}

/// Puts a policy that was checked in force, in its author's words where there are any, and answers the one before; nothing is
/// written where they are the same.
pub(crate) async fn replace<P>(
    tx: &WriteTx,
    scope: &Scope<P>,
    now: Timestamp,
    subject: &Subject,
    (policy, written): (&Policy, Option<String>),
    reason: String,
) -> Result<Policy, Error> {
    let (version, before) = match newest(tx, subject).await? {
        Some(current) => (current.version, stored(&current.text)?),
        None => (0, Policy::default()),
    };
    if before != *policy {
        let text = yaml::write(policy, written)?;
        add(tx, scope, now, (subject, version + 1), (&text, Some(reason))).await?;
    }
    Ok(before)
}

async fn newest(tx: &impl Reads, subject: &Subject) -> Result<Option<PolicyVersion>, Error> {
    Ok(store::policy::newest(tx, subject.id).await?)
}

/// Writes a version and its audit row.
async fn add<P>(
    tx: &WriteTx,
    scope: &Scope<P>,
    now: Timestamp,
    (subject, version): (&Subject, u32),
    (text, reason): (&str, Option<String>),
) -> Result<PolicyVersion, Error> {
    if subject.id.is_none() && tx.sources().is_some() {
        let detail = "This API key is for some sources only. Name one with ?source= (its name or id).";
        return Err(Error::Refused(detail.to_owned()));
    }
    let author = scope.actor().name();
    let new =
        store::policy::New { source: subject.id, version, author, at: now, reason: reason.as_deref(), text };
    store::policy::insert(tx, new).await?;
    let of = subject.id.map_or_else(|| "policy:organization".to_owned(), |id| format!("policy:source:{id}"));
    let detail = json!({ "version": version, "reason": reason });
    audit::record(tx, scope, now, "policy.changed", &of, detail).await?;
    Ok(PolicyVersion { version, author: author.to_owned(), at: now, reason, text: text.to_owned() })
}

async fn record<P>(
    tx: &WriteTx,
    scope: &Scope<P>,
    now: Timestamp,
    subject: &Subject,
    message: String,
) -> Result<(), Error> {
    let entry = activity::Entry {
        kind: "policy.changed",
        message,
        source: subject.name.clone(),
        link: Some(subject.link()),
    };
    activity::record(tx, scope.actor(), now, entry).await?;
    Ok(())
}

fn document(subject: &Subject, version: Option<PolicyVersion>) -> Result<PolicyDocument, Error> {
    let source = subject.name.clone();
    Ok(match version {
        Some(PolicyVersion { version, author, at, reason, text }) => PolicyDocument {
            source,
            version,
            policy: stored(&text)?,
            text,
            author: Some(author),
            at: Some(at),
            reason,
        },
        None => PolicyDocument {
            source,
            version: 0,
            policy: Policy::default(),
            text: yaml::write(&Policy::default(), None)?,
            author: None,
            at: None,
            reason: None,
        },
    })
}

/// A text that was checked before it was kept.
fn stored(text: &str) -> Result<Policy, Error> {
    read(text).map_err(|slip| Error::Internal(format!("a policy that was kept cannot be read: {slip}")))
}

/// The policy that a request brings, as YAML or as JSON, and its text.
fn proposed(text: Option<String>, policy: Option<Value>) -> Result<(String, Policy), Error> {
    let (field, text) = match (text, policy) {
        (Some(text), None) => ("/text", text),
        (None, Some(policy)) => {
            let text = serde_yaml_ng::to_string(&policy)
                .map_err(|error| Error::Internal(format!("a policy has no YAML: {error}")))?;
            ("/policy", text)
        }
        _ => {
            let detail = "Send the policy as `text` (YAML) or as `policy` (JSON), one of the two.";
            return Err(Error::field("/text", "required", detail));
        }
    };
    let policy = read(&text).map_err(|slip| {
        let detail = format!("{slip}. Nothing was changed; set it right and send it again.");
        let mut fault =
            types::problem::FieldError::new(&format!("{field}{}", slip.pointer), "policy", detail);
        // JSON that was sent has other lines than the YAML that was made of it.
        fault.line = slip.line.filter(|_| field == "/text");
        Error::Invalid(vec![fault])
    })?;
    Ok((text, policy))
}

/// A reason without spaces around it.
fn reason(text: Option<String>) -> Result<Option<String>, Error> {
    let reason = text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    if reason.as_ref().is_some_and(|text| text.chars().count() > LONGEST_REASON) {
        return Err(Error::field("/reason", "length", format!("At most {LONGEST_REASON} characters.")));
    }
    Ok(reason)
}
