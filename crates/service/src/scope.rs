//! The proof that somebody may do something in an organization.

use std::marker::PhantomData;

use store::{Moment, Tenant};
use types::permission::{Permission, Role};
use types::{OrgId, Timestamp};

use crate::precondition::Precondition;
use crate::{Actor, Error, Requires, identity};

/// Proof of permission `P` in one organization. [`crate::authorize`] is its only maker besides the worker:
///
/// ```compile_fail,E0624
/// use service::{Scope, permission::DriftHandle};
/// fn made_up(org: types::OrgId) -> Scope<DriftHandle> {
///     Scope::for_job(org)
/// }
/// ```
///
/// A use case takes the one of its own permission, so that a handler which asked for another one does not compile:
///
/// ```compile_fail,E0308
/// use service::{Scope, permission::{DriftHandle, DriftRead}};
/// fn decide(_: &Scope<DriftHandle>) {}
/// fn handler(scope: &Scope<DriftRead>) {
///     decide(scope);
/// }
/// ```
#[derive(Debug)]
pub struct Scope<P> {
    tenant: Tenant,
    actor: Actor,
    rights: Rights,
    request_id: Option<String>,
    precondition: Precondition,
    permission: PhantomData<fn() -> P>,
}

/// What an actor may do in an organization.
#[derive(Clone, Debug)]
pub(crate) struct Rights {
    role: Role,
    /// Of the role's permissions only these.
    only: Option<Vec<Permission>>,
    /// Only from these networks.
    networks: Option<Vec<String>>,
    /// Only until then.
    ends_at: Option<Timestamp>,
    proof: Proof,
    /// The most that all of the organization may make, of which each request is one; missing: no limit.
    requests_per_minute: Option<u32>,
    /// As of which state of the database, or a later one, if that is known.
    moment: Option<Moment>,
}

/// What is known of who is there while something dangerous is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Proof {
    /// A person at a screen, who last showed then that it is them.
    Given(Timestamp),
    /// Nobody is asked: an API key was given its role on purpose, and what the server does itself was decided before.
    Needless,
    /// Nobody can be asked: whoever has an access token may have got it from anybody.
    Impossible,
}

impl From<Role> for Rights {
    /// Those of the server itself.
    fn from(role: Role) -> Self {
        Self::of_key(role, None, None, None)
    }
}

impl Rights {
    /// Those of a person who last showed at that time that it is them.
    pub(crate) fn of_person(role: Role, proved_at: Timestamp) -> Self {
        Self { proof: Proof::Given(proved_at), ..role.into() }
    }

    /// Those of a role, of which a key may have been given only some permissions, from some networks, until some time.
    pub(crate) fn of_key(
        role: Role,
        only: Option<Vec<Permission>>,
        networks: Option<Vec<String>>,
        ends_at: Option<Timestamp>,
    ) -> Self {
        Self {
            role,
            only,
            networks,
            ends_at,
            proof: Proof::Needless,
            requests_per_minute: None,
            moment: None,
        }
    }

    /// The same in an organization that may make so many requests a minute.
    pub(crate) fn at_most(self, requests_per_minute: Option<u32>) -> Self {
        Self { requests_per_minute, ..self }
    }

    /// The same, as they were found in that state of the database or a later one.
    pub(crate) fn found_at(self, moment: Option<Moment>) -> Self {
        Self { moment, ..self }
    }

    /// Those of an access token that these were exchanged for: of them the ones that it was given.
    pub(crate) fn of_token(self, given: &[Permission]) -> Self {
        let is_held = |one: &Permission| one.fits_access_token() && self.check(*one).is_ok();
        let only = given.iter().copied().filter(is_held).collect();
        Self { only: Some(only), proof: Proof::Impossible, ..self }
    }

    /// Those of somebody who showed at that time as well that it is them.
    pub(crate) fn proved(self, at: Timestamp) -> Self {
        Self { proof: Proof::Given(at), ..self }
    }

    /// Of these the ones that the role has.
    pub(crate) fn no_more_than(self, role: Role) -> Self {
        Self { role: self.role.min(role), ..self }
    }

    pub(crate) fn role(&self) -> Role {
        self.role
    }

    pub(crate) fn may(&self, permission: Permission) -> bool {
        self.check(permission).is_ok()
    }

