//! Links by mail.

use gloo_net::http::Method;
use types::email::{ChangeEmail, ConfirmEmail, EmailConfirmed, ForgotPassword, LinkSent, ResetPassword};

use crate::api::NO_BODY;
use crate::{Api, Failure};

impl Api {
    /// `POST /api/auth/password/forgot`
    pub async fn forgot_password(&self, email: &str) -> Result<LinkSent, Failure> {
        let body = ForgotPassword { email: email.to_owned() };
        self.ask(Method::POST, "/api/auth/password/forgot", Some(&body)).await
    }

    /// `POST /api/auth/password/reset`
    pub async fn reset_password(&self, body: &ResetPassword) -> Result<(), Failure> {
        self.tell(Method::POST, "/api/auth/password/reset", Some(body)).await
    }

    /// `POST /api/auth/email`
    pub async fn change_email(&self, email: &str) -> Result<LinkSent, Failure> {
        let body = ChangeEmail { email: email.to_owned() };
        self.ask(Method::POST, "/api/auth/email", Some(&body)).await
    }

    /// `POST /api/auth/email/send`
    pub async fn send_confirmation(&self) -> Result<LinkSent, Failure> {
        self.ask(Method::POST, "/api/auth/email/send", NO_BODY).await
    }

    /// `POST /api/auth/email/confirm`
    pub async fn confirm_email(&self, body: &ConfirmEmail) -> Result<EmailConfirmed, Failure> {
        self.ask(Method::POST, "/api/auth/email/confirm", Some(body)).await
    }
}
