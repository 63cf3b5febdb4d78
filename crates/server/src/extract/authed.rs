//! Who asks, checked before the handler runs.

use std::future::Future;
use std::net::{IpAddr, Ipv4Addr};
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::{AUTHORIZATION, USER_AGENT};
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use secrecy::SecretString;
use serde::Deserialize;
use service::access_token::{self, Holder};
use service::{Context, Credentials, Requires, Scope, SignedIn, authenticate, authorize};

use crate::app::Site;
use crate::edge::RequestId;
use crate::extract::order;
use crate::problem::Failure;
use crate::rate_limit::OfOrganization;

/// Proof of permission `P` in the organization that the request names.
#[derive(Debug)]
pub struct Authed<P>(pub Scope<P>);

/// The signed-in person, for routes that concern no organization.
#[derive(Debug)]
pub struct Identified(pub SignedIn);

/// Whoever may have an access token, in the organization that the request names.
#[derive(Debug)]
pub(crate) struct Holding(pub(crate) Holder);

/// Who asks, not checked: for signing up and in.
#[derive(Debug)]
pub(crate) struct Person(pub(crate) Credentials);

impl<P: Requires> FromRequest for Authed<P> {
    type Error = Failure;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Failure>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let checked = || {
            let (context, credentials) = (context(request), credentials(request));
            let counted = OfOrganization::of(request);
            async move {
                let context = context?;
                let scope = authorize::<P>(&context, &credentials).await?;
                tracing::Span::current().record("org", tracing::field::display(scope.org()));
                counted.count(&context, scope.org(), scope.requests_per_minute()).await?;
                Ok(Self(scope))
            }
        };
        let again = checked();
        order::leave(request, async move { again.await.map(drop) });
        Box::pin(checked())
    }
}

impl FromRequest for Identified {
    type Error = Failure;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Failure>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let checked = || {
            let (context, credentials) = (context(request), credentials(request));
            async move { Ok(Self(authenticate(&*context?, &credentials).await?)) }
        };
        let again = checked();
        order::leave(request, async move { again.await.map(drop) });
        Box::pin(checked())
    }
}

impl FromRequest for Holding {
    type Error = Failure;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Failure>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let checked = || {
            let (context, credentials) = (context(request), credentials(request));
            let counted = OfOrganization::of(request);
            async move {
                let context = context?;
                let holder = access_token::holder(&context, &credentials).await?;
                counted.count(&context, holder.org(), holder.requests_per_minute()).await?;
                Ok(Self(holder))
            }
        };
        let again = checked();
        order::leave(request, async move { again.await.map(drop) });
        Box::pin(checked())
    }
}

impl FromRequest for Person {
    type Error = Failure;
    type Future = std::future::Ready<Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(Ok(Self(credentials(request))))
    }
}

fn context(request: &HttpRequest) -> Result<web::Data<Context>, Failure> {
    request
        .app_data::<web::Data<Context>>()
        .cloned()
        .ok_or_else(|| service::Error::Internal("the app has no context".to_owned()).into())
}

#[derive(Deserialize)]
struct OrgQuery {
    org: Option<String>,
}

/// The cookie that Clerk's pages set.
const CLERK: &str = "__session";

/// What is in Clerk's cookie, where people come by Clerk.
pub(crate) fn clerk_cookie(request: &HttpRequest) -> Option<String> {
    let context = request.app_data::<web::Data<Context>>()?;
    context.clerk.as_ref()?;
    request.cookie(CLERK).map(|cookie| cookie.value().to_owned())
}

/// What the request says about who asks.
pub(crate) fn credentials(request: &HttpRequest) -> Credentials {
    let site = request.app_data::<web::Data<Site>>();
    let text = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let session = site
        .and_then(|site| request.cookie(site.cookie_name()))
        .map(|cookie| SecretString::from(cookie.value().to_owned()));
    let api_key = text(AUTHORIZATION.as_str())
        .and_then(|value| value.strip_prefix("Bearer "))
        .map(|token| SecretString::from(token.trim().to_owned()));
    let clerk = clerk_cookie(request).map(SecretString::from);
    let org = text("x-bastion-org")
        .map(str::to_owned)
        .or_else(|| {
            web::Query::<OrgQuery>::from_query(request.query_string())
                .ok()
                .and_then(|query| query.into_inner().org)
        })
        .or_else(|| site.and_then(|site| site.subdomain(&site.host(request))))
        .filter(|org| !org.is_empty());
    Credentials {
        session,
        api_key,
        clerk,
        org,
        request_id: request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default(),
        ip: site.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |site| site.client(request)),
        user_agent: text(USER_AGENT.as_str()).map(|agent| agent.chars().take(300).collect()),
    }
}
