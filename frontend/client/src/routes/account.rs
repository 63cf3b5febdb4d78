//! A person's own account.

use gloo_net::http::Method;
use types::SessionId;
use types::account::{ChangePassword, Confirm, Device, PatchUser};
use types::person::{ConfirmEmailAddress, SetAvatar};
use types::session::Me;

use crate::api::NO_BODY;
use crate::{Api, Failure, Query};

impl Api {
    /// `PATCH /api/auth/me`
    pub async fn rename_me(&self, name: &str) -> Result<Me, Failure> {
        let body = PatchUser { name: name.to_owned() };
        self.ask(Method::PATCH, "/api/auth/me", Some(&body)).await
    }

    /// `POST /api/auth/confirm`
    pub async fn confirm(&self, body: &Confirm) -> Result<(), Failure> {
        self.tell(Method::POST, "/api/auth/confirm", Some(body)).await
    }

    /// `POST /api/auth/password`
    pub async fn change_password(&self, body: &ChangePassword) -> Result<(), Failure> {
        self.tell(Method::POST, "/api/auth/password", Some(body)).await
    }

    /// `GET /api/auth/sessions`
    pub async fn devices(&self) -> Result<Vec<Device>, Failure> {
        self.all("/api/auth/sessions").await
    }

    /// `DELETE /api/auth/sessions/{id}`
    pub async fn end_device(&self, id: SessionId) -> Result<(), Failure> {
        self.tell(Method::DELETE, &format!("/api/auth/sessions/{id}"), NO_BODY).await
    }

    /// `POST /api/auth/sign-out-everywhere`
    pub async fn sign_out_everywhere(&self) -> Result<(), Failure> {
        self.tell(Method::POST, "/api/auth/sign-out-everywhere", NO_BODY).await
    }

    /// `PUT /api/auth/me/avatar`; the picture is in base64.
    pub async fn set_avatar(&self, image: String) -> Result<Me, Failure> {
        self.ask(Method::PUT, "/api/auth/me/avatar", Some(&SetAvatar { image })).await
    }

    /// `DELETE /api/auth/me/avatar`
    pub async fn remove_avatar(&self) -> Result<Me, Failure> {
        self.ask(Method::DELETE, "/api/auth/me/avatar", NO_BODY).await
    }

    /// `GET /api/auth/me/export`, as the text of the file that it is.
    pub async fn export_me(&self) -> Result<String, Failure> {
        self.get_text("/api/auth/me/export", &Query::new()).await
    }

    /// `POST /api/auth/me/deactivate`
    pub async fn deactivate_me(&self, email: &str) -> Result<(), Failure> {
        let body = ConfirmEmailAddress { email: email.to_owned() };
        self.tell(Method::POST, "/api/auth/me/deactivate", Some(&body)).await
    }

    /// `POST /api/auth/me/erase`
    pub async fn erase_me(&self, email: &str) -> Result<(), Failure> {
        let body = ConfirmEmailAddress { email: email.to_owned() };
        self.tell(Method::POST, "/api/auth/me/erase", Some(&body)).await
    }
}
