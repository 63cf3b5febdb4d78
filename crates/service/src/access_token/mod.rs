//! Access tokens: an API key or a session is exchanged for a token that holds for a few minutes and may do less.
//!
//! A token is signed and kept nowhere. Whoever has our set of keys can verify it, and needs to ask nobody; here it stands for
//! what it was exchanged for, which is looked up each time: what a key or a session may not do any more, its tokens may not
//! do either.

mod claims;
mod grant;
mod key;
mod signature;

use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use store::{Tenant, api_key, signing_key};
use types::access_token::{AccessToken, CreateAccessToken, KeySet};
use types::{OrgId, SourceId, Timestamp};
use uuid::Uuid;

use self::claims::{Claims, LEEWAY, Subject};
use self::grant::Grant;
use self::key::Pair;
use self::signature::Unverified;
use crate::authorize::{as_key, by_cookie, by_key, by_session};
use crate::scope::Rights;
use crate::{Actor, Context, Credentials, Error, clerk, token};

/// For how long others may keep our set of keys without asking again. A new key is in it for as long before it signs.
pub const KEY_SET_LASTS: Duration = Duration::from_secs(300);

/// Whoever may have an access token: by an API key or a session, and never by another token.
#[derive(Debug)]
pub struct Holder {
    tenant: Tenant,
    rights: Rights,
    subject: Subject,
}

impl Holder {
    /// The organization.
    #[must_use]
    pub fn org(&self) -> OrgId {
        self.tenant.org()
    }

    /// The most requests that all of the organization may make a minute, if there is a limit.
    #[must_use]
    pub fn requests_per_minute(&self) -> Option<u32> {
        self.rights.requests_per_minute()
    }
}

/// Who asks for a token, and in which organization.
///
/// # Errors
/// As [`crate::authorize`], without a permission; [`Error::Refused`] with an access token.
pub async fn holder(context: &Context, credentials: &Credentials) -> Result<Holder, Error> {
    let by_person = match (&credentials.api_key, clerk::bearer(context, credentials)) {
        (_, Some(token)) => Some(clerk::entered(context, credentials, token).await?),
        (None, None) => Some(by_cookie(context, credentials).await?),
        (Some(_), None) => None,
    };
    if let Some((signed_in, (tenant, _, rights))) = by_person {
        let subject = Subject::Session(signed_in.user.id, signed_in.session);
        return Ok(Holder { tenant, rights, subject });
    }
    let Some(bearer) = &credentials.api_key else { return Err(Error::Unauthenticated) };
    if !token::is_api_key(bearer) {
        // It is checked all the same: to whoever made one up, it is none.
        resolve(context, bearer, credentials).await?;
        return Err(Error::Refused(
            "An access token cannot be exchanged for another. Send the API key itself, or sign in."
                .to_owned(),
        ));
    }
    match by_key(context, bearer, credentials).await? {
        (tenant, Actor::ApiKey { id, .. }, rights) => {
            Ok(Holder { tenant, rights, subject: Subject::ApiKey(id) })
        }
        _ => Err(Error::Internal("an API key is no program".to_owned())),
    }
}

/// Makes a token.
///
/// # Errors
/// [`Error::Invalid`] with the place of each fault, [`Error::Refused`] for more than the holder may do.
pub async fn issue(
    context: &Context,
    holder: &Holder,
    asked: CreateAccessToken,
) -> Result<AccessToken, Error> {
    let Grant { permissions, sources, ttl_seconds, audience } =
        grant::checked(context, holder, asked).await?;
    let now = context.now();
    let issuer = &context.settings.public_url;
    let iat = now.millis().div_euclid(1000);
    let longest = iat + i64::from(ttl_seconds);
    let exp = holder.rights.ends_at().map_or(longest, |end| longest.min(end.millis().div_euclid(1000)));
    let (sub, client_id, sid) = holder.subject.claims();
    let claims = Claims {
        iss: issuer.clone(),
        aud: audience.unwrap_or_else(|| claims::api(issuer)),
        sub,
        client_id,
        org: holder.org(),
        iat,
        nbf: iat,
        exp,
        jti: Uuid::now_v7(),
        role: holder.rights.role(),
        scope: permissions.iter().map(|permission| permission.as_str()).collect::<Vec<_>>().join(" "),
        sources: sources.clone(),
        sid,
    };
    let access_token = signature::signed(&signing_pair(context, now).await?, &claims)?;
    Ok(AccessToken {
        access_token,
        token_type: "Bearer".to_owned(),
        expires_in: u32::try_from(exp - iat).unwrap_or(0),
        expires_at: Timestamp::from_millis(exp * 1000).unwrap_or(now),
        permissions,
        sources,
    })
}

/// The key that signs now. The first token of all makes the first one.
async fn signing_pair(context: &Context, now: Timestamp) -> Result<Pair, Error> {
    let found = signing_key::signer(&context.store.platform_read().await?, now).await?;
    if let Some(signer) = found {
        return Pair::kept(signer);
    }
    let fresh = Pair::fresh()?;
    let tx = context.store.platform_write().await?;
    match signing_key::insert(&tx, &fresh.to_keep()?, now).await {
        Ok(()) => {
            tx.commit().await?;
            tracing::info!(kid = fresh.kid(), "made the first key that signs access tokens");
            return Ok(fresh);
        }
        // Another server was first.
        Err(store::Error::Conflict { .. }) => drop(tx),
        Err(error) => return Err(error.into()),
    }
    let found = signing_key::signer(&context.store.platform_read().await?, now).await?;
    Pair::kept(found.ok_or_else(|| Error::Internal("no key signs access tokens".to_owned()))?)
}

