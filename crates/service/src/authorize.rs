//! Who asks, for which organization, and whether they may.

use std::net::IpAddr;

use secrecy::SecretString;
use types::session::User;
use types::{OrgId, SessionId};

use crate::{Context, Error, Requires, Scope};

/// What a request says about who asks.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// The token in the session's cookie.
    pub session: Option<SecretString>,
    /// The bearer token, when it is an API key.
    pub api_key: Option<SecretString>,
    /// Slug or id of the organization, from the header, the query or the subdomain, whichever comes first.
    pub org: Option<String>,
    pub request_id: String,
    pub ip: IpAddr,
    pub user_agent: Option<String>,
}

/// A person with a valid session.
#[derive(Clone, Debug)]
pub struct SignedIn {
    pub user: User,
    pub session: SessionId,
    /// The session's default organization.
    pub org: Option<OrgId>,
}

/// Who is signed in, for what concerns no organization.
///
/// # Errors
/// [`Error::Unauthenticated`] without a valid session; an API key is none.
pub async fn authenticate(_context: &Context, _credentials: &Credentials) -> Result<SignedIn, Error> {
    Err(Error::Unauthenticated)
}

/// Proof that whoever asks may do `P` in the organization that the request names.
///
/// # Errors
/// [`Error::Unauthenticated`] without valid credentials, [`Error::NotFound`] for an organization that the caller
/// does not belong to, [`Error::Forbidden`] when the role lacks the permission.
pub async fn authorize<P: Requires>(
    context: &Context,
    credentials: &Credentials,
) -> Result<Scope<P>, Error> {
    authenticate(context, credentials).await?;
    Err(Error::OrganizationRequired)
}
