//! A type for each permission, so that a function's signature says which one it needs.

use types::permission::Permission;

/// A marker type that stands for a permission.
pub trait Requires: Send + Sync + 'static {
    /// The permission.
    const PERMISSION: Permission;
}

macro_rules! markers {
    ($($name:ident),* $(,)?) => {
        $(
            #[doc = concat!("Proof of [`Permission::", stringify!($name), "`].")]
            #[derive(Clone, Copy, Debug)]
            pub struct $name;

            impl Requires for $name {
                const PERMISSION: Permission = Permission::$name;
            }
        )*

        #[cfg(test)]
        const MARKED: &[Permission] = &[$(<$name as Requires>::PERMISSION),*];
    };
}

markers!(
    OrganizationRead,
    OrganizationManage,
    OrganizationDelete,
    MemberManage,
    ConnectionManage,
    SsoManage,
    SecretRotate,
    ApiKeyManage,
    AuditRead,
    SourceRead,
    SourceManage,
    ScanRead,
    ScanRun,
    SchemaRead,
    SchemaDescribe,
    DriftRead,
    DriftHandle,
    IncidentRead,
    IncidentHandle,
    QualityRead,
    QualityManage,
    ActivityRead,
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_permission_has_a_marker() {
        assert_eq!(MARKED, Permission::ALL);
    }
}
