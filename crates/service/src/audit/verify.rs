//! Whether the audit log is what was written.

use store::{Store, Tenant, organization};
use types::audit::AuditVerification;

use crate::permission::AuditRead;
use crate::{Context, Error, Scope};

/// How many organizations are asked for at once.
const ORGANIZATIONS: u64 = 100;

/// Reads the organization's whole chain and names the first row that does not fit.
///
/// # Errors
/// When the store fails.
pub async fn verify(context: &Context, scope: &Scope<AuditRead>) -> Result<AuditVerification, Error> {
    let tx = context.store.read(scope.tenant()).await?;
    Ok(store::audit::verify(&tx).await?)
}

/// The operator's check of the organization of a slug or id, or of all; each with its slug.
///
/// # Errors
/// [`Error::NotFound`] when there is no organization of that name.
pub async fn verify_all(
    store: &Store,
    named: Option<&str>,
) -> Result<Vec<(String, AuditVerification)>, Error> {
    let mut verified = Vec::new();
    if let Some(named) = named {
        let found = organization::find_by_name(&store.platform_read().await?, named).await?;
        let organization = found.ok_or(Error::NotFound("organization"))?;
        verified.push(verify_one(store, organization).await?);
        return Ok(verified);
    }
    let mut after = None;
    loop {
        let tx = store.platform_read().await?;
        let ids = organization::ids(&tx, after, ORGANIZATIONS).await?;
        let mut found = Vec::new();
        for id in &ids {
            found.extend(organization::find(&tx, *id).await?);
        }
        drop(tx);
        let Some(last) = ids.last() else { return Ok(verified) };
        after = Some(*last);
        for organization in found {
            verified.push(verify_one(store, organization).await?);
        }
    }
}

async fn verify_one(
    store: &Store,
    organization: organization::Row,
) -> Result<(String, AuditVerification), Error> {
    let tx = store.read(&Tenant::of(organization.id)).await?;
    Ok((organization.slug, store::audit::verify(&tx).await?))
}
