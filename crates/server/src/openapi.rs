//! The API's description, made from the routes without a database.

use utoipa::OpenApi;
use utoipa::openapi::OpenApi as Description;
use utoipa_actix_web::{AppExt, scope};

use crate::routes;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Bastion",
        description = "Whether a team can trust its data.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    components(schemas(types::problem::Problem))
)]
struct Base;

/// What no route says: title, licence, how to sign in.
pub(crate) fn base() -> Description {
    Base::openapi()
}

/// The whole description.
#[must_use]
pub fn description() -> Description {
    actix_web::App::new()
        .into_utoipa_app()
        .openapi(base())
        .configure(routes::configure_health)
        .service(scope("/api").configure(routes::configure))
        .split_for_parts()
        .1
}

/// The problems that any route may answer, for `responses(...)`.
#[derive(utoipa::IntoResponses)]
#[expect(dead_code, reason = "read by the derive only")]
pub(crate) enum Problems {
    /// The request does not fit; `errors` says where.
    #[response(status = 400, content_type = "application/problem+json")]
    Invalid(#[to_schema] types::problem::Problem),
    /// Nobody is signed in.
    #[response(status = 401, content_type = "application/problem+json")]
    Unauthenticated(#[to_schema] types::problem::Problem),
    /// The role lacks the permission.
    #[response(status = 403, content_type = "application/problem+json")]
    Forbidden(#[to_schema] types::problem::Problem),
    /// There is no such thing in this organization.
    #[response(status = 404, content_type = "application/problem+json")]
    NotFound(#[to_schema] types::problem::Problem),
    /// Any other problem; `code` says which.
    #[response(status = "default", content_type = "application/problem+json")]
    Other(#[to_schema] types::problem::Problem),
}

/// The description as it is checked in: JSON with two spaces and a final line end.
///
/// # Errors
/// When it has no JSON.
pub fn text() -> Result<String, serde_json::Error> {
    let mut text = serde_json::to_string_pretty(&description())?;
    text.push('\n');
    Ok(text)
}
