//! The organization that a token is for: written out in the first version, packed in the second.

use serde::Deserialize;

use crate::ProviderError;

/// The organization that a person has chosen at Clerk, and what they are there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActiveOrganization {
    pub id: String,
    pub slug: Option<String>,
    /// The role's key, without `org:`.
    pub role: String,
    /// Such as `org:reports:read`. Clerk's own, which begin with `org:sys_`, are in no token.
    pub permissions: Vec<String>,
}

/// What the roles of an organization begin with where they are written out.
const PREFIX: &str = "org:";

/// A role's key, however it is written.
pub(super) fn role(text: &str) -> String {
    text.strip_prefix(PREFIX).unwrap_or(text).to_owned()
}

/// The claims of the first version.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Plain {
    #[serde(default)]
    org_id: Option<String>,
    #[serde(default)]
    org_slug: Option<String>,
    #[serde(default)]
    org_role: Option<String>,
    #[serde(default)]
    org_permissions: Option<Vec<String>>,
}

impl Plain {
    pub(super) fn organization(&self) -> Option<ActiveOrganization> {
        Some(ActiveOrganization {
            id: self.org_id.clone()?,
            slug: self.org_slug.clone(),
            role: self.org_role.as_deref().map(role).unwrap_or_default(),
            permissions: self.org_permissions.clone().unwrap_or_default(),
        })
    }
}

/// The claim `o` of the second version.
#[derive(Debug, Deserialize)]
pub(super) struct Compact {
    id: String,
    #[serde(default)]
    slg: Option<String>,
    #[serde(default)]
    rol: Option<String>,
    /// The names of permissions, each once for all features.
    #[serde(default)]
    per: Option<String>,
    /// For each feature of an organization a number, of which bit *n* stands for permission *n*.
    #[serde(default)]
    fpm: Option<String>,
}

impl Compact {
    /// Unpacked; `features` is the claim `fea`.
    pub(super) fn organization(&self, features: Option<&str>) -> Result<ActiveOrganization, ProviderError> {
        let unreadable = || ProviderError::invalid("what its token says of permissions cannot be read");
        Ok(ActiveOrganization {
            id: self.id.clone(),
            slug: self.slg.clone(),
            role: self.rol.as_deref().map(role).unwrap_or_default(),
            permissions: self.permissions(features.unwrap_or_default()).ok_or_else(unreadable)?,
        })
    }

    /// The permissions; nothing when the claims cannot be read.
    fn permissions(&self, features: &str) -> Option<Vec<String>> {
        let (Some(names), Some(maps)) = (&self.per, &self.fpm) else { return Some(Vec::new()) };
        if names.is_empty() || maps.is_empty() || features.is_empty() {
            return Some(Vec::new());
        }
        let names: Vec<&str> = names.split(',').map(str::trim).collect();
        // A number has as many bits as there are permissions, which may be more than any number here has.
        let maps = maps.split(',').map(|map| map.trim().parse::<u128>().ok()).collect::<Option<Vec<_>>>()?;
        let features = of_organization(features)?;
        let mut permissions = Vec::new();
        for (feature, map) in features.iter().zip(maps) {
            for (bit, name) in names.iter().enumerate().take(128) {
                if (map >> bit) & 1 == 1 {
                    permissions.push(format!("{PREFIX}{feature}:{name}"));
                }
            }
        }
        Some(permissions)
    }
}

/// Those of the features that are an organization's, in their order: `o:` or, where a person has it as well, `ou:` or `uo:`.
fn of_organization(features: &str) -> Option<Vec<&str>> {
    let mut own = Vec::new();
    for feature in features.split(',') {
        let (scope, name) = feature.trim().split_once(':')?;
        if matches!(scope, "o" | "ou" | "uo") {
            own.push(name);
        }
    }
    Some(own)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn unpacked(o: Value, features: Option<&str>) -> Option<Vec<String>> {
        let compact: Compact = serde_json::from_value(o).unwrap();
        compact.organization(features).ok().map(|organization| organization.permissions)
    }

    #[test]
    fn the_permissions_of_the_second_version_are_unpacked_as_clerk_packs_them() {
        let wide = "18446744073709551616";
        let names: Vec<String> = (0..65).map(|number| format!("p{number}")).collect();
        for (features, per, fpm, expected) in [
            // The vector of Clerk's documentation.
            (
                Some("o:dashboard,o:teams"),
                Some("manage,read"),
                Some("3,2"),
                Some(vec!["org:dashboard:manage", "org:dashboard:read", "org:teams:read"]),
            ),
            // What is only a person's has no number.
            (Some("u:beta,o:teams"), Some("manage,read"), Some("1"), Some(vec!["org:teams:manage"])),
            (
                Some("ou:a, uo:b"),
                Some("manage, read"),
                Some("1, 2"),
                Some(vec!["org:a:manage", "org:b:read"]),
            ),
            (Some("o:a,o:b"), Some("manage"), Some("0,0"), Some(vec![])),
            // Bits and numbers that stand for nothing.
            (Some("o:a"), Some("manage"), Some("7,1"), Some(vec!["org:a:manage"])),
            (Some("o:a,o:b"), Some("manage"), Some("1"), Some(vec!["org:a:manage"])),
            (Some("o:a"), None, Some("1"), Some(vec![])),
            (Some("o:a"), Some("manage"), None, Some(vec![])),
            (None, Some("manage"), Some("1"), Some(vec![])),
            (Some("o:a"), Some(""), Some("1"), Some(vec![])),
            // More permissions than a machine's number has bits.
            (Some("o:a"), Some(names.join(",").as_str()), Some(wide), Some(vec!["org:a:p64"])),
            (Some("o:a"), Some("manage"), Some("-1"), None),
            (Some("o:a"), Some("manage"), Some("0x1"), None),
            (Some("o:a"), Some("manage"), Some("340282366920938463463374607431768211456"), None),
            (Some("a"), Some("manage"), Some("1"), None),
        ] {
            let found = unpacked(json!({"id": "org_1", "per": per, "fpm": fpm}), features);
            let expected = expected.map(|all| all.into_iter().map(str::to_owned).collect::<Vec<_>>());
            assert_eq!(found, expected, "{features:?} {per:?} {fpm:?}");
        }
    }

    #[test]
    fn both_versions_say_the_same_of_an_organization() {
        let plain: Plain = serde_json::from_value(json!({"org_id": "org_1", "org_slug": "acme",
            "org_role": "org:admin", "org_permissions": ["org:reports:read"]}))
        .unwrap();
        let compact: Compact = serde_json::from_value(
            json!({"id": "org_1", "slg": "acme", "rol": "admin", "per": "read", "fpm": "1"}),
        )
        .unwrap();
        let expected = ActiveOrganization {
            id: "org_1".to_owned(),
            slug: Some("acme".to_owned()),
            role: "admin".to_owned(),
            permissions: vec!["org:reports:read".to_owned()],
        };
        assert_eq!(plain.organization(), Some(expected.clone()));
        assert_eq!(compact.organization(Some("o:reports")), Ok(expected));
        assert_eq!(Plain::default().organization(), None);
    }
}
