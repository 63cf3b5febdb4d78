//! Which sign-in is under way in this browser: one that awaits its second factor, one that is away at a provider.

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
        ready(Ok(Self(token(request, Site::pending_cookie_name))))
    }
}

/// The same of a browser that was sent to a provider of single sign-on.
#[derive(Debug)]
pub(crate) struct Away(pub(crate) Option<SecretString>);

impl FromRequest for Away {
    type Error = Failure;
    type Future = Ready<Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self(token(request, Site::away_cookie_name))))
    }
}

fn token(request: &HttpRequest, name: fn(&Site) -> &'static str) -> Option<SecretString> {
    let site = request.app_data::<web::Data<Site>>()?;
    request.cookie(name(site)).map(|cookie| SecretString::from(cookie.value().to_owned()))
}
