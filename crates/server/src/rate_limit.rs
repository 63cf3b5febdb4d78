//! How often one may ask: generous limits that no person meets, so that a program in a loop does not take the server from
//! everybody else. Signing in has stricter ones of its own, in `service::identity`.
//!
//! A sliding window counter: what was asked in the minute before counts for the part of it that is less than a minute ago.
//! The counts are this process's own.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, ResponseError as _, web};
use secrecy::{ExposeSecret, SecretString};
use service::{Context, Credentials, Network};
use sha2::{Digest, Sha256};
use types::Timestamp;

use crate::app::Site;
use crate::extract;
use crate::problem::Failure;

/// The window, in milliseconds.
const WINDOW: i64 = 60_000;
/// How many people may be behind one address.
const BEHIND_AN_ADDRESS: u32 = 5;
/// Beyond this many counters those of the past are swept out; if that does not help, all begin anew.
const MOST_COUNTERS: usize = 100_000;

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const STATE: HeaderName = HeaderName::from_static("ratelimit");

/// What a request is counted as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Class {
    Read,
    Write,
    Auth,
}

impl Class {
    /// The class of a request; nothing for pages and probes.
    fn of(method: &Method, path: &str) -> Option<Self> {
        let rest = path.strip_prefix("/api/")?;
        Some(match rest {
            "auth/sign-in"
            | "auth/sign-up"
            | "auth/confirm"
            | "auth/password"
            | "auth/password/forgot"
            | "auth/password/reset"
            | "auth/email"
            | "auth/email/send"
            | "auth/email/confirm"
            | "auth/second-factor/confirm"
            | "auth/second-factor/verify"
            | "auth/token"
            | "auth/oidc/start"
            | "auth/oidc/callback" => Self::Auth,
            _ if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) => Self::Read,
            _ => Self::Write,
        })
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Auth => "auth",
        }
    }
}

/// How many requests a minute a session or an API key may make; an address five times as many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    pub read: u32,
    pub write: u32,
    /// Signing in and up.
    pub auth: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { read: 1_200, write: 300, auth: 60 }
    }
}

impl Limits {
    /// Reads `read=1200,write=300,auth=60`, in which each may be missing.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut limits = Self::default();
        for part in text.split(',') {
            let (name, value) = part.split_once('=')?;
            let value = value.trim().parse().ok().filter(|value| *value > 0)?;
            match name.trim() {
                "read" => limits.read = value,
                "write" => limits.write = value,
                "auth" => limits.auth = value,
                _ => return None,
            }
        }
        Some(limits)
    }

    fn of(self, class: Class) -> u32 {
        match class {
            Class::Read => self.read,
            Class::Write => self.write,
            Class::Auth => self.auth,
        }
    }
}

/// Who is counted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Who {
    /// The hash of a session's or key's token, which need not be a good one: the address is counted as well.
    Principal([u8; 32]),
    Address(Network),
}

impl Who {
    fn presents(token: &SecretString) -> Self {
        Self::Principal(Sha256::digest(token.expose_secret()).into())
    }
}

/// What was asked within the minute that runs, and in the one before.
#[derive(Clone, Copy, Debug, Default)]
struct Counter {
    minute: i64,
    previous: u32,
    current: u32,
}

/// What a counter says of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Verdict {
    limit: u32,
    /// Missing when the request is one too many.
    remaining: Option<u32>,
    /// When it is worth while to ask again, or when the minute ends.
    seconds: u64,
}

impl Counter {
    /// Counts a request, unless it is one too many.
    fn count(&mut self, limit: u32, now: i64) -> Verdict {
        let minute = now.div_euclid(WINDOW);
        if minute != self.minute {
            let previous = if minute == self.minute + 1 { self.current } else { 0 };
            *self = Self { minute, previous, current: 0 };
        }
        let elapsed = now.rem_euclid(WINDOW);
        let weighed = (i64::from(self.previous) * (WINDOW - elapsed) + WINDOW - 1) / WINDOW;
        let room = i64::from(limit) - weighed - i64::from(self.current) - 1;
        let left = WINDOW - elapsed;
        if room >= 0 {
            self.current += 1;
            let remaining = Some(u32::try_from(room).unwrap_or(u32::MAX));
            return Verdict { limit, remaining, seconds: seconds(left) };
        }
        // Until so much of the busier minute has passed that one more fits.
        let fading = |count: u32, room: i64| WINDOW - WINDOW * room.max(0) / i64::from(count.max(1));
        let free = i64::from(limit) - i64::from(self.current) - 1;
        let wait = if free >= 0 {
            fading(self.previous, free) - elapsed
        } else {
            left + fading(self.current, i64::from(limit) - 1)
        };
        Verdict { limit, remaining: None, seconds: seconds(wait) }
    }
}