    /// When they end by themselves, if they do.
    pub(crate) fn ends_at(&self) -> Option<Timestamp> {
        self.ends_at
    }

    /// The most requests that the organization may make, if there is a limit.
    pub(crate) fn requests_per_minute(&self) -> Option<u32> {
        self.requests_per_minute
    }

    fn check(&self, permission: Permission) -> Result<(), Error> {
        if !self.role.may(permission) {
            return Err(Error::Forbidden(permission));
        }
        if self.only.as_ref().is_none_or(|only| only.contains(&permission)) {
            return Ok(());
        }
        let bearer = if self.proof == Proof::Impossible { "access token" } else { "API key" };
        Err(Error::Refused(format!(
            "This {bearer} was not given the permission {}. Use one that was.",
            permission.as_str()
        )))
    }
}

impl<P: Requires> Scope<P> {
    /// The scope, if the actor holds the permission.
    pub(crate) fn of(
        tenant: Tenant,
        actor: Actor,
        rights: Rights,
        request_id: Option<String>,
    ) -> Result<Self, Error> {
        rights.check(P::PERMISSION)?;
        let precondition = Precondition::default();
        Ok(Self { tenant, actor, rights, request_id, precondition, permission: PhantomData })
    }

    /// The scope of what the operator does with the whole deployment.
    pub(crate) fn for_operator(org: OrgId) -> Self {
        Self { actor: Actor::System, ..Self::for_job(org) }
    }

    /// The scope of background work, which a request allowed when it enqueued the job.
    pub(crate) fn for_job(org: OrgId) -> Self {
        Self {
            tenant: Tenant::of(org),
            actor: Actor::Job,
            rights: Role::Owner.into(),
            request_id: None,
            precondition: Precondition::default(),
            permission: PhantomData,
        }
    }
}

impl<P> Scope<P> {
    /// The same, to change a document only if it is as the request requires.
    #[must_use]
    pub fn expecting(self, precondition: Precondition) -> Self {
        Self { precondition, ..self }
    }

    /// What the request requires of the document that it changes.
    pub(crate) fn precondition(&self) -> &Precondition {
        &self.precondition
    }

    /// The same actor's proof of another permission.
    pub(crate) fn also<Q: Requires>(&self) -> Result<Scope<Q>, Error> {
        Scope::of(self.tenant.clone(), self.actor.clone(), self.rights.clone(), self.request_id.clone())
    }

    /// The organization.
    #[must_use]
    pub fn org(&self) -> OrgId {
        self.tenant.org()
    }

    /// The state of the database in which the permission was held, if that is known: one since the request came.
    pub(crate) fn moment(&self) -> Option<&Moment> {
        self.rights.moment.as_ref()
    }

    /// What opens the store's transactions for this organization.
    #[must_use]
    pub fn tenant(&self) -> &Tenant {
        &self.tenant
    }

    /// Who acts.
    #[must_use]
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// The actor's role.
    #[must_use]
    pub fn role(&self) -> Role {
        self.rights.role
    }

    /// Refuses what is dangerous unless whoever is at the screen has just shown that it is them.
    ///
    /// # Errors
    /// [`Error::StepUpRequired`] when that was too long ago, [`Error::Refused`] for an access token.
    pub(crate) fn require_recent_proof(&self, now: Timestamp) -> Result<(), Error> {
        match self.rights.proof {
            Proof::Given(at) => identity::require_recent(at, now),
            Proof::Needless => Ok(()),
            Proof::Impossible => Err(Error::Refused(
                "An access token cannot do this. Use the API key itself, or sign in.".to_owned(),
            )),
        }
    }

    /// The networks that the actor is limited to, if it is.
    pub(crate) fn networks(&self) -> Option<&[String]> {
        self.rights.networks.as_deref()
    }

    /// When the actor's rights end by themselves, if they do.
    pub(crate) fn ends_at(&self) -> Option<Timestamp> {
        self.rights.ends_at
    }

    /// The most requests that all of the organization may make a minute, if there is a limit.
    #[must_use]
    pub fn requests_per_minute(&self) -> Option<u32> {
        self.rights.requests_per_minute
    }

    /// The request, for the audit log; missing for background work.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// Whether the actor also holds another permission.
    #[must_use]
    pub fn may(&self, permission: Permission) -> bool {
        self.rights.may(permission)
    }
}
