//! Writing letters about what a run found: a part of the members in each job, so that no transaction grows with them.

use store::job::{self, Leased};
use store::{Tenant, membership};

use crate::mail::Letter;
use crate::notification::{Alert, incident_mails};
use crate::{Context, Error};

/// How many members one job looks at.
const MEMBERS: usize = 50;

/// Puts in a letter to each member of a part who is to be told, and the job of the next part, all at once.
///
/// # Errors
/// When the store fails; the job is then done again.
pub(super) async fn perform(context: &Context, leased: &Leased) -> Result<(), Error> {
    let Alert { run, found, after } = serde_json::from_value(leased.payload.clone())
        .map_err(|error| Error::Internal(format!("an alert cannot be read: {error}")))?;
    let org = leased.org.ok_or_else(|| Error::Internal("an alert without an organization".to_owned()))?;
    let now = context.now();
    let tx = context.store.write(&Tenant::of(org)).await?;
    // As it is chosen now: somebody may have turned it off since.
    let mails = incident_mails(&tx).await?;
    let members = match found.is_told(&mails) {
        true => membership::members(&tx, org, after, MEMBERS as u64).await?,
        false => Vec::new(),
    };
    if let Some(last) = members.get(MEMBERS - 1) {
        let after = Some((last.joined_at.millis(), last.user_id));
        Alert { run, found, after }.put(&tx, org, now).await?;
    }
    for member in members {
        if let Some(found) = found.told_to(member.role, &mails) {
            Letter::Incidents { org, user: member.user_id, run, found }.put(&tx, now).await?;
        }
    }
    job::complete(&tx, leased).await?;
    Ok(tx.commit().await?)
}
