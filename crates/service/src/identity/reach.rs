//! Which of a person's organizations a session reaches.
//!
//! One that was opened by an organization's single sign-on reaches that organization alone: its provider vouches for its
//! people, not for what they are elsewhere. One that was opened by a password reaches all of the person's organizations but
//! those that require their single sign-on of them. Owners come in by their password all the same, so that a provider that
//! is down or set up wrongly shuts nobody out for good; that they did is in the audit log.

use store::caller::Belonging;
use store::membership::{self, Standing};
use store::{PlatformReads, sso};
use types::OrgId;
use types::permission::Role;
use types::session::{Membership, User};

use crate::{Error, SignedIn};

/// What a session reaches.
#[derive(Default)]
pub(crate) struct Reach {
    pub(crate) memberships: Vec<Membership>,
    /// Whether there is an organization that the person must come into by single sign-on, and did not.
    pub(super) shut: bool,
    /// The organization that requires single sign-on and lets the person in nevertheless, as its owner.
    pub(super) bypassed: Option<OrgId>,
}

/// What a session of a person reaches that was opened by an organization's single sign-on, or by none.
pub(crate) async fn reachable(
    tx: &impl PlatformReads,
    user: &User,
    by: Option<OrgId>,
) -> Result<Reach, Error> {
    let mut reach = Reach { memberships: membership::of_user(tx, user.id).await?, ..Reach::default() };
    if let Some(org) = by {
        reach.memberships.retain(|membership| membership.org_id == org);
        return Ok(reach);
    }
    let Some(org) = requiring(tx, user).await? else { return Ok(reach) };
    match reach.memberships.iter().find(|membership| membership.org_id == org).map(|found| found.role) {
        Some(Role::Owner) => reach.bypassed = Some(org),
        Some(_) => {
            reach.memberships.retain(|membership| membership.org_id != org);
            reach.shut = true;
        }
        None => {}
    }
    Ok(reach)
}

/// Refuses an organization that a session does not reach, although its person belongs to it.
///
/// # Errors
/// [`Error::SsoRequired`], [`Error::Refused`].
pub(crate) async fn check_reach(
    tx: &impl PlatformReads,
    signed_in: &SignedIn,
    org: OrgId,
    standing: &Standing,
) -> Result<(), Error> {
    match signed_in.sso {
        Some(by) if by == org => return Ok(()),
        Some(_) => {
            return Err(Error::Refused(
                "You came by the single sign-on of another organization, which reaches that one alone. Sign in with \
                 your password, or by this organization's own single sign-on."
                    .to_owned(),
            ));
        }
        None if !standing.sso_required || standing.role == Role::Owner => return Ok(()),
        None => {}
    }
    match sso::is_own(tx, org, domain(&signed_in.user.email)).await? {
        true => Err(Error::SsoRequired),
        false => Ok(()),
    }
}

/// Leaves out the organizations that a session does not reach, although its person belongs to them.
///
/// # Errors
/// When the store fails.
pub(crate) async fn retain_reached(
    tx: &impl PlatformReads,
    signed_in: &SignedIn,
    belongings: &mut Vec<Belonging>,
) -> Result<(), Error> {
    if let Some(by) = signed_in.sso {
        belongings.retain(|one| one.org == by);
        return Ok(());
    }
    let may_be_shut = |one: &Belonging| one.standing.sso_required && one.standing.role != Role::Owner;
    if belongings.iter().any(may_be_shut) {
        let required = requiring(tx, &signed_in.user).await?;
        belongings.retain(|one| !may_be_shut(one) || Some(one.org) != required);
    }
    Ok(())
}

/// The organization that requires its single sign-on of a person: a domain is of one at most.
async fn requiring(tx: &impl PlatformReads, user: &User) -> Result<Option<OrgId>, Error> {
    let connection = sso::of_domain(tx, domain(&user.email)).await?;
    Ok(connection.filter(|connection| connection.required).map(|connection| connection.org))
}

/// The domain of an address.
pub(super) fn domain(email: &str) -> &str {
    email.rsplit_once('@').map_or("", |(_, domain)| domain)
}
