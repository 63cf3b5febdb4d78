//! The API's description, made from the routes without a database.

use types::permission::{Permission, Role};
use utoipa::OpenApi;
use utoipa::openapi::OpenApi as Description;
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityRequirement, SecurityScheme,
};
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
    let mut description = Base::openapi();
    if let Some(about) = &mut description.info.description {
        about.push_str(&roles());
    }
    let components = description.components.get_or_insert_default();
    let cookie = ApiKey::Cookie(ApiKeyValue::with_description(
        "__Host-bastion",
        "Set by signing in; its name is `bastion` where the server is reached over http on its own machine.",
    ));
    components.add_security_scheme("session", SecurityScheme::ApiKey(cookie));
    components.add_security_scheme("api_key", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
    let none: [&str; 0] = [];
    description.security =
        Some(["session", "api_key"].map(|name| SecurityRequirement::new(name, none)).to_vec());
    description
}

/// What each role may do, as a table in Markdown.
fn roles() -> String {
    let cells = |cell: &dyn Fn(Role) -> &'static str| Role::ALL.map(cell).join(" | ");
    let mut table = format!(
        "\n\n## What the roles may do\n\n| permission | allows | {} |\n| --- | --- | {} |\n",
        cells(&Role::as_str),
        cells(&|_| ":-:")
    );
    for &permission in Permission::ALL {
        let held = cells(&|role| if role.may(permission) { "yes" } else { "" });
        table.push_str(&format!("| `{}` | {} | {held} |\n", permission.as_str(), permission.about()));
    }
    table
}

/// The whole description.
#[must_use]
pub fn description() -> Description {
    actix_web::App::new()
        .into_utoipa_app()
        .openapi(base())
        .configure(routes::configure_root)
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
    Invalid(types::problem::Problem),
    /// Nobody is signed in.
    #[response(status = 401, content_type = "application/problem+json")]
    Unauthenticated(types::problem::Problem),
    /// The role lacks the permission.
    #[response(status = 403, content_type = "application/problem+json")]
    Forbidden(types::problem::Problem),
    /// There is no such thing in this organization.
    #[response(status = 404, content_type = "application/problem+json")]
    NotFound(types::problem::Problem),
    /// Any other problem; `code` says which.
    #[response(status = "default", content_type = "application/problem+json")]
    Other(types::problem::Problem),
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
