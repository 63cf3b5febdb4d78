//! The application: routes, extractors' settings and what wraps them.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use actix_web::body::BoxBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::http::header::{ALLOW, HOST, HeaderValue};
use actix_web::middleware::from_fn;
use actix_web::{App, Error, HttpRequest, HttpResponse, ResponseError as _, web};
use ipnet::IpNet;
use service::Context;
use tokio_util::sync::CancellationToken;
use types::problem::Code;
use url::Url;
use utoipa_actix_web::{AppExt, scope};

use crate::edge::edge;
use crate::etag::tagged;
use crate::idempotency::idempotent;
use crate::methods::Methods;
use crate::problem::Failure;
use crate::rate_limit::{RateLimiter, limited};
use crate::ui::Ui;
use crate::{docs, extract, metrics, openapi, routes};

/// Where and how this server is reached.
#[derive(Clone, Debug)]
pub struct Site {
    /// Where people reach it.
    pub public_url: Url,
    /// Whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    pub ui: Ui,
    /// Shared by all worker threads.
    pub rate_limiter: RateLimiter,
    /// Slower than this, a client's body is not waited for.
    pub body_timeout: Duration,
    /// A request that is answered later than this is logged as slow.
    pub slow: Duration,
    /// Cancelled when the server stops: streams end then.
    pub stopping: CancellationToken,
}

impl Site {
    /// Whether people reach it over TLS.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.public_url.scheme() == "https"
    }

    /// The session cookie's name: the `__Host-` prefix makes the browser insist on TLS and on this host.
    #[must_use]
    pub fn cookie_name(&self) -> &'static str {
        if self.is_https() { "__Host-bastion" } else { "bastion" }
    }

    /// The name of the cookie of a sign-in whose second factor is awaited.
    pub(crate) fn pending_cookie_name(&self) -> &'static str {
        if self.is_https() { "__Host-bastion-sign-in" } else { "bastion-sign-in" }
    }

    /// The name of the cookie of a browser that was sent to a provider of single sign-on.
    pub(crate) fn away_cookie_name(&self) -> &'static str {
        if self.is_https() { "__Host-bastion-oidc" } else { "bastion-oidc" }
    }

    /// The host that the browser named: what a proxy says of it is believed of trusted ones only.
    pub(crate) fn host(&self, request: &HttpRequest) -> String {
        if request.peer_addr().is_some_and(|peer| self.is_trusted(&peer.ip())) {
            return request.connection_info().host().to_owned();
        }
        let named = request.headers().get(HOST).and_then(|host| host.to_str().ok());
        // HTTP/2 names it in the address.
        named.or_else(|| request.uri().host()).unwrap_or_default().to_owned()
    }

    fn is_trusted(&self, address: &IpAddr) -> bool {
        self.trusted_proxies.iter().any(|net| net.contains(address))
    }

    /// The slug in `slug.host`, when the request came to a subdomain of the public host.
    pub(crate) fn subdomain(&self, host: &str) -> Option<String> {
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
        let slug = name.strip_suffix(self.public_url.host_str()?)?.strip_suffix('.')?;
        (!slug.is_empty() && !slug.contains('.') && slug != "www").then(|| slug.to_owned())
    }

    /// The caller's address: the nearest one in `X-Forwarded-For` that no trusted proxy has.
    pub(crate) fn client(&self, request: &HttpRequest) -> IpAddr {
        let peer = request.peer_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |address| address.ip());
        if !self.is_trusted(&peer) {
            return peer;
        }
        request
            .headers()
            .get_all("x-forwarded-for")
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .filter_map(|hop| hop.trim().parse::<IpAddr>().ok())
            .collect::<Vec<_>>()
            .into_iter()
            .rev()
            .find(|ip| !self.is_trusted(ip))
            .unwrap_or(peer)
    }
}

/// The whole application, for one worker thread.
pub fn app(
    context: Context,
    site: Arc<Site>,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<BoxBody>,
        Error = Error,
        InitError = (),
    >,
> {
    let (app, description) = App::new()
        .app_data(web::Data::new(context))
        .app_data(web::Data::from(site))
        .app_data(extract::json())
        .app_data(extract::path())
        .app_data(extract::query())
        .app_data(extract::payload())
        .into_utoipa_app()
        .openapi(openapi::base())
        .configure(routes::configure_root)
        .service(scope("/api").configure(routes::configure))
        .split_for_parts();
    let description = openapi::finished(description);
    app.app_data(web::Data::new(Methods::of(&description)))
        .configure(|config| docs::configure(config, description))
        .default_service(web::to(fallback))
        .wrap(from_fn(extract::in_order))
        .wrap(from_fn(tagged))
        .wrap(from_fn(idempotent))
        .wrap(from_fn(limited))
        .wrap(from_fn(edge))
}

/// Whatever no route took: a wrong method, a wrong address, or a page.
async fn fallback(
    request: HttpRequest,
    site: web::Data<Site>,
    methods: web::Data<Methods>,
) -> Result<HttpResponse, Failure> {
    let path = request.path();
    if let Some(allowed) = methods.at(path) {
        let detail = format!("Here there is {allowed}.");
        let mut response = Failure::new(Code::MethodNotAllowed, detail).error_response();
        if let Ok(allowed) = HeaderValue::from_str(allowed) {
            response.headers_mut().insert(ALLOW, allowed);
        }
        return Ok(response);
    }
    // Or the interface would answer it with a page.
    if path == metrics::PATH {
        let detail = "Metrics are on an address of their own, which BASTION_METRICS_LISTEN names.";
        return Err(Failure::new(Code::NotFound, detail));
    }
    if path == "/api" || path.starts_with("/api/") {
        let detail = "There is no such address. /docs describes those that there are.";
        return Err(Failure::new(Code::NotFound, detail));
    }
    site.ui.serve(&request).await
}