/// Whether this may be a token that was made here.
pub(crate) fn is_one(bearer: &SecretString) -> bool {
    Unverified::read(bearer.expose_secret()).is_some()
}

/// What the bearer of an access token may do: no more than the token says, and no more than what it was exchanged for may
/// do now.
///
/// # Errors
/// As [`crate::authorize`].
pub(crate) async fn resolve(
    context: &Context,
    bearer: &SecretString,
    credentials: &Credentials,
) -> Result<(Tenant, Actor, Rights), Error> {
    let now = context.now();
    let token = Unverified::read(bearer.expose_secret()).ok_or(Error::Unauthenticated)?;
    let tx = context.store.platform_read().await?;
    let key = signing_key::find(&tx, &token.kid, published_since(now)).await?;
    let claims = key.and_then(|key| token.verified::<Claims>(&key.public_key));
    let claims = claims.ok_or(Error::Unauthenticated)?;
    claims.check(&context.settings.public_url, now)?;
    let (tenant, actor, rights) = match claims.subject().ok_or(Error::Unauthenticated)? {
        Subject::ApiKey(id) => {
            let found = api_key::find_presented(&tx, id).await?;
            as_key(context, tx, found, credentials).await?
        }
        Subject::Session(user, session) => {
            drop(tx);
            let org = credentials.org.clone().or_else(|| Some(claims.org.to_string()));
            let (signed_in, may) =
                by_session(context, &Credentials { org, ..credentials.clone() }, session).await?;
            if signed_in.user.id != user {
                return Err(Error::Unauthenticated);
            }
            may
        }
    };
    if tenant.org() != claims.org {
        return Err(Error::NotFound("organization"));
    }
    let tenant = match &claims.sources {
        Some(sources) => limited(tenant, sources),
        None => tenant,
    };
    Ok((tenant, actor, rights.of_token(&claims.permissions())))
}

/// The same tenant, seeing only those of the sources that it saw.
fn limited(tenant: Tenant, sources: &[SourceId]) -> Tenant {
    let is_seen = |source: &SourceId| tenant.sources().is_none_or(|seen| seen.contains(source));
    let both: Vec<_> = sources.iter().copied().filter(is_seen).collect();
    tenant.limited_to(both)
}

/// The public keys by which tokens that hold now can be verified.
///
/// # Errors
/// When the store fails.
pub async fn key_set(context: &Context) -> Result<KeySet, Error> {
    let tx = context.store.platform_read().await?;
    let keys = signing_key::published(&tx, published_since(context.now())).await?;
    Ok(KeySet { keys: keys.into_iter().map(key::shown).collect() })
}

/// A key that retired before this time signed nothing that holds now.
pub(crate) fn published_since(now: Timestamp) -> Timestamp {
    let longest = i64::from(CreateAccessToken::LONGEST_TTL) + LEEWAY;
    Timestamp(now.0 - chrono::TimeDelta::seconds(longest))
}

/// A key that was made in place of others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotated {
    pub kid: String,
    pub signs_from: Timestamp,
}

/// Makes another key, which signs as soon as whoever verifies tokens can know it; the one before stays until the last token
/// that it signed has ended. With `revoke` it signs at once, and whatever the keys before have signed is refused from now on.
///
/// # Errors
/// [`Error::Conflict`] when somebody else did it at the same time.
pub async fn rotate_signing_keys(context: &Context, revoke: bool) -> Result<Rotated, Error> {
    let (now, fresh) = (context.now(), Pair::fresh()?);
    let later = Timestamp(now.0 + KEY_SET_LASTS);
    let tx = context.store.platform_write().await?;
    let replaces = if revoke {
        signing_key::forget_all(&tx).await?;
        false
    } else {
        signing_key::retire(&tx, later).await?
    };
    match signing_key::insert(&tx, &fresh.to_keep()?, now).await {
        Err(store::Error::Conflict { .. }) => {
            return Err(Error::Conflict(
                "Somebody else made another signing key at the same time. That one is used.".to_owned(),
            ));
        }
        inserted => inserted?,
    }
    tx.commit().await?;
    let (kid, signs_from) = (fresh.kid().to_owned(), if replaces { later } else { now });
    tracing::info!(kid, %signs_from, revoke, "made another key that signs access tokens");
    Ok(Rotated { kid, signs_from })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_of_some_sources_sees_none_that_its_key_does_not_see() {
        let [one, two, three] = [1, 2, 3].map(|number| SourceId(Uuid::from_u128(number)));
        let all = Tenant::of(OrgId(Uuid::nil()));
        assert_eq!(limited(all.clone(), &[one, two]).sources(), Some(&[one, two][..]));
        let some = all.limited_to(vec![two, three]);
        assert_eq!(limited(some.clone(), &[one, two]).sources(), Some(&[two][..]));
        assert_eq!(limited(some, &[one]).sources(), Some(&[][..]));
    }
}
