//! Roles and what each may do. The one table that the server enforces and the browser shows.

use serde::{Deserialize, Serialize};

/// A member's role in an organization. Ordered from least to most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Role {
    Viewer,
    Member,
    Admin,
    Owner,
}

impl Role {
    /// The word used in JSON and in tables.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Member => "member",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }

    /// Every role, the least first.
    pub const ALL: [Self; 4] = [Self::Viewer, Self::Member, Self::Admin, Self::Owner];

    /// The role of that name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }

    /// Whether the role holds the permission.
    #[must_use]
    pub fn may(self, permission: Permission) -> bool {
        self >= permission.least_role()
    }
}

macro_rules! permissions {
    ($(#[doc = $about:literal] $name:ident = $word:tt => $role:ident;)*) => {
        /// Something that one may do in an organization.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub enum Permission {
            $(#[doc = $about] #[serde(rename = $word)] $name,)*
        }

        impl Permission {
            /// Every permission, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Its word in JSON, such as `scan.run`.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word),* }
            }

            /// What it allows, as a sentence without its subject.
            #[must_use]
            pub fn about(self) -> &'static str {
                match self { $(Self::$name => $about.trim_ascii()),* }
            }

            /// Whether somebody at a screen must have given their password within the last minutes, because what it allows
            /// is dangerous in the hands of whoever finds a browser open.
            #[must_use]
            pub fn needs_recent_proof(self) -> bool {
                matches!(self, Self::OrganizationDelete | Self::SsoManage | Self::SecretRotate)
            }

            /// The least role that holds it; every higher role holds it too.
            #[must_use]
            pub fn least_role(self) -> Role {
                match self { $(Self::$name => Role::$role),* }
            }
        }
    };
}

permissions! {
    /// See the organization's name, settings without secrets, and who its members are.
    OrganizationRead = "organization.read" => Viewer;
    /// Rename it, change its settings.
    OrganizationManage = "organization.manage" => Admin;
    /// Delete it.
    OrganizationDelete = "organization.delete" => Owner;
    /// Invite, change roles, remove, approve who asks to join.
    MemberManage = "member.manage" => Admin;
    /// Keep and change connections and their secrets; test them.
    ConnectionManage = "connection.manage" => Admin;
    /// Say by which provider its people sign in, and whether they must.
    SsoManage = "sso.manage" => Owner;
    /// Rotate the organization's data key and rewrite what it encrypts.
    SecretRotate = "secret.rotate" => Admin;
    /// Make and revoke keys for programs.
    ApiKeyManage = "api_key.manage" => Admin;
    /// Read who did what.
    AuditRead = "audit.read" => Admin;
    /// See sources and their state.
    SourceRead = "source.read" => Viewer;
    /// Add, change and remove sources and their schedules.
    SourceManage = "source.manage" => Admin;
    /// See runs and their logs.
    ScanRead = "scan.read" => Viewer;
    /// Start, cancel and retry scans.
    ScanRun = "scan.run" => Member;
    /// See snapshots, versions and the graph.
    SchemaRead = "schema.read" => Viewer;
    /// Write descriptions, owners and tags.
    SchemaDescribe = "schema.describe" => Member;
    /// See drift.
    DriftRead = "drift.read" => Viewer;
    /// Acknowledge, accept or ignore drift.
    DriftHandle = "drift.handle" => Member;
    /// See incidents.
    IncidentRead = "incident.read" => Viewer;
    /// Assign, comment and decide about incidents.
    IncidentHandle = "incident.handle" => Member;
    /// See column statistics and health.
    QualityRead = "quality.read" => Viewer;
    /// Say what is expected of the data.
    QualityManage = "quality.manage" => Member;
    /// See what happened.
    ActivityRead = "activity.read" => Viewer;
}

impl Permission {
    /// Whether an access token may have it: not what makes credentials that outlast the token, and not what is dangerous
    /// enough that a person is asked to prove themselves for it.
    #[must_use]
    pub fn fits_access_token(self) -> bool {
        self != Self::ApiKeyManage && !self.needs_recent_proof()
    }

    /// Whether all that it allows is about sources, so that it can be given for some of them.
    #[must_use]
    pub fn concerns_sources(self) -> bool {
        match self {
            Self::SourceRead
            | Self::ScanRead
            | Self::ScanRun
            | Self::SchemaRead
            | Self::SchemaDescribe
            | Self::DriftRead
            | Self::DriftHandle
            | Self::IncidentRead
            | Self::IncidentHandle
            | Self::QualityRead
            | Self::QualityManage => true,
            // Who manages sources adds new ones; what happened is told of all of them.
            Self::SourceManage
            | Self::ActivityRead
            | Self::OrganizationRead
            | Self::OrganizationManage
            | Self::OrganizationDelete
            | Self::MemberManage
            | Self::ConnectionManage
            | Self::SsoManage
            | Self::SecretRotate
            | Self::ApiKeyManage
            | Self::AuditRead => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_higher_role_holds_whatever_a_lower_one_does() {
        for &permission in Permission::ALL {
            for pair in Role::ALL.windows(2) {
                assert!(!pair[0].may(permission) || pair[1].may(permission), "{}", permission.as_str());
            }
        }
    }

    #[test]
    fn a_viewer_changes_nothing() {
        for &permission in Permission::ALL {
            assert_eq!(
                Role::Viewer.may(permission),
                permission.as_str().ends_with(".read") && permission != Permission::AuditRead
            );
        }
    }
}
