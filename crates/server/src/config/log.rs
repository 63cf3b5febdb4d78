//! What is logged, and how.

use super::{LogFormat, Variables};

/// What is logged unless told otherwise: libraries tell of each call what we tell ourselves.
const LOG: &str = "info,rmcp=warn,actix_server=warn,sea_orm_migration=warn";
/// A filter of `tracing-subscriber`.
pub(super) fn log(variables: &mut Variables) -> String {
    variables
        .parsed(None, "BASTION_LOG", "a filter such as info or info,store=debug", |text| {
            tracing_subscriber::EnvFilter::try_new(text).ok().map(|_| text.to_owned())
        })
        .unwrap_or_else(|| LOG.to_owned())
}

/// Text, unless told otherwise.
pub(super) fn log_format(variables: &mut Variables) -> LogFormat {
    variables
        .parsed(None, "BASTION_LOG_FORMAT", "text or json", |text| match text {
            "text" => Some(LogFormat::Text),
            "json" => Some(LogFormat::Json),
            _ => None,
        })
        .unwrap_or(LogFormat::Text)
}
