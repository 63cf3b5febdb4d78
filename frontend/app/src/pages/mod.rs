//! The pages, each with its parts.

pub(crate) mod agents;
pub(crate) mod connection;
pub(crate) mod drift;
pub(crate) mod findings;
pub(crate) mod graph;
pub(crate) mod incidents;
pub(crate) mod landing;
pub(crate) mod not_found;
pub(crate) mod onboarding;
pub(crate) mod overview;
pub(crate) mod quality;
pub(crate) mod recovery;
pub(crate) mod run_steps;
pub(crate) mod schema;
pub(crate) mod sensitivity;
pub(crate) mod settings;
pub(crate) mod sign_in;
pub(crate) mod trend;
