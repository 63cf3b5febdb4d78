//! The API's description, made from the routes without a database.

use types::permission::{Permission, Role};
use utoipa::OpenApi;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{Operation, Parameter};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{Content, OpenApi as Description, Ref, RefOr, Response, ResponseBuilder};
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
        about.push_str(CONDITIONS);
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

/// What no operation says of itself.
const CONDITIONS: &str = "\n\n## Reading again, and changing what was read\n\nJSON that is read comes with an `ETag`. Sent back \
    as `If-None-Match`, it is answered 304 without a body as long as nothing is different. Sent as `If-Match` with a change of what \
    several people edit, it is answered 412 `precondition_failed`, and nothing is changed, when somebody else changed it since.";

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

/// What all routes of a kind do, and none says of itself: what is read has an entity tag, which is answered 304 as long as it
/// holds, and what is changed under `If-Match` is answered 412 when that no longer does.
pub(crate) fn finished(mut description: Description) -> Description {
    for (path, item) in &mut description.paths.paths {
        if path.starts_with("/api/")
            && let Some(operation) = &mut item.get
        {
            tagged(operation);
        }
        for operation in [&mut item.put, &mut item.patch].into_iter().flatten() {
            conditional(operation);
        }
    }
    description
}

fn tagged(operation: &mut Operation) {
    let responses = &mut operation.responses.responses;
    let Some(RefOr::T(read)) = responses.get_mut("200") else { return };
    if !read.content.contains_key("application/json") || read.headers.contains_key("ETag") {
        return;
    }
    let about = "Of what is answered: the same as long as that is.";
    let tag = HeaderBuilder::new().description(Some(about)).build();
    read.headers.insert("ETag".to_owned(), tag.into());
    let same = Response::new("It is what the tag in `If-None-Match` was of.");
    responses.insert("304".to_owned(), same.into());
}

fn conditional(operation: &mut Operation) {
    let is_condition =
        |parameter: &RefOr<Parameter>| matches!(parameter, RefOr::T(named) if named.name == "If-Match");
    if !operation.parameters.iter().flatten().any(is_condition) {
        return;
    }
    let problem = Content::new(Some(Ref::from_schema_name("Problem")));
    let refused = ResponseBuilder::new()
        .description("It is not what the tag in `If-Match` was of any more: `precondition_failed`.")
        .content("application/problem+json", problem);
    operation.responses.responses.insert("412".to_owned(), refused.build().into());
}

/// The whole description.
#[must_use]
pub fn description() -> Description {
    let description = actix_web::App::new()
        .into_utoipa_app()
        .openapi(base())
        .configure(routes::configure_root)
        .service(scope("/api").configure(routes::configure))
        .split_for_parts()
        .1;
    finished(description)
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
