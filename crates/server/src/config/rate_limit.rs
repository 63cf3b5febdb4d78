//! How often one may ask.

use super::Variables;
use crate::rate_limit::Limits;

/// The limits, or none.
pub(super) fn rate_limits(variables: &mut Variables) -> Option<Limits> {
    let expected = "off, or requests a minute as read=1200,write=300,ai=60,export=60,auth=60,webhook=600";
    let given = variables.parsed(None, "BASTION_RATE_LIMIT", expected, |text| match text {
        "off" => Some(None),
        text => Limits::parse(text).map(Some),
    });
    given.unwrap_or_else(|| Some(Limits::default()))
}
