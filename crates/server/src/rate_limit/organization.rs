//! How often all people and programs of an organization may ask together, where the operator says so.
//!
//! Whose a request is is known once it is known who asks: it is counted then, by a limit that was read with that.

use std::cell::Cell;
use std::rc::Rc;

use actix_web::{HttpMessage as _, HttpRequest, web};
use service::redis::Counter;
use service::{Context, Error};
use types::OrgId;

use super::RateLimiter;
use super::counter::Verdict;
use crate::app::Site;
use crate::problem::Failure;

/// What headers call the limit.
pub(super) const NAME: &str = "organization";

/// What an organization's limit says of a request, which is counted once however often it is asked who sent it.
#[derive(Clone, Default)]
pub(crate) struct OfOrganization {
    limiter: RateLimiter,
    verdict: Rc<Cell<Option<Verdict>>>,
}

impl OfOrganization {
    /// That of a request, which is left with it.
    pub(crate) fn of(request: &HttpRequest) -> Self {
        let found = request.extensions().get::<Self>().cloned();
        found.unwrap_or_else(|| {
            let site = request.app_data::<web::Data<Site>>();
            let limiter = site.map(|site| site.rate_limiter.clone()).unwrap_or_default();
            let new = Self { limiter, ..Self::default() };
            request.extensions_mut().insert(new.clone());
            new
        })
    }

    /// What was said of a request that was counted.
    pub(super) fn said(request: &HttpRequest) -> Option<Verdict> {
        request.extensions().get::<Self>()?.verdict.get()
    }

    /// Counts the request for an organization, which may make so many a minute, or as many as it likes.
    ///
    /// # Errors
    /// When it is one too many.
    pub(crate) async fn count(
        &self,
        context: &Context,
        org: OrgId,
        most: Option<u32>,
    ) -> Result<(), Failure> {
        let Some(limit) = most else { return Ok(()) };
        if self.verdict.get().is_none() {
            let counter = Counter { name: format!("{NAME}:{org}"), limit };
            self.verdict.set(self.limiter.count(context, &[counter]).await.pop());
        }
        match self.verdict.get() {
            Some(Verdict { remaining: None, seconds, .. }) => {
                let failure = Failure::from(Error::TooManyRequests { retry_after_seconds: seconds });
                Err(failure.saying(format!(
                    "The people and programs of this organization may make {limit} requests a minute together. Try again in \
                     {seconds} seconds, or ask whoever runs this Bastion for more."
                )))
            }
            _ => Ok(()),
        }
    }
}
