//! Organizations: making, joining, renaming and deleting them.

mod deletion;
mod limits;
mod placement;
mod suspension;

use std::ops::RangeInclusive;

use secrecy::SecretString;
use serde_json::json;
use store::membership::Status;
use store::{Tenant, WriteTx, invitation, membership, organization, user};
use types::organization::{
    CreateOrganization, JoinAnswer, JoinOrganization, Organization, PatchOrganization, PlanLimits, Retention,
};
use types::permission::Role;
use types::problem::FieldError;
use types::{OrgId, Timestamp};
use uuid::Uuid;

use crate::permission::{OrganizationManage, OrganizationRead};
use crate::{Context, Error, Scope, SignedIn, Topic, activity, audit, connection, identity, token};

pub use deletion::{delete, restore};
pub use limits::{limit, limits};
pub use placement::moved;
pub use suspension::{reactivate, suspend};

pub(crate) use deletion::{grace, mark_deleted};
pub(crate) use limits::{Limited, make_room};

/// Makes an organization that its maker owns, and the session's default.
///
/// # Errors
/// [`Error::Invalid`] when the name does not fit.
pub async fn create(
    context: &Context,
    signed_in: &SignedIn,
    request_id: &str,
    input: CreateOrganization,
) -> Result<Organization, Error> {
    // The session would not reach it.
    signed_in.require_own_proof()?;
    let now = context.now();
    let name = identity::checked_name("/name", &input.name).map_err(|fault| Error::Invalid(vec![fault]))?;
    let id = OrgId(Uuid::now_v7());
    let tx = context.store.write(&Tenant::of(id)).await?;
    let row = organization::Row {
        id,
        slug: slug(&name),
        name,
        created_at: now,
        retention: Retention::default(),
        suspended: None,
        limits: PlanLimits::default(),
    };
    let row = add(&tx, row).await?;
    membership::insert(&tx, id, signed_in.user.id, Role::Owner, Status::Active, now).await?;
    // Whoever is being deactivated at this moment would leave it without an owner.
    if user::find_active(&tx, signed_in.user.id).await?.is_none() {
        return Err(Error::Unauthenticated);
    }
    store::session::set_organization(&tx, &signed_in.session, id).await?;
    let scope = own_scope(id, signed_in, request_id)?;
    audit::record(&tx, &scope, now, "organization.created", &row.slug, json!({"name": row.name})).await?;
    let entry = activity::Entry {
        kind: "organization.created",
        message: format!("{} created the organization {}", scope.actor().name(), row.name),
        ..activity::Entry::default()
    };
    activity::record(&tx, scope.actor(), now, entry).await?;
    let view = view(context, &tx, row).await?;
    tx.commit().await?;
    Ok(view)
}

/// Whoever makes, joins or asks to join an organization may write down that they did.
fn own_scope(org: OrgId, signed_in: &SignedIn, request_id: &str) -> Result<Scope<OrganizationRead>, Error> {
    Scope::of(Tenant::of(org), signed_in.actor(), Role::Viewer.into(), Some(request_id.to_owned()))
}

/// Joins by an invitation, or asks an organization's administrators to be let in.
///
/// Asking answers the same whether the organization exists or not.
///
/// # Errors
/// [`Error::Invalid`] unless exactly one of the three is given, [`Error::NotFound`] for a spent invitation,
/// [`Error::PlanLimit`] when the organization may have no more members.
pub async fn join(
    context: &Context,
    signed_in: &SignedIn,
    request_id: &str,
    input: JoinOrganization,
) -> Result<JoinAnswer, Error> {
    signed_in.require_own_proof()?;
    let now = context.now();
    let found = match (input.org_id, input.invitation, input.invitation_id) {
        (Some(org), None, None) => return ask(context, signed_in, request_id, org).await,
        (None, Some(secret), None) => {
            let hash = token::hash(&SecretString::from(secret));
            invitation::find_open(&context.store.platform_read().await?, &hash, now).await?
        }
        // Of an address that is not known to be the person's, only the token is proof.
        (None, None, Some(id)) => match signed_in.confirmed_email() {
            Some(email) => {
                let tx = context.store.platform_read().await?;
                invitation::find_of_address(&tx, id, email, now).await?
            }
            None => None,
        },
        _ => return Err(Error::field("", "one_of", "Give one of org_id, invitation and invitation_id.")),
    };
    let Some(found) = found else { return Err(Error::NotFound("invitation")) };
    if found.email != signed_in.user.email {
        return Err(Error::Refused("The invitation is for another e-mail address.".to_owned()));
    }
    accept(context, signed_in, request_id, found).await
}

