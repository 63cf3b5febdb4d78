//! Organizations, their members and keys.

use gloo_net::http::Method;
use types::ai::{AiSettings, SetAi};
use types::api_key::{ApiKey, CreateApiKey, RotateApiKey};
use types::notification::{Notifications, SetNotifications};
use types::organization::{
    ConnectionReport, CreateInvitation, CreateOrganization, DecideJoinRequest, Invitation, JoinAnswer,
    JoinOrganization, JoinRequest, KeyReport, Member, Organization, PatchMember, PatchOrganization,
    ReceivedInvitations, Retention, Setup, TestConnection,
};
use types::{ApiKeyId, InvitationId, OrgId, UserId};

use crate::api::NO_BODY;
use crate::{Api, Change, Failure, Query};

impl Api {
    /// `POST /api/orgs`
    pub async fn create_organization(&self, name: &str) -> Result<Organization, Failure> {
        let body = CreateOrganization { name: name.to_owned() };
        self.ask(Method::POST, "/api/orgs", Some(&body)).await
    }

    /// `POST /api/orgs/join`
    pub async fn join_organization(&self, body: &JoinOrganization) -> Result<JoinAnswer, Failure> {
        self.ask(Method::POST, "/api/orgs/join", Some(body)).await
    }

    /// `GET /api/org`
    pub async fn organization(&self) -> Result<Organization, Failure> {
        self.get("/api/org", &Query::new()).await
    }

    /// `PATCH /api/org`
    pub async fn rename_organization(&self, name: &str, was: &str) -> Result<Change<Organization>, Failure> {
        let body = PatchOrganization { name: Some(name.to_owned()), ..PatchOrganization::default() };
        let is_as_read = |now: &Organization| now.name == was;
        self.change("/api/org", is_as_read, Method::PATCH, "/api/org", &body).await
    }

    /// `PATCH /api/org`
    pub async fn set_retention(
        &self,
        retention: Retention,
        was: Retention,
    ) -> Result<Change<Organization>, Failure> {
        let body = PatchOrganization { retention: Some(retention), ..PatchOrganization::default() };
        let is_as_read = |now: &Organization| now.retention == was;
        self.change("/api/org", is_as_read, Method::PATCH, "/api/org", &body).await
    }

    /// `DELETE /api/org`
    pub async fn delete_organization(&self) -> Result<(), Failure> {
        self.tell(Method::DELETE, "/api/org", NO_BODY).await
    }

    /// `POST /api/orgs/{id}/restore`
    pub async fn restore_organization(&self, id: OrgId) -> Result<Organization, Failure> {
        self.ask(Method::POST, &format!("/api/orgs/{id}/restore"), NO_BODY).await
    }

    /// `POST /api/org/setup`
    pub async fn setup(&self, body: &Setup) -> Result<Organization, Failure> {
        self.ask(Method::POST, "/api/org/setup", Some(body)).await
    }

    /// `POST /api/org/test-connection`
    pub async fn test_connection(&self, body: &TestConnection) -> Result<ConnectionReport, Failure> {
        self.ask(Method::POST, "/api/org/test-connection", Some(body)).await
    }

    /// `PUT /api/org/ai`
    pub async fn set_ai(&self, body: &SetAi) -> Result<AiSettings, Failure> {
        self.ask(Method::PUT, "/api/org/ai", Some(body)).await
    }

    /// `GET /api/org/notifications`
    pub async fn notifications(&self) -> Result<Notifications, Failure> {
        self.get("/api/org/notifications", &Query::new()).await
    }

    /// `PUT /api/org/notifications`
    pub async fn set_notifications(&self, body: &SetNotifications) -> Result<Notifications, Failure> {
        self.ask(Method::PUT, "/api/org/notifications", Some(body)).await
    }

    /// `POST /api/org/rotate-keys`
    pub async fn rotate_keys(&self) -> Result<KeyReport, Failure> {
        self.ask(Method::POST, "/api/org/rotate-keys", NO_BODY).await
    }

    /// `POST /api/org/re-encrypt`
    pub async fn re_encrypt(&self) -> Result<KeyReport, Failure> {
        self.ask(Method::POST, "/api/org/re-encrypt", NO_BODY).await
    }

    /// `GET /api/org/members`, all pages.
    pub async fn members(&self) -> Result<Vec<Member>, Failure> {
        self.all("/api/org/members").await
    }

    /// `PATCH /api/org/members/{user}`
    pub async fn patch_member(&self, user: UserId, body: &PatchMember) -> Result<(), Failure> {
        self.tell(Method::PATCH, &format!("/api/org/members/{user}"), Some(body)).await
    }

    /// `DELETE /api/org/members/{user}`
    pub async fn remove_member(&self, user: UserId) -> Result<(), Failure> {
        self.tell(Method::DELETE, &format!("/api/org/members/{user}"), NO_BODY).await
    }

    /// `DELETE /api/org/members/me`
    pub async fn leave_organization(&self) -> Result<(), Failure> {
        self.tell(Method::DELETE, "/api/org/members/me", NO_BODY).await
    }

    /// `GET /api/org/invitations`, all pages.
    pub async fn invitations(&self) -> Result<Vec<Invitation>, Failure> {
        self.all("/api/org/invitations").await
    }

    /// `GET /api/auth/invitations`
    pub async fn received_invitations(&self) -> Result<ReceivedInvitations, Failure> {
        self.get("/api/auth/invitations", &Query::new()).await
    }

    /// `POST /api/org/invitations`
    pub async fn invite(&self, body: &CreateInvitation) -> Result<Invitation, Failure> {
        self.ask(Method::POST, "/api/org/invitations", Some(body)).await
    }

    /// `DELETE /api/org/invitations/{id}`
    pub async fn revoke_invitation(&self, id: InvitationId) -> Result<(), Failure> {
        self.tell(Method::DELETE, &format!("/api/org/invitations/{id}"), NO_BODY).await
    }

    /// `GET /api/org/join-requests`, all pages.
    pub async fn join_requests(&self) -> Result<Vec<JoinRequest>, Failure> {
        self.all("/api/org/join-requests").await
    }

    /// `POST /api/org/join-requests/{user}`
    pub async fn decide_join_request(&self, user: UserId, body: &DecideJoinRequest) -> Result<(), Failure> {
        self.tell(Method::POST, &format!("/api/org/join-requests/{user}"), Some(body)).await
    }

    /// `GET /api/org/api-keys`, all pages.
    pub async fn api_keys(&self) -> Result<Vec<ApiKey>, Failure> {
        self.all("/api/org/api-keys").await
    }

    /// `POST /api/org/api-keys`
    pub async fn create_api_key(&self, body: &CreateApiKey) -> Result<ApiKey, Failure> {
        self.ask(Method::POST, "/api/org/api-keys", Some(body)).await
    }

    /// `POST /api/org/api-keys/{id}/rotate`
    pub async fn rotate_api_key(&self, id: ApiKeyId, body: RotateApiKey) -> Result<ApiKey, Failure> {
        self.ask(Method::POST, &format!("/api/org/api-keys/{id}/rotate"), Some(&body)).await
    }

    /// `DELETE /api/org/api-keys/{id}`
    pub async fn revoke_api_key(&self, id: ApiKeyId) -> Result<(), Failure> {
        self.tell(Method::DELETE, &format!("/api/org/api-keys/{id}"), NO_BODY).await
    }
}
