//! Every route, by noun.
#![expect(unused_qualifications, reason = "utoipa's macro repeats the parameters' types in its own scope")]

use utoipa_actix_web::service_config::ServiceConfig;

mod access_token;
mod account;
mod activity;
mod agent;
mod ai;
mod api_key;
mod audit;
mod clerk;
mod configuration;
mod connection;
mod drift;
mod email;
mod expectation;
mod health;
mod incident;
mod invitation;
mod key_set;
mod member;
mod notification;
mod oidc;
mod organization;
mod overview;
mod ownership;
mod person;
mod policy;
mod quality;
mod scan;
mod schema;
mod second_factor;
mod sensitivity;
mod session;
mod source;
mod sso;
mod webhook;

pub(crate) use key_set::KEY_SET;

/// The table of contents of `/api`.
pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .configure(session::configure)
        .configure(access_token::configure)
        .configure(account::configure)
        .configure(person::configure)
        .configure(second_factor::configure)
        .configure(oidc::configure)
        .configure(clerk::configure)
        .configure(email::configure)
        .configure(organization::configure)
        .configure(audit::configure)
        .configure(configuration::configure)
        .configure(connection::configure)
        .configure(ai::configure)
        .configure(notification::configure)
        .configure(sso::configure)
        .configure(member::configure)
        .configure(invitation::configure)
        .configure(api_key::configure)
        .configure(source::configure)
        .configure(scan::configure)
        .configure(schema::configure)
        .configure(ownership::configure)
        // Its addresses also look like events': the first that fits is taken.
        .configure(policy::configure)
        .configure(drift::configure)
        .configure(incident::configure)
        .configure(quality::configure)
        .configure(sensitivity::configure)
        .configure(expectation::configure)
        .configure(overview::configure)
        .configure(agent::configure)
        .configure(activity::configure)
        .configure(webhook::configure);
}

/// What lies outside `/api`: for whoever watches over the server, and for whoever verifies its tokens.
pub(crate) fn configure_root(config: &mut ServiceConfig<'_>) {
    config.configure(health::configure).configure(key_set::configure);
}