async fn accept(
    context: &Context,
    signed_in: &SignedIn,
    request_id: &str,
    found: invitation::Open,
) -> Result<JoinAnswer, Error> {
    let now = context.now();
    let tx = context.store.write(&Tenant::of(found.org)).await?;
    let Some(row) = organization::find(&tx, found.org).await? else {
        return Err(Error::NotFound("invitation"));
    };
    if let Some(reason) = row.suspended {
        return Err(Error::Suspended(reason));
    }
    // Taking it in the same transaction decides between two who use it at once.
    if !invitation::take(&tx, found.id, now).await? {
        return Err(Error::NotFound("invitation"));
    }
    let user = signed_in.user.id;
    if membership::find(&tx, found.org, user).await?.is_none() {
        make_room(&tx, Limited::Members, now).await?;
        membership::remove(&tx, user).await?;
        membership::insert(&tx, found.org, user, found.role, Status::Active, now).await?;
    }
    store::session::set_organization(&tx, &signed_in.session, found.org).await?;
    let scope = own_scope(found.org, signed_in, request_id)?;
    let detail = json!({"role": found.role, "by": "invitation"});
    audit::record(&tx, &scope, now, "member.joined", &signed_in.user.email, detail).await?;
    record_joined(&tx, &scope, now, &signed_in.user.name).await?;
    let view = view(context, &tx, row).await?;
    tx.commit().await?;
    context.hub.publish(found.org, Topic::Activity);
    Ok(JoinAnswer { status: "joined".to_owned(), organization: Some(view) })
}

async fn ask(
    context: &Context,
    signed_in: &SignedIn,
    request_id: &str,
    org: OrgId,
) -> Result<JoinAnswer, Error> {
    let answer = JoinAnswer { status: "requested".to_owned(), organization: None };
    let (user, now) = (&signed_in.user, context.now());
    let tx = context.store.write(&Tenant::of(org)).await?;
    if organization::find(&tx, org).await?.is_none() || membership::status(&tx, org, user.id).await?.is_some()
    {
        return Ok(answer);
    }
    membership::insert(&tx, org, user.id, Role::Viewer, Status::Requested, now).await?;
    let scope = own_scope(org, signed_in, request_id)?;
    audit::record(&tx, &scope, now, "join_request.made", &user.email, json!({})).await?;
    let entry = activity::Entry {
        kind: "join_request.made",
        message: format!("{} asks to join", user.name),
        link: Some("/dashboard/settings?section=members".to_owned()),
        source: None,
    };
    activity::record(&tx, scope.actor(), now, entry).await?;
    tx.commit().await?;
    context.hub.publish(org, Topic::Activity);
    Ok(answer)
}

pub(crate) async fn record_joined<P>(
    tx: &WriteTx,
    scope: &Scope<P>,
    now: Timestamp,
    name: &str,
) -> Result<(), Error> {
    let entry = activity::Entry {
        kind: "member.joined",
        message: format!("{name} joined"),
        link: Some("/dashboard/settings".to_owned()),
        source: None,
    };
    activity::record(tx, scope.actor(), now, entry).await?;
    Ok(())
}

/// The organization and its settings.
///
/// # Errors
/// When the store fails.
pub async fn get(context: &Context, scope: &Scope<OrganizationRead>) -> Result<Organization, Error> {
    let tx = context.store.read(scope.tenant()).await?;
    view(context, &tx, present(&tx, scope.org()).await?).await
}

