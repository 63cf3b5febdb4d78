//! The proof that somebody may do something in an organization.

use std::marker::PhantomData;

use store::Tenant;
use types::OrgId;
use types::permission::{Permission, Role};

use crate::{Actor, Error, Requires};

/// Proof of permission `P` in one organization. [`crate::authorize`] is its only maker besides the worker.
#[derive(Debug)]
pub struct Scope<P> {
    tenant: Tenant,
    actor: Actor,
    role: Role,
    request_id: Option<String>,
    permission: PhantomData<fn() -> P>,
}

impl<P: Requires> Scope<P> {
    /// The scope, if the role holds the permission.
    pub(crate) fn of(
        org: OrgId,
        actor: Actor,
        role: Role,
        request_id: Option<String>,
    ) -> Result<Self, Error> {
        if !role.may(P::PERMISSION) {
            return Err(Error::Forbidden(P::PERMISSION));
        }
        Ok(Self { tenant: Tenant::of(org), actor, role, request_id, permission: PhantomData })
    }

    /// The scope of background work, which a request allowed when it enqueued the job.
    pub(crate) fn for_job(org: OrgId) -> Self {
        Self {
            tenant: Tenant::of(org),
            actor: Actor::Job,
            role: Role::Owner,
            request_id: None,
            permission: PhantomData,
        }
    }
}

impl<P> Scope<P> {
    /// The same actor's proof of another permission.
    pub(crate) fn also<Q: Requires>(&self) -> Result<Scope<Q>, Error> {
        Scope::of(self.org(), self.actor.clone(), self.role, self.request_id.clone())
    }

    /// The organization.
    #[must_use]
    pub fn org(&self) -> OrgId {
        self.tenant.org()
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
        self.role
    }

    /// The request, for the audit log; missing for background work.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// Whether the actor also holds another permission.
    #[must_use]
    pub fn may(&self, permission: Permission) -> bool {
        self.role.may(permission)
    }
}
