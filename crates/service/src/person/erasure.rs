//! Doing away with a person: at once the account and all that lets them in, then, in the background, their name and address
//! in the rows of organizations.
//!
//! The audit log keeps their address, and the versions of policies their name: both can only be added to, as they show who
//! did what. Nothing else tells who an id of theirs was.

use serde::{Deserialize, Serialize};
use serde_json::json;
use store::job::{self, Leased, NewJob};
use store::person::{self, ERASED, Named};
use store::{PlatformWrites, Tenant};
use tokio_util::sync::CancellationToken;
use types::person::ConfirmEmailAddress;
use types::session::User;
use types::{OrgId, Timestamp, UserId};

use super::{By, Deed, Entered, account, confirmed, everywhere, tell};
use crate::{Context, Error, SignedIn, Topic};

/// A worker may be killed in it again and again.
const ATTEMPTS: u32 = 20;
/// How many organizations are asked for at once.
const ORGANIZATIONS: u64 = 100;

/// The payload of the job that goes over the organizations; it goes with the job.
#[derive(Serialize, Deserialize)]
pub(crate) struct Erasure {
    user: UserId,
    email: String,
    name: String,
    /// Those that the person belonged to; others are found by their audit logs.
    organizations: Vec<OrgId>,
}

/// Erases the person's own account.
///
/// # Errors
/// [`Error::Invalid`] unless their own address is given, [`Error::StepUpRequired`], [`Error::Refused`] for whoever came by
/// single sign-on, [`Error::LastOwner`].
pub async fn erase(
    context: &Context,
    signed_in: &SignedIn,
    request_id: &str,
    input: &ConfirmEmailAddress,
) -> Result<(), Error> {
    confirmed(context, signed_in, input)?;
    // What is written down of it must not name whom it is about.
    let mut nameless = signed_in.clone();
    nameless.user.name = ERASED.to_owned();
    nameless.user.email = subject(signed_in.user.id);
    do_away(context, &signed_in.user, By::Themselves(&nameless, request_id)).await
}

/// Erases the account of an address, deactivated or not, for the operator.
///
/// # Errors
/// [`Error::NotFound`] without such an account, [`Error::LastOwner`].
pub async fn erase_by_operator(context: &Context, email: &str) -> Result<(), Error> {
    let account = account(context, email).await?;
    do_away(context, &account.user, By::Operator).await
}

/// How the audit log names whoever is gone.
fn subject(user: UserId) -> String {
    format!("person:{user}")
}

async fn do_away(context: &Context, person: &User, by: By<'_>) -> Result<(), Error> {
    let deed = Deed {
        user: person,
        action: "person.erased",
        ends: true,
        message: "The account of a member was erased".to_owned(),
        subject: subject(person.id),
        at: context.now(),
        by,
    };
    let tx = context.store.platform_write().await?;
    store::user::lock(&tx, person.id).await?;
    let (tx, told) = everywhere(tx, &deed).await?;
    match &tx {
        Entered::Nowhere(tx) => remove(tx, person, &told, deed.at).await?,
        Entered::Last(tx) => remove(tx, person, &told, deed.at).await?,
    }
    tx.commit().await?;
    tell(context, &told);
    for org in told {
        context.hub.publish(org, Topic::Job);
    }
    tracing::info!(user = %person.id, "account erased");
    Ok(())
}

async fn remove(
    tx: &impl PlatformWrites,
    gone: &User,
    organizations: &[OrgId],
    now: Timestamp,
) -> Result<(), Error> {
    person::erase_account(tx, gone.id, &gone.email).await?;
    let payload = Erasure {
        user: gone.id,
        email: gone.email.clone(),
        name: gone.name.clone(),
        organizations: organizations.to_vec(),
    };
    let new = NewJob {
        org: None,
        kind: Erasure::KIND,
        payload: json!(payload),
        run_at: now,
        max_attempts: ATTEMPTS,
        idempotency_key: Some(gone.id.to_string()),
    };
    job::enqueue(tx, new).await?;
    Ok(())
}

impl Erasure {
    /// The kind of its jobs.
    pub(crate) const KIND: &'static str = "person_erasure";

    /// Goes over all organizations, a transaction for each. When the worker stops, another begins anew.
    ///
    /// # Errors
    /// When the store fails; the job is then done again.
    pub(crate) async fn perform(
        context: &Context,
        leased: &Leased,
        stop: &CancellationToken,
    ) -> Result<(), Error> {
        let erasure: Self = serde_json::from_value(leased.payload.clone())
            .map_err(|error| Error::Internal(format!("an erasure's payload is unreadable: {error}")))?;
        let mut last = None;
        loop {
            let tx = context.store.platform_read().await?;
            let organizations = store::organization::all_ids(&tx, last, ORGANIZATIONS).await?;
            drop(tx);
            for org in &organizations {
                if stop.is_cancelled() {
                    job::release(&context.store, leased).await?;
                    return Ok(());
                }
                erasure.within(context, *org).await?;
            }
            last = organizations.last().copied();
            if last.is_none() {
                break;
            }
        }
        let tx = context.store.platform_write().await?;
        job::complete(&tx, leased).await?;
        tx.commit().await?;
        tracing::info!(user = %erasure.user, "the name and the address of an erased person are gone");
        Ok(())
    }

    async fn within(&self, context: &Context, org: OrgId) -> Result<(), Error> {
        let named = Named { id: self.user, email: &self.email, name: &self.name };
        let tenant = Tenant::of(org);
        let tx = context.store.read(&tenant).await?;
        if !self.organizations.contains(&org) && !person::is_named(&tx, &self.email).await? {
            return Ok(());
        }
        let shared = person::shares_name(&tx, &self.name, self.user).await?;
        drop(tx);
        if shared {
            tracing::warn!(%org, user = %self.user, "a namesake is a member: rows that only hold the name stay");
        }
        let tx = context.store.write(&tenant).await?;
        person::erase_names(&tx, named, shared).await?;
        tx.commit().await?;
        context.hub.publish(org, Topic::Activity);
        Ok(())
    }
}
