//! Which sign-in awaits its second factor in this browser.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use secrecy::SecretString;

use crate::app::Site;
use crate::problem::Failure;

/// The token in the cookie, not checked.
#[derive(Debug)]
pub(crate) struct Pending(pub(crate) Option<SecretString>);

impl FromRequest for Pending {
    type Error = Failure;
    type Future = Ready<Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let site = request.app_data::<web::Data<Site>>();
        let cookie = site.and_then(|site| request.cookie(site.pending_cookie_name()));
        ready(Ok(Self(cookie.map(|cookie| SecretString::from(cookie.value().to_owned())))))
    }
}
