//! Every route, by noun.

use utoipa_actix_web::service_config::ServiceConfig;

mod activity;

/// The table of contents of `/api`.
pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config.configure(activity::configure);
}
