//! What is kept of a person, as one document.

use store::Tenant;
use store::membership::Status;
use store::person::{self, Belonging, Named};
use types::person::{PersonExport, PersonOrganization};
use types::session::User;

use super::account;
use crate::{Context, Error, SignedIn, identity};

/// All that is kept of whoever asks.
///
/// # Errors
/// [`Error::StepUpRequired`], [`Error::Refused`] for whoever came by single sign-on, which is for one organization alone.
pub async fn export(context: &Context, signed_in: &SignedIn) -> Result<PersonExport, Error> {
    signed_in.require_own_proof()?;
    identity::require_recent(signed_in.proved_at, context.now())?;
    gather(context, &signed_in.user).await
}

/// All that is kept of the person of an address, for the operator.
///
/// # Errors
/// [`Error::NotFound`] without such an account.
pub async fn export_by_operator(context: &Context, email: &str) -> Result<PersonExport, Error> {
    gather(context, &account(context, email).await?.user).await
}

async fn gather(context: &Context, user: &User) -> Result<PersonExport, Error> {
    let (id, exported_at) = (user.id, context.now());
    let tx = context.store.platform_read().await?;
    let account = person::account(&tx, id).await?.ok_or(Error::NotFound("account"))?;
    let sessions = person::sessions(&tx, id).await?;
    let identities = person::identities(&tx, id).await?;
    let invitations = person::invitations(&tx, &user.email).await?;
    let belongings = person::belongings(&tx, id).await?;
    drop(tx);
    let mut organizations = Vec::with_capacity(belongings.len());
    for belonging in belongings {
        organizations.push(within(context, user, belonging).await?);
    }
    Ok(PersonExport { exported_at, account, sessions, identities, invitations, organizations })
}

/// What one organization keeps. Of one that they only ask to join, nothing but that.
async fn within(context: &Context, user: &User, belonging: Belonging) -> Result<PersonOrganization, Error> {
    let tx = context.store.read(&Tenant::of(belonging.org)).await?;
    let named = Named { id: user.id, email: &user.email, name: &user.name };
    let belongs = belonging.status == Status::Active;
    let records = if belongs { person::records(&tx, named).await? } else { person::Records::default() };
    let Belonging { org, slug, name, role, status, joined_at, last_seen_at } = belonging;
    Ok(PersonOrganization {
        org_id: org,
        slug,
        name,
        role,
        status: status.as_str().to_owned(),
        joined_at,
        last_seen_at,
        api_keys: store::api_key::names_made_by(&tx, user.id, person::MOST).await?,
        audit: records.audit,
        activity: records.activity,
        records: records.others,
        complete: records.complete || !belongs,
    })
}
