//! A migration that is announced beforehand: what it changes in its window raises no alarm.

use types::policy::{AnnounceMigration, Migration, PolicyDocument};

use super::{Subject, amend, document, newest, reason, record};
use crate::permission::DriftHandle;
use crate::{Context, Error, Scope, Topic};

/// The most characters of a pattern.
const LONGEST_PATH: usize = 500;

/// Adds a migration to the organization's policy, or to a source's own.
///
/// # Errors
/// [`Error::Invalid`] for a window that is over or ends before it begins, and without a reason; [`Error::NotFound`] for an
/// unknown source.
pub async fn announce(
    context: &Context,
    scope: &Scope<DriftHandle>,
    source: Option<&str>,
    input: AnnounceMigration,
) -> Result<PolicyDocument, Error> {
    let now = context.now();
    let AnnounceMigration { from, until, path, kinds, reason: why } = input;
    if until < from {
        return Err(Error::field("/until", "range", "It ends before it begins. Choose a later end."));
    }
    if until < now {
        return Err(Error::field("/until", "range", "This window is over. Choose an end in the future."));
    }
    let path = path.map(|path| path.trim().to_owned()).filter(|path| !path.is_empty());
    if path.as_ref().is_some_and(|path| path.chars().count() > LONGEST_PATH) {
        return Err(Error::field("/path", "length", format!("At most {LONGEST_PATH} characters.")));
    }
    let why = reason(Some(why))?
        .ok_or_else(|| Error::field("/reason", "required", "Say what is deployed, such as the release."))?;
    let author = scope.actor().name().to_owned();
    let message = format!("{author} announced a migration");
    let migration = Migration { from, until, path, kinds, source: None, reason: why.clone(), author };
    let tx = context.store.write(scope.tenant()).await?;
    let subject = Subject::named(&tx, source).await?;
    let note = Some(format!("Announced: {why}"));
    let written = amend(&tx, scope, now, &subject, note, |policy| policy.migrations.push(migration)).await?;
    let message = format!("{message} {}, from {from} until {until}: {why}", subject.words());
    record(&tx, scope, now, &subject, message).await?;
    let current = match written {
        Some(written) => Some(written),
        None => newest(&tx, &subject).await?,
    };
    tx.commit().await?;
    context.hub.publish(scope.org(), Topic::Activity);
    document(&subject, current)
}
