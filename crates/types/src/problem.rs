//! Errors as RFC 9457 problems, with a stable code from one table.

use serde::{Deserialize, Serialize};

/// `application/problem+json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// `https://bastion.dev/problems/<code>`; a name, not an address.
    #[serde(rename = "type")]
    pub kind: String,
    pub title: String,
    pub status: u16,
    /// From the table of `Code`.
    pub code: String,
    /// What happened and what to do.
    pub detail: String,
    /// The path that was asked for.
    pub instance: String,
    pub request_id: String,
    /// What is wrong with which field.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
}

/// One fault of one field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FieldError {
    /// JSON pointer into the request's body, such as `/email`.
    pub pointer: String,
    pub code: String,
    pub detail: String,
    /// Where the field is a text that is itself a file, such as a policy: the line of the fault, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
}

impl FieldError {
    /// A fault of a field, without a line.
    #[must_use]
    pub fn new(pointer: &str, code: &str, detail: impl Into<String>) -> Self {
        Self { pointer: pointer.to_owned(), code: code.to_owned(), detail: detail.into(), line: None }
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $word:literal, $status:literal, $title:literal;)*) => {
        /// Every kind of failure that the API answers.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code {
            $($(#[$doc])* $name,)*
        }

        impl Code {
            /// All of them, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The stable word in JSON.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word),* }
            }

            /// The HTTP status.
            #[must_use]
            pub fn status(self) -> u16 {
                match self { $(Self::$name => $status),* }
            }

            /// A few words for a heading.
            #[must_use]
            pub fn title(self) -> &'static str {
                match self { $(Self::$name => $title),* }
            }
        }
    };
}

