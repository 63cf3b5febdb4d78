//! What keeps a role from being used.

use types::protocol::Finding;

use crate::ScanError;

pub(super) fn finding(code: &str, unsafe_: bool, message: &str) -> Finding {
    Finding { code: code.into(), unsafe_, message: message.into() }
}

/// Refuses a role with an unsafe finding; `advice` says how to make a better one.
///
/// # Errors
/// [`ScanError::UnsafeRole`].
pub(super) fn refuse_unsafe(source_name: &str, findings: &[Finding], advice: &str) -> Result<(), ScanError> {
    let reasons: Vec<&str> =
        findings.iter().filter(|finding| finding.unsafe_).map(|finding| finding.code.as_str()).collect();
    if reasons.is_empty() {
        return Ok(());
    }
    Err(ScanError::UnsafeRole {
        source_name: source_name.to_owned(),
        findings: reasons.join(", "),
        advice: format!("{advice}. To work with this one all the same, add --allow-unsafe-role"),
    })
}
