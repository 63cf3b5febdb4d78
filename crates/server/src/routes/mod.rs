//! Every route, by noun.

use utoipa_actix_web::service_config::ServiceConfig;

mod activity;
mod api_key;
mod connection;
mod health;
mod invitation;
mod member;
mod organization;
mod session;

/// The table of contents of `/api`.
pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .configure(session::configure)
        .configure(organization::configure)
        .configure(connection::configure)
        .configure(member::configure)
        .configure(invitation::configure)
        .configure(api_key::configure)
        .configure(activity::configure);
}

/// What lies outside `/api`, for whoever watches over the server.
pub(crate) fn configure_health(config: &mut ServiceConfig<'_>) {
    config.configure(health::configure);
}