codes! {
    /// The body, a parameter or a header does not fit; `errors` says where.
    Invalid = "invalid", 400, "The request is not valid";
    /// The body is not JSON.
    MalformedJson = "malformed_json", 400, "The body is not valid JSON";
    /// There are several sources and the request names none.
    SourceRequired = "source_required", 400, "Say which source";
    /// The caller belongs to several organizations or to none, and the request names none.
    OrganizationRequired = "organization_required", 400, "Say which organization";
    Unauthenticated = "unauthenticated", 401, "Sign in first";
    /// The access token was good and has ended: exchange the API key for another.
    AccessTokenExpired = "access_token_expired", 401, "The access token has expired";
    /// E-mail and password do not match; deliberately no more than that.
    WrongCredentials = "wrong_credentials", 401, "E-mail or password is wrong";
    /// The password was right, and a code is awaited: `POST /api/auth/second-factor/verify`, by the same browser.
    SecondFactorRequired = "second_factor_required", 401, "Enter the code of your second factor";
    /// The sign-in took too long, or had too many wrong codes: begin again with the password.
    SignInExpired = "sign_in_expired", 401, "Sign in again";
    /// The organization has as many as the operator lets it have; `detail` says of what.
    PlanLimit = "plan_limit", 402, "The organization's limit is reached";
    Forbidden = "forbidden", 403, "You may not do this";
    /// The operator lets nobody of the organization in, for the reason that `detail` tells, until it is reactivated.
    OrganizationSuspended = "organization_suspended", 403, "This organization is suspended";
    /// The person must give their password again first, and a code where a second factor is on: `POST /api/auth/confirm`, then the same request.
    StepUpRequired = "step_up_required", 403, "Confirm that it is you";
    /// A browser sent it from another site.
    CrossSite = "cross_site", 403, "Refused: the request came from another site";
    SignUpClosed = "sign_up_closed", 403, "Sign-up is closed";
    /// A password does not open the organization to this person: they sign in by its provider.
    SsoRequired = "sso_required", 403, "Sign in with single sign-on";
    /// The provider, or what it says of the person, does not let them in; `detail` says why.
    SsoDenied = "sso_denied", 403, "Single sign-on did not let you in";
    /// No organization has single sign-on for the address's domain.
    SsoUnavailable = "sso_unavailable", 404, "No single sign-on for this address";
    /// The sign-in was begun in another browser, was completed already, or took too long.
    SsoExpired = "sso_expired", 401, "Begin single sign-on again";
    /// The provider does not answer.
    SsoUnreachable = "sso_unreachable", 502, "The sign-in provider cannot be reached";
    /// What the provider answered cannot be believed; `detail` says why.
    SsoInvalid = "sso_invalid", 502, "The sign-in provider's answer is not valid";
    /// The domain does not publish what proves that it is the organization's, or nobody sees it yet; `detail` says what to do.
    DomainUnproved = "domain_unproved", 422, "The domain is not proved yet";
    /// No name server answers what a domain publishes.
    DnsUnreachable = "dns_unreachable", 502, "No name server answers";
    NotFound = "not_found", 404, "Not found";
    MethodNotAllowed = "method_not_allowed", 405, "This method does not exist here";
    Conflict = "conflict", 409, "It conflicts with what is there";
    /// What a plan was made of has changed since; `detail` says what to do.
    PlanOutdated = "plan_outdated", 409, "The plan is out of date";
    /// Without the person an organization would have no active owner; `detail` names the organizations.
    LastOwner = "last_owner", 409, "An organization would be left without an owner";
    EmailTaken = "email_taken", 409, "This e-mail address has an account";
    /// A scan of the source is under way; `detail` names its run.
    ScanRunning = "scan_running", 409, "A scan of this source is running";
    /// The same idempotency key is being worked on.
    IdempotencyInProgress = "idempotency_in_progress", 409, "The same request is being worked on";
    /// The same idempotency key was never answered, perhaps as the server was killed: it may have been done.
    IdempotencyUnknown = "idempotency_unknown", 409, "Nobody knows whether the same request was done";
    /// What `If-Match` names is not what is there any more; read it again, and change that.
    PreconditionFailed = "precondition_failed", 412, "It was changed meanwhile";
    /// The same idempotency key with another body.
    IdempotencyMismatch = "idempotency_mismatch", 422, "The idempotency key was used for another request";
    BodyTooLarge = "body_too_large", 413, "The body is too large";
    /// The body's last byte had not come when the server gave up.
    BodyTooSlow = "body_too_slow", 408, "The body did not come in time";
    UnsupportedMediaType = "unsupported_media_type", 415, "The body must be JSON";
    /// Nothing has been scanned yet.
    NoSnapshot = "no_snapshot", 404, "There is no snapshot yet";
    /// The version was there and is not kept any more; `detail` says since when.
    VersionRemoved = "version_removed", 410, "This version is not kept any more";
    /// The token of a mailed link was used, has expired, or a newer one was sent.
    LinkExpired = "link_expired", 410, "The link does not work any more";
    TooManyRequests = "too_many_requests", 429, "Too many requests";
    /// The address is not one that this server may call; `detail` names the entry to add.
    EgressRefused = "egress_refused", 422, "This address may not be called";
    /// A connection or a source lacks what the action needs.
    NotConfigured = "not_configured", 422, "Not configured yet";
    /// Nothing answers at the address.
    AgentUnreachable = "agent_unreachable", 502, "The agent cannot be reached";
    /// The agent or the gateway refused the token.
    AgentUnauthorized = "agent_unauthorized", 502, "The agent refused the token";
    /// Whatever answers there does not speak MCP.
    AgentNotMcp = "agent_not_mcp", 502, "No MCP server answers at this address";
    /// The agent broke its contract: an oversized page, an unexpected shape.
    AgentProtocol = "agent_protocol", 502, "The agent's answer cannot be used";
    /// The agent said that it failed; `detail` is its sentence.
    AgentFailed = "agent_failed", 502, "The agent could not do it";
    /// The agent did not answer in time.
    AgentTimeout = "agent_timeout", 504, "The agent did not answer in time";
    /// Disk full or database read-only.
    StorageFull = "storage_full", 507, "Nothing can be stored now";
    /// A secret cannot be opened with the present master key.
    SecretUnreadable = "secret_unreadable", 500, "A stored secret cannot be read";
    Unavailable = "unavailable", 503, "Not available right now";
    /// The database went away as a change was committed: it may have been done.
    OutcomeUnknown = "outcome_unknown", 503, "Nobody knows whether it was done";
    Internal = "internal", 500, "Something went wrong on the server";
}
