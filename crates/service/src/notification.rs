//! What members are told by mail, and which of them: the organization chooses, and nobody is mailed before it did.
//!
//! A run that finds something wrong puts in one job, in its own transaction; that one writes a letter to each member who is
//! to be told.

use serde::{Deserialize, Serialize};
use serde_json::json;
use store::job::{self, NewJob};
use store::membership::Place;
use store::{PlatformWrites, Reads, WriteTx};
use types::configuration::NotificationsConfiguration;
use types::incident::IncidentSeverity;
use types::notification::{IncidentMails, Notifications, SetNotifications};
use types::permission::Role;
use types::{OrgId, RunId, Timestamp};

use crate::permission::{OrganizationManage, OrganizationRead};
use crate::precondition::of_newest;
use crate::{Context, Error, Scope, Topic, activity, audit};

/// The kind of connection that holds the choice: it says how the organization is reached.
const KIND: &str = "mail";
/// How often the letters of a run are tried to be written.
const ATTEMPTS: u32 = 5;

/// What is kept of the choice.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Kept {
    version: u32,
    incidents: IncidentMails,
    author: String,
    at: Timestamp,
}

/// How many incidents a run opened, opened again or found worse.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Found {
    pub(crate) critical: u32,
    pub(crate) warning: u32,
}

impl Found {
    /// One more.
    pub(crate) fn count(&mut self, severity: IncidentSeverity) {
        match severity {
            IncidentSeverity::Critical => self.critical += 1,
            IncidentSeverity::Warning => self.warning += 1,
        }
    }

    /// Those of which a role is told; nothing when there are none.
    pub(crate) fn told_to(self, role: Role, mails: &IncidentMails) -> Option<Self> {
        let told = |severity, count| if mails.of(severity).contains(&role) { count } else { 0 };
        let found = Self {
            critical: told(IncidentSeverity::Critical, self.critical),
            warning: told(IncidentSeverity::Warning, self.warning),
        };
        (found != Self::default()).then_some(found)
    }

    /// Whether anybody is told of any.
    pub(crate) fn is_told(self, mails: &IncidentMails) -> bool {
        Role::ALL.into_iter().any(|role| self.told_to(role, mails).is_some())
    }
}

/// Writes letters to a part of an organization's members about what a run found.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Alert {
    pub(crate) run: RunId,
    pub(crate) found: Found,
    /// The last member who has a letter already.
    pub(crate) after: Option<Place>,
}

impl Alert {
    pub(crate) const KIND: &'static str = "alert";

    /// Has them written once the transaction commits.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn put(
        &self,
        tx: &impl PlatformWrites,
        org: OrgId,
        now: Timestamp,
    ) -> Result<(), Error> {
        let payload = serde_json::to_value(self)
            .map_err(|error| Error::Internal(format!("an alert cannot be put down: {error}")))?;
        let new = NewJob {
            org: Some(org),
            kind: Self::KIND,
            idempotency_key: None,
            payload,
            run_at: now,
            max_attempts: ATTEMPTS,
        };
        job::enqueue(tx, new).await?;
        Ok(())
    }
}

/// Has members told of what a run found, if the organization wants it and the server sends mail.
///
/// # Errors
/// When the store fails.
pub(crate) async fn alert(
    context: &Context,
    tx: &WriteTx,
    run: RunId,
    found: Found,
    now: Timestamp,
) -> Result<(), Error> {
    if context.mailer.is_none() || found == Found::default() {
        return Ok(());
    }
    match found.is_told(&incident_mails(tx).await?) {
        true => Alert { run, found, after: None }.put(tx, tx.org(), now).await,
        false => Ok(()),
    }
}

/// Who gets a mail about incidents.
///
/// # Errors
/// When the store fails.
pub(crate) async fn incident_mails(tx: &impl Reads) -> Result<IncidentMails, Error> {
    Ok(kept(tx).await?.map(|kept| kept.incidents).unwrap_or_default())
}

/// Who is told of what by mail.
///
/// # Errors
/// When the store fails.
pub async fn get(context: &Context, scope: &Scope<OrganizationRead>) -> Result<Notifications, Error> {
    let tx = context.store.glance(scope.tenant()).await;
    Ok(view(context, kept(&tx).await?))
}

