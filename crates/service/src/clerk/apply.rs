//! Doing here what Clerk says, in one transaction.

use std::collections::{BTreeMap, BTreeSet};

use integrations::clerk::Clerk;
use store::clerk::{Kind, Object};
use store::{PlatformWrite, PlatformWrites, Tenant, clerk, identity_link, session, user};
use types::session::User;
use types::{OrgId, Timestamp, UserId};
use uuid::Uuid;

use super::change::Change;
use super::merge::{merged, says_the_same};
use super::project::project;
use crate::{Context, Error, Topic};

/// Notes what changed, does what follows from it, and commits. `anew` has what is known done again as well: it may have been
/// impossible before, as an address was taken or an organization full.
///
/// # Errors
/// When the store fails; then nothing was done.
pub(super) async fn apply(
    context: &Context,
    of: &Clerk,
    tx: PlatformWrite,
    changes: Vec<Change>,
    anew: bool,
) -> Result<(), Error> {
    let now = context.now();
    clerk::lock(&tx).await?;
    let mut organizations = BTreeSet::new();
    let mut names = BTreeMap::new();
    for Change { object, email, name } in changes {
        let known = clerk::find(&tx, &object.id).await?;
        if known.as_ref().is_some_and(|known| known.kind != object.kind) {
            continue;
        }
        let mut kept = merged(known.clone(), object.clone());
        if kept.local.is_some() {
            kept.name = None;
        }
        let is_news = known.as_ref() != Some(&kept);
        if !is_news && !anew {
            continue;
        }
        if is_news {
            clerk::put(&tx, &kept).await?;
        }
        let is_current = says_the_same(&kept, &object);
        match kept.kind {
            Kind::User => {
                if is_current && !kept.deleted {
                    account(&tx, of.issuer(), &kept.id, email, name, now).await?;
                } else if is_current {
                    sign_out(&tx, of.issuer(), &kept.id, now).await?;
                }
                let memberships = clerk::memberships_of(&tx, &kept.id).await?;
                organizations.extend(memberships.into_iter().filter_map(|one| one.organization));
            }
            Kind::Organization => {
                let renamed = known.is_some_and(|known| known.digest != kept.digest);
                if let (true, true, Some(name)) = (is_current, renamed, name) {
                    names.insert(kept.id.clone(), name);
                }
                organizations.insert(kept.id);
            }
            Kind::Membership => organizations.extend(kept.organization),
        }
    }
    // In none yet: each is entered in its turn, in the order of their ids, as whoever else locks several does.
    let mut tx = tx.within(&Tenant::of(OrgId(Uuid::nil()))).await?;
    let mut touched = BTreeMap::new();
    for id in organizations {
        if let Some(found) = clerk::find(&tx, &id).await?.filter(|found| found.kind == Kind::Organization) {
            let local = found.local.unwrap_or(OrgId(Uuid::now_v7()));
            touched.insert(local, found);
        }
    }
    for (local, object) in &touched {
        tx = tx.within(&Tenant::of(*local)).await?;
        let name = names.get(&object.id).map(String::as_str);
        project(context, &tx, of.issuer(), Object { local: Some(*local), ..object.clone() }, name, now)
            .await?;
    }
    tx.commit().await?;
    for local in touched.keys() {
        for topic in [Topic::Activity, Topic::Log, Topic::Job] {
            context.hub.publish(*local, topic);
        }
    }
    Ok(())
}

/// The account of somebody at Clerk: the one that they have, else that of their address if it is confirmed to be theirs, else
/// a new one without a password. What an account with a password says of its person stays as it is.
async fn account(
    tx: &PlatformWrite,
    issuer: &str,
    person: &str,
    email: Option<String>,
    name: Option<String>,
    now: Timestamp,
) -> Result<(), Error> {
    if let Some(id) = identity_link::find(tx, issuer, person).await? {
        return follow(tx, id, email, name, now).await;
    }
    let Some(email) = email else {
        tracing::warn!(person, "somebody at Clerk has no verified address and gets no account");
        return Ok(());
    };
    let found = user::find_by_email(tx, &email).await?;
    let id = match found {
        // Somebody else may have made it, with this address, and know its password.
        Some(account) if account.user.email_confirmed_at.is_none() => {
            tracing::warn!(person, user = %account.user.id, "an account that was never confirmed has the address of \
                 somebody at Clerk: they get none until it is confirmed or erased");
            return Ok(());
        }
        Some(account) => account.user.id,
        None => {
            let id = UserId(Uuid::now_v7());
            let name =
                name.unwrap_or_else(|| email.split('@').next().unwrap_or(&email).chars().take(80).collect());
            let user = User { id, email, name, created_at: now, email_confirmed_at: Some(now) };
            user::insert(tx, &user, None).await?;
            id
        }
    };
    identity_link::insert(tx, issuer, person, id, now).await?;
    Ok(())
}

/// Has an account that came from Clerk say what Clerk says.
async fn follow(
    tx: &PlatformWrite,
    id: UserId,
    email: Option<String>,
    name: Option<String>,
    now: Timestamp,
) -> Result<(), Error> {
    if user::password_hash(tx, id).await?.is_some() {
        return Ok(());
    }
    let Some(user) = user::find_active(tx, id).await? else { return Ok(()) };
    if let Some(name) = name.filter(|name| *name != user.name) {
        user::rename(tx, id, &name).await?;
    }
    let Some(email) = email.filter(|email| *email != user.email) else { return Ok(()) };
    match user::find_by_email(tx, &email).await? {
        None => user::set_email(tx, id, &email, now).await?,
        Some(_) => tracing::warn!(user = %id, "the new address of somebody at Clerk is another account's"),
    }
    Ok(())
}

/// Whoever is deleted at Clerk is signed out everywhere.
async fn sign_out(tx: &impl PlatformWrites, issuer: &str, person: &str, now: Timestamp) -> Result<(), Error> {
    if let Some(id) = identity_link::find(tx, issuer, person).await? {
        session::revoke_all(tx, id, None, now).await?;
    }
    Ok(())
}
