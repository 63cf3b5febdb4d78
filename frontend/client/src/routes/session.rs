//! Who is signed in.

use gloo_net::http::Method;
use serde::Deserialize;
use types::email::LinkSent;
use types::session::{Me, SignIn, SignInMethods, SignInWithClerk, SignUp, SwitchOrganization};

use crate::api::NO_BODY;
use crate::{Api, Failure, Query};

/// What becomes of signing up.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum SignedUp {
    /// Signed in.
    Me(Box<Me>),
    /// The address is to be confirmed first.
    LinkSent(LinkSent),
}

impl Api {
    /// `GET /api/auth/me`
    pub async fn me(&self) -> Result<Me, Failure> {
        self.get("/api/auth/me", &Query::new()).await
    }

    /// `POST /api/auth/sign-up`
    pub async fn sign_up(&self, body: &SignUp) -> Result<SignedUp, Failure> {
        self.ask(Method::POST, "/api/auth/sign-up", Some(body)).await
    }

    /// `POST /api/auth/sign-in`
    pub async fn sign_in(&self, body: &SignIn) -> Result<Me, Failure> {
        self.ask(Method::POST, "/api/auth/sign-in", Some(body)).await
    }

    /// `GET /api/auth/methods`
    pub async fn sign_in_methods(&self) -> Result<SignInMethods, Failure> {
        self.get("/api/auth/methods", &Query::new()).await
    }

    /// `POST /api/auth/clerk`
    pub async fn sign_in_with_clerk(&self, token: String) -> Result<Me, Failure> {
        self.ask(Method::POST, "/api/auth/clerk", Some(&SignInWithClerk { token })).await
    }

    /// `POST /api/auth/sign-out`
    pub async fn sign_out(&self) -> Result<(), Failure> {
        self.tell(Method::POST, "/api/auth/sign-out", NO_BODY).await
    }

    /// `POST /api/auth/switch-org`
    pub async fn switch_organization(&self, org: &str) -> Result<(), Failure> {
        let body = SwitchOrganization { org: org.to_owned() };
        self.tell(Method::POST, "/api/auth/switch-org", Some(&body)).await
    }
}
