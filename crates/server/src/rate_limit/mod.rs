//! How often one may ask: generous limits that no person meets, so that a program in a loop does not take the server from
//! everybody else. Signing in has stricter ones of its own, in `service::identity`; an organization may have one for all of
//! its people and programs together.
//!
//! Where there is Redis, all servers count together in it, by its clock. While it does not answer, and without one, each
//! counts for itself.

mod class;
mod counter;
mod organization;

use std::net::IpAddr;
use std::sync::Arc;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, ResponseError as _, web};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use service::redis::Counter;
use service::{Context, Credentials, Network};
use sha2::{Digest, Sha256};

use self::class::Class;
use self::counter::{Counters, Verdict, WINDOW};
use crate::app::Site;
use crate::extract;
use crate::problem::Failure;

pub use class::Limits;
pub(crate) use organization::OfOrganization;

/// How many people may be behind one address.
const BEHIND_AN_ADDRESS: u32 = 5;

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const STATE: HeaderName = HeaderName::from_static("ratelimit");

/// The limits, and the counters of a process; cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct RateLimiter {
    /// Without limits nothing is counted but for an organization that has one of its own.
    limits: Option<Limits>,
    counters: Arc<Counters>,
}

impl RateLimiter {
    /// With these limits, or with none.
    #[must_use]
    pub fn new(limits: Option<Limits>) -> Self {
        Self { limits, counters: Arc::default() }
    }

    /// Counts a request for who asks and for their address; the verdict that leaves less room. Who is refused as themselves
    /// is not counted against those that share their address.
    async fn check(&self, context: &Context, class: Class, credentials: &Credentials) -> Option<Verdict> {
        let limit = self.limits?.of(class);
        let Credentials { session, api_key, clerk, .. } = credentials;
        let token = session.as_ref().or(api_key.as_ref()).or(clerk.as_ref());
        let own = token.filter(|_| class.knows_who()).map(|token| counter(class, &presenting(token), limit));
        let all = limit.saturating_mul(BEHIND_AN_ADDRESS);
        let counters: Vec<_> =
            own.into_iter().chain([counter(class, &behind(credentials.ip), all)]).collect();
        self.count(context, &counters).await.into_iter().min_by_key(|verdict| verdict.remaining)
    }

    async fn count(&self, context: &Context, counters: &[Counter]) -> Vec<Verdict> {
        if let Some(redis) = &context.redis
            && let Ok(tallies) = redis.count(counters, WINDOW, None).await
        {
            let limits = counters.iter().map(|counter| counter.limit);
            return tallies.into_iter().zip(limits).map(|(tally, limit)| Verdict::of(tally, limit)).collect();
        }
        self.counters.count(counters, context.now().millis())
    }
}

fn counter(class: Class, who: &str, limit: u32) -> Counter {
    Counter { name: format!("{}:{who}", class.as_str()), limit }
}

/// The hash of a session's or key's token, which need not be a good one: the address is counted as well.
fn presenting(token: &SecretString) -> String {
    format!("token:{}", URL_SAFE_NO_PAD.encode(Sha256::digest(token.expose_secret())))
}

fn behind(address: IpAddr) -> String {
    format!("network:{}", URL_SAFE_NO_PAD.encode(Network::of(address).as_bytes()))
}

/// Wraps the application within [`crate::edge`].
pub(crate) async fn limited(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let verdict = verdict(&request).await;
    let mut response = match verdict {
        Some((_, Verdict { remaining: None, seconds, .. })) => {
            let failure = Failure::from(service::Error::TooManyRequests { retry_after_seconds: seconds });
            request.into_response(failure.error_response())
        }
        _ => next.call(request).await?.map_into_boxed_body(),
    };
    let own = verdict.map(|(class, verdict)| (class.as_str(), verdict));
    let shared = OfOrganization::said(response.request()).map(|verdict| (organization::NAME, verdict));
    // What leaves less room is what one has to know.
    if let Some((name, verdict)) = own.into_iter().chain(shared).min_by_key(|(_, verdict)| verdict.remaining)
    {
        let policy = format!(r#""{name}";q={};w={}"#, verdict.limit, WINDOW / 1_000);
        let state = format!(r#""{name}";r={};t={}"#, verdict.remaining.unwrap_or(0), verdict.seconds);
        for (header, value) in [(POLICY, policy), (STATE, state)] {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().insert(header, value);
            }
        }
    }
    Ok(response)
}

async fn verdict(request: &ServiceRequest) -> Option<(Class, Verdict)> {
    // As the routes see it: another spelling of an address is no other class.
    let class = Class::of(request.method(), request.match_info().as_str())?;
    let site = request.app_data::<web::Data<Site>>()?;
    let context = request.app_data::<web::Data<Context>>()?;
    let verdict = site.rate_limiter.check(context, class, &extract::credentials(request.request())).await?;
    Some((class, verdict))
}
