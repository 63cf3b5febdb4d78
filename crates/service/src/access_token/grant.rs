//! What an access token is given: never more than whoever asks for it may do themselves.

use store::Tenant;
use types::SourceId;
use types::access_token::CreateAccessToken;
use types::permission::Permission;
use types::problem::FieldError;

use super::Holder;
use crate::{Context, Error};

/// The most entries of a list.
const LONGEST: usize = 100;
/// The most characters of an audience.
const LONGEST_AUDIENCE: usize = 200;

/// What was asked for, checked.
pub(super) struct Grant {
    pub(super) permissions: Vec<Permission>,
    pub(super) sources: Option<Vec<SourceId>>,
    pub(super) ttl_seconds: u32,
    pub(super) audience: Option<String>,
}

/// # Errors
/// [`Error::Invalid`] with the place of each fault, [`Error::Refused`] for more than the holder may do.
pub(super) async fn checked(
    context: &Context,
    holder: &Holder,
    asked: CreateAccessToken,
) -> Result<Grant, Error> {
    let CreateAccessToken { permissions, sources, ttl_seconds, audience } = asked;
    let mut faults = Vec::new();
    for (pointer, length) in
        [("/permissions", permissions.as_ref().map(Vec::len)), ("/sources", sources.as_ref().map(Vec::len))]
    {
        if length.is_some_and(|length| length == 0 || length > LONGEST) {
            let detail = format!("Name 1 to {LONGEST}, or leave it out for all.");
            faults.push(FieldError::new(pointer, "length", detail));
        }
    }
    if !(1..=CreateAccessToken::LONGEST_TTL).contains(&ttl_seconds) {
        let detail = format!("1 to {} seconds.", CreateAccessToken::LONGEST_TTL);
        faults.push(FieldError::new("/ttl_seconds", "range", detail));
    }
    if audience.as_deref().is_some_and(|audience| !is_audience(audience)) {
        let detail = format!("1 to {LONGEST_AUDIENCE} characters without spaces.");
        faults.push(FieldError::new("/audience", "format", detail));
    }
    let of_sources = sources.is_some() || holder.tenant.sources().is_some();
    let permissions = permissions_of(holder, permissions, of_sources, &mut faults)?;
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    let sources = sources_of(context, &holder.tenant, sources).await?;
    Ok(Grant { permissions, sources, ttl_seconds, audience })
}

fn is_audience(text: &str) -> bool {
    let plain = |character: char| !character.is_control() && !character.is_whitespace();
    (1..=LONGEST_AUDIENCE).contains(&text.chars().count()) && text.chars().all(plain)
}

fn permissions_of(
    holder: &Holder,
    asked: Option<Vec<Permission>>,
    of_sources: bool,
    faults: &mut Vec<FieldError>,
) -> Result<Vec<Permission>, Error> {
    let fits = |one: Permission| one.fits_access_token() && (!of_sources || one.concerns_sources());
    let Some(mut asked) = asked else {
        let all: Vec<_> =
            Permission::ALL.iter().copied().filter(|one| fits(*one) && holder.rights.may(*one)).collect();
        return match all.is_empty() {
            false => Ok(all),
            true => Err(Error::Refused(
                "You have no permission that an access token may have. Use the API key itself.".to_owned(),
            )),
        };
    };
    for (index, permission) in asked.iter().enumerate() {
        let word = permission.as_str();
        if !holder.rights.may(*permission) {
            return Err(Error::Refused(format!(
                "The token would have the permission {word}, which you have not. Leave it out."
            )));
        }
        if !fits(*permission) {
            let detail = match permission.fits_access_token() {
                true => format!("{word} cannot be given for some sources only."),
                false => format!("An access token cannot have {word}. Use the API key itself."),
            };
            faults.push(FieldError::new(&format!("/permissions/{index}"), "permission", detail));
        }
    }
    asked.sort_unstable();
    asked.dedup();
    Ok(asked)
}

