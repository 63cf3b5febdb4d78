//! What a key is limited to, and that nobody makes one that may do more than they.

use std::net::IpAddr;

use ipnet::IpNet;
use store::Reads;
use types::api_key::ApiKeyLimits;
use types::permission::{Permission, Role};
use types::problem::FieldError;
use types::{SourceId, Timestamp};

use crate::network::is_within;
use crate::permission::ApiKeyManage;
use crate::{Error, Scope, member};

/// The most entries of a list.
const LONGEST: usize = 100;

/// The limits in the form that is kept: without repetitions, networks by their first address, and the permissions named
/// where the sources are.
///
/// # Errors
/// [`Error::Invalid`] with the place of each fault.
pub(super) async fn checked(
    tx: &impl Reads,
    role: Role,
    limits: ApiKeyLimits,
) -> Result<ApiKeyLimits, Error> {
    let ApiKeyLimits { permissions, sources, addresses } = limits;
    let mut faults = Vec::new();
    for (pointer, length) in [
        ("/limits/permissions", permissions.as_ref().map(Vec::len)),
        ("/limits/sources", sources.as_ref().map(Vec::len)),
        ("/limits/addresses", addresses.as_ref().map(Vec::len)),
    ] {
        if length.is_some_and(|length| length == 0 || length > LONGEST) {
            let detail = format!("Name 1 to {LONGEST}, or leave it out for no limit.");
            faults.push(FieldError::new(pointer, "length", detail));
        }
    }
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    let permissions = permissions_of(role, permissions, sources.is_some(), &mut faults);
    let sources = match sources {
        Some(sources) => Some(sources_of(tx, sources, &mut faults).await?),
        None => None,
    };
    let addresses = addresses.map(|addresses| networks(&addresses, &mut faults));
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    Ok(ApiKeyLimits { permissions, sources, addresses })
}

fn permissions_of(
    role: Role,
    given: Option<Vec<Permission>>,
    of_sources: bool,
    faults: &mut Vec<FieldError>,
) -> Option<Vec<Permission>> {
    let of_role = || {
        let all = Permission::ALL.iter().copied();
        all.filter(|one| role.may(*one) && one.concerns_sources()).collect()
    };
    let mut given = match given {
        Some(given) => given,
        None => return of_sources.then(of_role),
    };
    given.sort_unstable();
    given.dedup();
    for (index, permission) in given.iter().enumerate() {
        let word = permission.as_str();
        let detail = if !role.may(*permission) {
            format!("The role {} has not the permission {word}.", role.as_str())
        } else if of_sources && !permission.concerns_sources() {
            format!("{word} cannot be given for some sources only.")
        } else {
            continue;
        };
        faults.push(FieldError::new(&format!("/limits/permissions/{index}"), "permission", detail));
    }
    Some(given)
}

async fn sources_of(
    tx: &impl Reads,
    mut given: Vec<SourceId>,
    faults: &mut Vec<FieldError>,
) -> Result<Vec<SourceId>, Error> {
    given.sort_unstable();
    given.dedup();
    let known = store::source::list(tx).await?;
    for (index, id) in given.iter().enumerate() {
        if !known.iter().any(|source| source.id == *id) {
            let pointer = format!("/limits/sources/{index}");
            faults.push(FieldError::new(&pointer, "unknown", "There is no such source."));
        }
    }
    Ok(given)
}

fn networks(given: &[String], faults: &mut Vec<FieldError>) -> Vec<String> {
    let mut networks = Vec::new();
    for (index, text) in given.iter().enumerate() {
        let text = text.trim();
        let network = text.parse::<IpAddr>().map(|one| IpNet::from(one.to_canonical()));
        match network.or_else(|_| text.parse::<IpNet>()) {
            Ok(network) => networks.push(network.trunc().to_string()),
            Err(_) => {
                let detail = "Write an address or a network, such as 192.0.2.7 or 10.0.0.0/8.";
                faults.push(FieldError::new(&format!("/limits/addresses/{index}"), "network", detail));
            }
        }
    }
    networks.dedup();
    networks
}

/// Nobody gets hold of a key that may do more than they: not a person of a lower role, nor a key with fewer permissions or
/// that may be used from fewer places.
///
/// # Errors
/// [`Error::Refused`] when the key may do more, [`Error::StepUpRequired`] for one of an owner.
pub(super) fn within_own(
    scope: &Scope<ApiKeyManage>,
    role: Role,
    limits: &ApiKeyLimits,
    now: Timestamp,
) -> Result<(), Error> {
    member::within_own(scope, role, now)?;
    let given = limits.permissions.as_deref().unwrap_or(Permission::ALL);
    if let Some(permission) =
        given.iter().find(|permission| role.may(**permission) && !scope.may(**permission))
    {
        return Err(Error::Refused(format!(
            "The key would have the permission {}, which you have not. Name its permissions.",
            permission.as_str()
        )));
    }
    let Some(own) = scope.networks() else { return Ok(()) };
    let is_inside = |one: &String| one.parse().is_ok_and(|one| is_within(one, own));
    let inside = limits.addresses.as_ref().is_some_and(|given| given.iter().all(is_inside));
    if inside {
        return Ok(());
    }
    let own = own.join(", ");
    Err(Error::Refused(format!("The key could be used from elsewhere than yours. Name addresses of {own}.")))
}

/// A key makes none that outlasts it. Its own successor may: rotation gives a key the time that it was made for.
///
/// # Errors
/// [`Error::Refused`] when the new one would.
pub(super) fn ends_in_time(scope: &Scope<ApiKeyManage>, expires_at: Option<Timestamp>) -> Result<(), Error> {
    match scope.ends_at() {
        Some(own) if expires_at.is_none_or(|end| end > own) => Err(Error::Refused(
            "The key would outlast the one that makes it. Give it an end that is not later.".to_owned(),
        )),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_kept_as_networks_and_what_is_none_is_named() {
        let mut faults = Vec::new();
        let given = [" 192.0.2.7 ", "10.1.2.3/8", "2001:db8::1/32", "::ffff:192.0.2.9", "everywhere"];
        let kept = networks(&given.map(str::to_owned), &mut faults);
        assert_eq!(kept, ["192.0.2.7/32", "10.0.0.0/8", "2001:db8::/32", "192.0.2.9/32"]);
        assert_eq!(faults.len(), 1);
        assert_eq!(faults[0].pointer, "/limits/addresses/4");
    }

    #[test]
    fn a_key_for_some_sources_has_only_permissions_that_concern_sources() {
        let mut faults = Vec::new();
        let of_viewer = permissions_of(Role::Viewer, None, true, &mut faults).unwrap();
        assert!(
            of_viewer.contains(&Permission::SchemaRead) && !of_viewer.contains(&Permission::ActivityRead)
        );
        assert_eq!(permissions_of(Role::Viewer, None, false, &mut faults), None);
        assert!(faults.is_empty());
        let given = vec![Permission::ScanRun, Permission::AuditRead, Permission::SourceRead];
        permissions_of(Role::Member, Some(given), true, &mut faults);
        let pointers: Vec<_> = faults.iter().map(|fault| fault.pointer.as_str()).collect();
        // In the order of the table of permissions: audit.read, source.read, scan.run.
        assert_eq!(pointers, ["/limits/permissions/0"]);
    }
}
