//! Single sign-on.

use gloo_net::http::Method;
use types::session::Me;
use types::sso::{FinishSso, SetSso, SsoSettings, SsoStarted, StartSso};

use crate::api::NO_BODY;
use crate::query::escape;
use crate::{Api, Failure, Query};

impl Api {
    /// `POST /api/auth/oidc/start`
    pub async fn start_sso(&self, email: &str) -> Result<SsoStarted, Failure> {
        let body = StartSso { email: email.to_owned() };
        self.ask(Method::POST, "/api/auth/oidc/start", Some(&body)).await
    }

    /// `POST /api/auth/oidc/callback`
    pub async fn finish_sso(&self, body: &FinishSso) -> Result<Me, Failure> {
        self.ask(Method::POST, "/api/auth/oidc/callback", Some(body)).await
    }

    /// `GET /api/org/sso`
    pub async fn sso(&self) -> Result<SsoSettings, Failure> {
        self.get("/api/org/sso", &Query::new()).await
    }

    /// `PUT /api/org/sso`
    pub async fn set_sso(&self, body: &SetSso) -> Result<SsoSettings, Failure> {
        self.ask(Method::PUT, "/api/org/sso", Some(body)).await
    }

    /// `DELETE /api/org/sso`
    pub async fn remove_sso(&self) -> Result<(), Failure> {
        self.tell(Method::DELETE, "/api/org/sso", NO_BODY).await
    }

    /// `POST /api/org/sso/domains/{domain}/verify`
    pub async fn verify_sso_domain(&self, domain: &str) -> Result<SsoSettings, Failure> {
        let path = format!("/api/org/sso/domains/{}/verify", escape(domain));
        self.ask(Method::POST, &path, NO_BODY).await
    }
}