/// The sources that were asked for, all of which the holder has to see; without any, those that the holder is limited to.
async fn sources_of(
    context: &Context,
    tenant: &Tenant,
    asked: Option<Vec<SourceId>>,
) -> Result<Option<Vec<SourceId>>, Error> {
    let Some(mut asked) = asked else { return Ok(tenant.sources().map(<[SourceId]>::to_vec)) };
    let known = store::source::list(&context.store.read(tenant).await?).await?;
    let unknown = |(index, id): (usize, &SourceId)| {
        let pointer = format!("/sources/{index}");
        let known = known.iter().any(|source| source.id == *id);
        (!known).then(|| FieldError::new(&pointer, "unknown", "There is no such source."))
    };
    let faults: Vec<_> = asked.iter().enumerate().filter_map(unknown).collect();
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    asked.sort_unstable();
    asked.dedup();
    Ok(Some(asked))
}

#[cfg(test)]
mod tests {
    use store::session::TokenHash;
    use types::permission::Role;
    use types::{OrgId, UserId};
    use uuid::Uuid;

    use super::*;
    use crate::access_token::claims::Subject;
    use crate::scope::Rights;

    fn holder(rights: Rights) -> Holder {
        let subject = Subject::Session(UserId(Uuid::nil()), TokenHash::of([1; 32]));
        Holder { tenant: Tenant::of(OrgId(Uuid::nil())), rights, subject }
    }

    #[test]
    fn a_token_may_do_what_its_maker_may_but_for_what_outlasts_it_or_is_dangerous() {
        let mut faults = Vec::new();
        for role in Role::ALL {
            let given = permissions_of(&holder(role.into()), None, false, &mut faults).unwrap();
            let never = [
                Permission::ApiKeyManage,
                Permission::OrganizationDelete,
                Permission::SsoManage,
                Permission::SecretRotate,
            ];
            for &permission in Permission::ALL {
                let expected = role.may(permission) && !never.contains(&permission);
                assert_eq!(
                    given.contains(&permission),
                    expected,
                    "{} {}",
                    role.as_str(),
                    permission.as_str()
                );
            }
            let of_sources = permissions_of(&holder(role.into()), None, true, &mut faults).unwrap();
            assert!(of_sources.iter().all(|one| one.concerns_sources() && given.contains(one)));
        }
        let own = Rights::of_key(
            Role::Owner,
            Some(vec![Permission::ScanRead, Permission::ApiKeyManage]),
            None,
            None,
        );
        let given = permissions_of(&holder(own.clone()), None, false, &mut faults).unwrap();
        assert_eq!(given, [Permission::ScanRead]);
        // What is used is looked up again: the token's list alone gives nothing.
        let of_token = own.of_token(Permission::ALL);
        let held: Vec<_> = Permission::ALL.iter().copied().filter(|one| of_token.may(*one)).collect();
        assert_eq!(held, [Permission::ScanRead]);
        let nothing = Rights::of_key(Role::Owner, Some(vec![Permission::ApiKeyManage]), None, None);
        assert!(matches!(permissions_of(&holder(nothing), None, false, &mut faults), Err(Error::Refused(_))));
        assert!(faults.is_empty());
    }

    #[test]
    fn what_is_asked_for_is_had_named_and_fits() {
        let viewer = holder(Role::Viewer.into());
        let mut faults = Vec::new();
        let asked = vec![Permission::ScanRead, Permission::SourceRead, Permission::ScanRead];
        let given = permissions_of(&viewer, Some(asked), true, &mut faults).unwrap();
        assert_eq!(given, [Permission::SourceRead, Permission::ScanRead]);
        assert!(faults.is_empty());
        let too_much = permissions_of(&viewer, Some(vec![Permission::ScanRun]), false, &mut faults);
        assert!(matches!(too_much, Err(Error::Refused(detail)) if detail.contains("scan.run")));
        permissions_of(
            &viewer,
            Some(vec![Permission::ScanRead, Permission::ActivityRead]),
            true,
            &mut faults,
        )
        .unwrap();
        let owner = holder(Role::Owner.into());
        permissions_of(&owner, Some(vec![Permission::ApiKeyManage]), false, &mut faults).unwrap();
        let pointers: Vec<_> = faults.iter().map(|fault| fault.pointer.as_str()).collect();
        assert_eq!(pointers, ["/permissions/1", "/permissions/0"]);
    }

    #[test]
    fn an_audience_is_a_word_or_an_address() {
        for good in ["https://reports.example/", "reports", &"x".repeat(200)] {
            assert!(is_audience(good), "{good}");
        }
        for bad in ["", " ", "two words", "line\nend", &"x".repeat(201)] {
            assert!(!is_audience(bad), "{bad:?}");
        }
    }
}