/// Whole seconds, at least one.
fn seconds(millis: i64) -> u64 {
    u64::try_from(millis).unwrap_or(0).div_ceil(1_000).max(1)
}

/// The counters of a process; cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct RateLimiter {
    /// Without limits nothing is counted.
    limits: Option<Limits>,
    counters: Arc<Mutex<HashMap<(Class, Who), Counter>>>,
}

impl RateLimiter {
    /// With these limits, or with none.
    #[must_use]
    pub fn new(limits: Option<Limits>) -> Self {
        Self { limits, counters: Arc::default() }
    }

    /// Counts a request for who asks and for their address; the verdict that leaves less room.
    fn check(&self, class: Class, credentials: &Credentials, now: Timestamp) -> Option<Verdict> {
        let limit = self.limits?.of(class);
        let token = credentials.session.as_ref().or(credentials.api_key.as_ref());
        let principal = token.filter(|_| class != Class::Auth).map(|token| (Who::presents(token), limit));
        let address = (Who::Address(Network::of(credentials.ip)), limit.saturating_mul(BEHIND_AN_ADDRESS));
        let mut counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        if counters.len() >= MOST_COUNTERS {
            let minute = now.millis().div_euclid(WINDOW);
            counters.retain(|_, counter| counter.minute + 1 >= minute);
            if counters.len() >= MOST_COUNTERS {
                counters.clear();
            }
        }
        let mut verdicts = principal
            .into_iter()
            .chain([address])
            .map(|(who, limit)| counters.entry((class, who)).or_default().count(limit, now.millis()));
        let first = verdicts.next()?;
        // Who is refused as themselves is not counted against those that share their address.
        match first.remaining {
            None => Some(first),
            Some(_) => verdicts.next().filter(|second| second.remaining < first.remaining).or(Some(first)),
        }
    }
}

/// Wraps the application within [`crate::edge`].
pub(crate) async fn limited(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let verdict = verdict(&request);
    let mut response = match verdict {
        Some((_, Verdict { remaining: None, seconds, .. })) => {
            let failure = Failure::from(service::Error::TooManyRequests { retry_after_seconds: seconds });
            request.into_response(failure.error_response())
        }
        _ => next.call(request).await?.map_into_boxed_body(),
    };
    if let Some((class, verdict)) = verdict {
        let name = class.as_str();
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

fn verdict(request: &ServiceRequest) -> Option<(Class, Verdict)> {
    let class = Class::of(request.method(), request.path())?;
    let site = request.app_data::<web::Data<Site>>()?;
    let now = request.app_data::<web::Data<Context>>()?.now();
    let verdict = site.rate_limiter.check(class, &extract::credentials(request.request()), now)?;
    Some((class, verdict))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_counted_by_what_they_do() {
        for (method, path, class) in [
            (Method::GET, "/api/sources", Some(Class::Read)),
            (Method::POST, "/api/sources", Some(Class::Write)),
            (Method::DELETE, "/api/org", Some(Class::Write)),
            (Method::POST, "/api/auth/sign-in", Some(Class::Auth)),
            (Method::POST, "/api/auth/second-factor/verify", Some(Class::Auth)),
            (Method::POST, "/api/auth/oidc/callback", Some(Class::Auth)),
            (Method::POST, "/api/auth/token", Some(Class::Auth)),
            (Method::GET, "/api/auth/second-factor", Some(Class::Read)),
            (Method::POST, "/api/auth/sign-out", Some(Class::Write)),
            (Method::GET, "/livez", None),
            (Method::GET, "/dashboard", None),
        ] {
            assert_eq!(Class::of(&method, path), class, "{method} {path}");
        }
    }

    #[test]
    fn the_minute_before_counts_for_the_part_that_is_less_than_a_minute_ago() {
        let mut counter = Counter::default();
        for _ in 0..10 {
            assert!(counter.count(10, 30_000).remaining.is_some());
        }
        let refused = counter.count(10, 30_000);
        assert_eq!((refused.remaining, refused.seconds), (None, 36));
        assert_eq!(counter.count(10, 30_000 + 35_900).remaining, None);
        assert_eq!(counter.count(10, 30_000 + 36_000).remaining, Some(0));
        // A quarter of an hour later all is forgotten.
        assert_eq!(counter.count(10, 900_000).remaining, Some(9));
    }

    #[test]
    fn limits_are_read_as_they_are_written() {
        let limits = Limits { write: 5, ..Limits::default() };
        for (text, expected) in [
            ("write=5", Some(limits)),
            ("read=1, write=2, auth=3", Some(Limits { read: 1, write: 2, auth: 3 })),
            ("write=0", None),
            ("wrote=5", None),
            ("5", None),
        ] {
            assert_eq!(Limits::parse(text), expected, "{text}");
        }
    }
}
