//! A fault of ours that would end a request without an answer: it is logged, and answered like any other.

use std::panic::{PanicHookInfo, set_hook};

use actix_web::error::InternalError;
use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::{Error, HttpResponse};
use types::problem::Code;

use crate::edge::protect;
use crate::problem::{Failure, PROBLEM};

/// From now on panics are in the log, with the request that they end, and nowhere else.
pub(crate) fn log_panics() {
    set_hook(Box::new(|info| {
        tracing::error!(place = place(info), cause = fixed_text(info), "a fault of the program");
    }));
}

fn place(info: &PanicHookInfo<'_>) -> String {
    info.location().map(ToString::to_string).unwrap_or_default()
}

/// The panic's text where it stands so in the source: one that was put together may hold a secret.
fn fixed_text<'a>(info: &'a PanicHookInfo<'_>) -> &'a str {
    info.payload().downcast_ref::<&'static str>().unwrap_or(&"not shown, as it may hold a value")
}

/// The answer to a request whose handler panicked. The framework took the request along, so it is written here whole.
pub(crate) fn answer(path: &str, id: &str, https: bool) -> Error {
    let failure =
        Failure::new(Code::Internal, "It was logged. Give the request id to whoever runs this server.");
    let mut response = HttpResponse::build(StatusCode::INTERNAL_SERVER_ERROR).json(failure.problem(path, id));
    response.headers_mut().insert(CONTENT_TYPE, PROBLEM);
    protect(response.headers_mut(), path, id, https);
    InternalError::from_response("a fault of the program", response).into()
}

#[cfg(test)]
mod tests {
    use actix_web::body::to_bytes;
    use actix_web::middleware::from_fn;
    use actix_web::test::{TestRequest, init_service, try_call_service};
    use actix_web::{App, HttpResponse, web};
    use testkit::log::Log;
    use types::problem::Problem;

    use super::*;
    use crate::edge::edge;

    async fn broken(path: web::Path<String>) -> HttpResponse {
        assert!(path.as_str() != "plain", "a plain text");
        panic!("a text with {path}");
    }

    #[actix_web::test]
    async fn a_panic_is_answered_and_logged_without_what_it_may_hold() {
        let log = Log::default();
        let writer = log.clone();
        let subscriber =
            tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
        let _capturing = tracing::subscriber::set_default(subscriber);
        log_panics();
        let app =
            init_service(App::new().route("/api/broken/{text}", web::get().to(broken)).wrap(from_fn(edge)))
                .await;
        for text in ["hunter2", "plain"] {
            let path = format!("/api/broken/{text}");
            let failed = try_call_service(&app, TestRequest::get().uri(&path).to_request()).await;
            let response = failed.err().unwrap().error_response();
            assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
            assert_eq!(response.headers().get(CONTENT_TYPE), Some(&PROBLEM));
            let header = |name: &str| response.headers().get(name).unwrap().to_str().unwrap().to_owned();
            assert_eq!(header("x-content-type-options"), "nosniff");
            let id = header("x-request-id");
            let body = to_bytes(response.into_body()).await.unwrap();
            let problem: Problem = serde_json::from_slice(&body).unwrap();
            assert_eq!((problem.code.as_str(), problem.instance.as_str()), ("internal", path.as_str()));
            assert_eq!(problem.request_id, id);
            let text = log.text();
            assert!(text.contains(&id) && text.contains("panic.rs"), "{text}");
        }
        let text = log.text();
        assert!(text.contains("a plain text"), "{text}");
        assert!(!text.contains("a text with"), "{text}");
    }
}
