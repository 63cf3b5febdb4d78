//! Whose a domain is: proved by what it publishes in DNS, or said by the operator.

use serde_json::{Value, json};
use store::sso::verify;
use store::{Tenant, WriteTx};
use types::sso::SsoSettings;

use super::view;
use crate::permission::SsoManage;
use crate::{Context, Error, Scope, audit, organization};

/// Looks whether a domain of the organization publishes its record; then its people sign in by the provider. Fine when it is
/// known already.
///
/// # Errors
/// [`Error::NotFound`] unless the organization names the domain, [`Error::DomainUnproved`] when the record is not there,
/// [`Error::Dns`] when nobody can say, [`Error::Conflict`] when the domain is another organization's.
pub async fn prove_domain(
    context: &Context,
    scope: &Scope<SsoManage>,
    domain: &str,
) -> Result<SsoSettings, Error> {
    let domain = normal(domain);
    let tx = context.store.read(scope.tenant()).await?;
    let shown = view(context, &tx).await?;
    drop(tx);
    let found = shown.domains.iter().find(|one| one.domain == domain);
    let found = found.ok_or(Error::NotFound(NOUN))?;
    if found.verified_at.is_some() {
        return Ok(shown);
    }
    let Some(record) = found.record.clone() else {
        return Err(Error::Conflict(
            "Save single sign-on once more: that makes the record to publish.".to_owned(),
        ));
    };
    let dns = context.dns.as_ref().ok_or_else(|| {
        Error::NotConfigured(
            "This server knows no name server. Ask whoever runs it to verify the domain.".to_owned(),
        )
    })?;
    if !dns.texts(&record.name).await?.iter().any(|text| text.trim() == record.value) {
        return Err(Error::DomainUnproved(record));
    }
    let tx = context.store.write(scope.tenant()).await?;
    store::organization::lock(&tx).await?;
    // Meanwhile it may have been taken off, and named again, which made another record.
    let now = store::sso::domains(&tx, scope.org()).await?;
    if !now.iter().any(|one| one.domain == domain && one.record.as_ref() == Some(&record)) {
        return Err(Error::NotFound(NOUN));
    }
    note(context, &tx, scope, &domain, json!({"by": "dns"})).await?;
    let shown = view(context, &tx).await?;
    tx.commit().await?;
    Ok(shown)
}

/// Notes that a domain is an organization's, for the operator's command line.
///
/// # Errors
/// [`Error::NotFound`] unless the organization names the domain, [`Error::Conflict`] when it is another's.
pub async fn verify_domain(context: &Context, org: &str, domain: &str) -> Result<(), Error> {
    let org = organization::named(context, org).await?;
    let scope = Scope::<SsoManage>::for_operator(org);
    let tx = context.store.write(&Tenant::of(org)).await?;
    note(context, &tx, &scope, &normal(domain), json!({})).await?;
    Ok(tx.commit().await?)
}

const NOUN: &str = "domain in the single sign-on of this organization";

fn normal(domain: &str) -> String {
    domain.trim().to_lowercase()
}

async fn note(
    context: &Context,
    tx: &WriteTx,
    scope: &Scope<SsoManage>,
    domain: &str,
    detail: Value,
) -> Result<(), Error> {
    let now = context.now();
    let noted = verify(tx, domain, now).await.map_err(|error| match error {
        store::Error::Conflict { .. } => Error::Conflict(format!(
            "{domain} is known to be another organization's. It has to give it up first."
        )),
        error => error.into(),
    })?;
    if !noted {
        return Err(Error::NotFound(NOUN));
    }
    audit::record(tx, scope, now, "sso.domain_verified", domain, detail).await
}