/// Changes the organization's name, while the slug stays, as links hold it, and how long versions of its schemas are kept.
///
/// # Errors
/// [`Error::Invalid`] when something does not fit, [`Error::PreconditionFailed`] when somebody else changed it meanwhile; then
/// nothing is changed.
pub async fn patch(
    context: &Context,
    scope: &Scope<OrganizationManage>,
    input: PatchOrganization,
) -> Result<Organization, Error> {
    let now = context.now();
    let tx = context.store.write(scope.tenant()).await?;
    organization::lock(&tx).await?;
    let mut row = present(&tx, scope.org()).await?;
    if scope.precondition().is_some() {
        scope.precondition().check(&view(context, &tx, row.clone()).await?)?;
    }
    if let Some(name) = input.name {
        let name = identity::checked_name("/name", &name).map_err(|fault| Error::Invalid(vec![fault]))?;
        let detail = json!({"from": row.name, "to": name});
        row.name = name;
        organization::rename(&tx, &row.name).await?;
        audit::record(&tx, scope, now, "organization.renamed", &row.slug, detail).await?;
    }
    if let Some(retention) = input.retention {
        let faults = retention_faults(retention);
        if !faults.is_empty() {
            return Err(Error::Invalid(faults));
        }
        if retention != row.retention {
            let detail = json!({"from": row.retention, "to": retention});
            row.retention = retention;
            organization::set_retention(&tx, retention).await?;
            audit::record(&tx, scope, now, "organization.retention_changed", &row.slug, detail).await?;
        }
    }
    let view = view(context, &tx, row).await?;
    tx.commit().await?;
    Ok(view)
}

fn retention_faults(retention: Retention) -> Vec<FieldError> {
    let limits = [
        ("/retention/versions", retention.versions, Retention::VERSIONS, "versions"),
        ("/retention/days", retention.days, Retention::DAYS, "days"),
    ];
    let outside = limits.into_iter().filter(|(_, value, limits, _)| !limits.contains(value));
    let fault = |(pointer, _, limits, noun): (&str, u32, RangeInclusive<u32>, &str)| {
        FieldError::new(
            pointer,
            "range",
            format!("{} to {} {noun} can be kept.", limits.start(), limits.end()),
        )
    };
    outside.map(fault).collect()
}

/// The organization of a slug or of an id's text, for the operator.
pub(crate) async fn named(context: &Context, slug_or_id: &str) -> Result<OrgId, Error> {
    let tx = context.store.platform_read().await?;
    let row = organization::find_by_name(&tx, slug_or_id).await?;
    Ok(row.ok_or(Error::NotFound("organization"))?.id)
}

pub(crate) async fn present(tx: &impl store::PlatformReads, org: OrgId) -> Result<organization::Row, Error> {
    organization::find(tx, org).await?.ok_or(Error::NotFound("organization"))
}

pub(crate) async fn view(
    context: &Context,
    tx: &impl store::Reads,
    row: organization::Row,
) -> Result<Organization, Error> {
    let organization::Row { id, slug, name, created_at, retention, suspended: _, limits } = row;
    let settings = connection::settings(tx).await?;
    let deletion_grace_days = context.settings.deletion_grace_days;
    let placement = store::placement::of(tx).await?;
    Ok(Organization {
        id,
        slug,
        name,
        created_at,
        settings,
        retention,
        limits,
        deletion_grace_days,
        placement,
    })
}

/// The most characters of a slug; what follows the name's is for making it unique.
const SLUG_CHARACTERS: usize = 40;

/// Adds an organization under its slug or, where that is taken, under one with an end of its own.
pub(crate) async fn add(tx: &WriteTx, mut row: organization::Row) -> Result<organization::Row, Error> {
    if organization::insert(tx, &row).await? {
        return Ok(row);
    }
    let unique = row.id.0.simple().to_string();
    row.slug = format!("{}-{}", row.slug, &unique[unique.len() - 6..]);
    match organization::insert(tx, &row).await? {
        true => Ok(row),
        // By the rarest chance; whoever tries again has another end.
        false => Err(store::Error::Busy.into()),
    }
}

/// Lower-case letters, digits and single dashes, as a host name allows.
pub(crate) fn slug(name: &str) -> String {
    let mut slug = String::new();
    for character in name.chars().flat_map(char::to_lowercase) {
        if character.is_ascii_alphanumeric() {
            slug.push(character);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.truncate(SLUG_CHARACTERS);
    let slug = slug.trim_matches('-');
    if slug.is_empty() { "organization".to_owned() } else { slug.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_host_names() {
        for (name, expected) in [
            ("Acme Inc.", "acme-inc"),
            ("  A -- B  ", "a-b"),
            ("Žluťoučký", "lu-ou-k"),
            ("数据", "organization"),
        ] {
            assert_eq!(slug(name), expected);
        }
    }
}
