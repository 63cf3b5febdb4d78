//! The cookies of this server: for its host alone, out of reach of scripts, and over TLS wherever people reach it so.

use std::time::Duration;

use actix_web::cookie::{Cookie, SameSite, time};
use secrecy::{ExposeSecret, SecretString};

use crate::app::Site;

impl Site {
    /// One that the browser keeps for a while.
    pub(crate) fn cookie(
        &self,
        name: &'static str,
        secret: &SecretString,
        lasts: Duration,
    ) -> Cookie<'static> {
        let mut cookie = self.cookie_of(name, secret.expose_secret().to_owned());
        cookie.set_max_age(time::Duration::seconds(lasts.as_secs().cast_signed()));
        cookie
    }

    /// What makes the browser forget one.
    pub(crate) fn removal(&self, name: &'static str) -> Cookie<'static> {
        let mut cookie = self.cookie_of(name, String::new());
        cookie.make_removal();
        cookie
    }

    fn cookie_of(&self, name: &'static str, value: String) -> Cookie<'static> {
        // The session's comes along when somebody follows a link to here; with any other only the page goes on that began.
        let same_site = if name == self.cookie_name() { SameSite::Lax } else { SameSite::Strict };
        Cookie::build(name, value)
            .path("/")
            .http_only(true)
            .secure(self.is_https())
            .same_site(same_site)
            .finish()
    }
}
