//! Who did what.

use types::audit::{AuditFormat, AuditVerification};
use types::organization::AuditEntry;
use types::page::Page;

use crate::{Api, Failure, Query};

/// Which rows; a part of a word suffices.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    pub actor: Option<String>,
    pub action: Option<String>,
    pub subject: Option<String>,
    pub from: Option<String>,
    pub to: Option<String>,
}

impl AuditFilter {
    fn query(&self) -> Query {
        Query::new()
            .with("actor", self.actor.as_deref())
            .with("action", self.action.as_deref())
            .with("subject", self.subject.as_deref())
            .with("from", self.from.as_deref())
            .with("to", self.to.as_deref())
    }
}

impl Api {
    /// `GET /api/org/audit`
    pub async fn audit(
        &self,
        filter: &AuditFilter,
        cursor: Option<&str>,
    ) -> Result<Page<AuditEntry>, Failure> {
        self.get("/api/org/audit", &filter.query().with("cursor", cursor)).await
    }

    /// `GET /api/org/audit/verify`
    pub async fn verify_audit(&self) -> Result<AuditVerification, Failure> {
        self.get("/api/org/audit/verify", &Query::new()).await
    }

    /// The address of `GET /api/org/audit/export`, for a link.
    #[must_use]
    pub fn audit_address(&self, filter: &AuditFilter, format: AuditFormat) -> String {
        self.address("/api/org/audit/export", filter.query().with("format", Some(format.as_str())))
    }
}
