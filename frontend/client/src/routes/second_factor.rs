//! A person's second factor.

use gloo_net::http::Method;
use types::second_factor::{
    ConfirmSecondFactor, RecoveryCodes, SecondFactor, SecondFactorProof, SecondFactorSetup,
};
use types::session::Me;

use crate::api::NO_BODY;
use crate::{Api, Failure, Query};

impl Api {
    /// `GET /api/auth/second-factor`
    pub async fn second_factor(&self) -> Result<SecondFactor, Failure> {
        self.get("/api/auth/second-factor", &Query::new()).await
    }

    /// `POST /api/auth/second-factor`
    pub async fn set_up_second_factor(&self) -> Result<SecondFactorSetup, Failure> {
        self.ask(Method::POST, "/api/auth/second-factor", NO_BODY).await
    }

    /// `POST /api/auth/second-factor/confirm`
    pub async fn confirm_second_factor(&self, code: &str) -> Result<RecoveryCodes, Failure> {
        let body = ConfirmSecondFactor { code: code.to_owned() };
        self.ask(Method::POST, "/api/auth/second-factor/confirm", Some(&body)).await
    }

    /// `POST /api/auth/second-factor/recovery-codes`
    pub async fn replace_recovery_codes(&self) -> Result<RecoveryCodes, Failure> {
        self.ask(Method::POST, "/api/auth/second-factor/recovery-codes", NO_BODY).await
    }

    /// `DELETE /api/auth/second-factor`
    pub async fn disable_second_factor(&self) -> Result<(), Failure> {
        self.tell(Method::DELETE, "/api/auth/second-factor", NO_BODY).await
    }

    /// `POST /api/auth/second-factor/verify`
    pub async fn verify_second_factor(&self, proof: &SecondFactorProof) -> Result<Me, Failure> {
        self.ask(Method::POST, "/api/auth/second-factor/verify", Some(proof)).await
    }
}
