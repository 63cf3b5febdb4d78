//! The API's description, to read and to try out.

use actix_web::http::header::LOCATION;
use actix_web::{HttpResponse, web};
use utoipa::openapi::OpenApi as Description;
use utoipa_swagger_ui::{Config, SwaggerUi};

/// Where it lies.
pub(crate) const PATH: &str = "/docs/";

/// Swagger UI sets styles from its script; everything it loads comes from here.
pub(crate) const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Adds `/docs/` and `/openapi.json`.
pub(crate) fn configure(config: &mut web::ServiceConfig, description: Description) {
    let index = || async { HttpResponse::PermanentRedirect().insert_header((LOCATION, PATH)).finish() };
    // Of its own it has swagger.io validate the description wherever its address is not this machine's.
    let settings = Config::default().validator_url("none");
    config
        .route("/docs", web::get().to(index))
        .service(SwaggerUi::new("/docs/{_:.*}").config(settings).url("/openapi.json", description));
}