/// Says who is told of what by mail.
///
/// # Errors
/// [`Error::Conflict`] and [`Error::PreconditionFailed`] when somebody else changed it meanwhile.
pub async fn set(
    context: &Context,
    scope: &Scope<OrganizationManage>,
    input: SetNotifications,
) -> Result<Notifications, Error> {
    let now = context.now();
    let tx = context.store.write(scope.tenant()).await?;
    store::organization::lock(&tx).await?;
    let before = kept(&tx).await?;
    scope.precondition().check(&view(context, before.clone()))?;
    let newest = before.as_ref().map(|kept| (kept.version, kept.author.as_str()));
    let version = of_newest("The notifications are", newest, input.version)?;
    let IncidentMails { critical, warning } = input.incidents;
    let incidents = IncidentMails { critical: tidied(critical), warning: tidied(warning) };
    if before.as_ref().map_or(incidents == IncidentMails::default(), |kept| kept.incidents == incidents) {
        return Ok(view(context, before));
    }
    let after = keep(&tx, scope, now, version + 1, incidents).await?;
    let entry = activity::Entry {
        kind: "notifications.changed",
        message: format!("{} changed who is mailed about incidents", after.author),
        link: Some("/dashboard/settings?section=notifications".to_owned()),
        source: None,
    };
    activity::record(&tx, scope.actor(), now, entry).await?;
    tx.commit().await?;
    context.hub.publish(scope.org(), Topic::Activity);
    Ok(view(context, Some(after)))
}

/// Makes it the choice, in a transaction that holds the organization's lock; answers the one before, and the one that holds
/// now.
///
/// # Errors
/// When the store fails.
pub(crate) async fn replace<P>(
    tx: &WriteTx,
    scope: &Scope<P>,
    now: Timestamp,
    wanted: IncidentMails,
) -> Result<(IncidentMails, IncidentMails), Error> {
    let (version, before) = match kept(tx).await? {
        Some(kept) => (kept.version, kept.incidents),
        None => (0, IncidentMails::default()),
    };
    let after = IncidentMails { critical: tidied(wanted.critical), warning: tidied(wanted.warning) };
    if after != before {
        keep(tx, scope, now, version + 1, after.clone()).await?;
    }
    Ok((before, after))
}

/// The choice as a configuration's file has it; nothing while nobody ever chose.
///
/// # Errors
/// When the store fails.
pub(crate) async fn written(tx: &impl Reads) -> Result<Option<NotificationsConfiguration>, Error> {
    Ok(kept(tx).await?.map(|kept| NotificationsConfiguration { incidents: kept.incidents }))
}

async fn keep<P>(
    tx: &WriteTx,
    scope: &Scope<P>,
    now: Timestamp,
    version: u32,
    incidents: IncidentMails,
) -> Result<Kept, Error> {
    let kept = Kept { version, incidents, author: scope.actor().name().to_owned(), at: now };
    let config = serde_json::to_value(&kept).map_err(|error| Error::Internal(error.to_string()))?;
    store::connection::put(tx, KIND, config, now).await?;
    let detail = json!({"version": kept.version, "incidents": kept.incidents});
    audit::record(tx, scope, now, "notifications.changed", KIND, detail).await?;
    Ok(kept)
}

/// Each role once, the least first.
fn tidied(mut roles: Vec<Role>) -> Vec<Role> {
    roles.sort_unstable();
    roles.dedup();
    roles
}

async fn kept(tx: &impl Reads) -> Result<Option<Kept>, Error> {
    let Some(found) = store::connection::find(tx, KIND).await? else { return Ok(None) };
    serde_json::from_value(found.config)
        .map(Some)
        .map_err(|error| Error::Internal(format!("who is notified is unreadable: {error}")))
}

fn view(context: &Context, kept: Option<Kept>) -> Notifications {
    let mail = context.mailer.is_some();
    match kept {
        Some(Kept { version, incidents, author, at }) => {
            Notifications { version, incidents, mail, author: Some(author), at: Some(at) }
        }
        None => {
            Notifications { version: 0, incidents: IncidentMails::default(), mail, author: None, at: None }
        }
    }
}
