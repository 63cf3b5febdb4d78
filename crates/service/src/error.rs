//! Why a use case failed.

use integrations::ProviderError;
use integrations::{AgentError, AgentErrorKind, DnsError};
use types::permission::Permission;
use types::problem::{Code, FieldError};
use types::sso::DomainRecord;
use types::{RunId, Timestamp};

/// Every failure of a use case. `Display` is for the log; people read [`Error::detail`].
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("invalid: {0:?}")]
    Invalid(Vec<FieldError>),
    #[error("several sources and none is named")]
    SourceRequired,
    #[error("no organization is named")]
    OrganizationRequired,
    #[error("no valid credentials")]
    Unauthenticated,
    #[error("the access token has expired")]
    AccessTokenExpired,
    #[error("wrong e-mail or password")]
    WrongCredentials,
    #[error("a second factor is awaited")]
    SecondFactorRequired,
    #[error("no sign-in awaits this browser's second factor")]
    SignInExpired,
    #[error("lacks {}", .0.as_str())]
    Forbidden(Permission),
    /// Forbidden for another reason than a missing permission; the sentence says which.
    #[error("refused: {0}")]
    Refused(String),
    /// With the operator's reason.
    #[error("the organization is suspended: {0}")]
    Suspended(String),
    #[error("the password was given too long ago")]
    StepUpRequired,
    #[error("sign-up is closed")]
    SignUpClosed,
    #[error("a password does not suffice")]
    SsoRequired,
    /// The sentence says why.
    #[error("single sign-on denied: {0}")]
    SsoDenied(String),
    #[error("no single sign-on for the address")]
    SsoUnavailable,
    #[error("no single sign-on awaits this browser")]
    SsoExpired,
    #[error("single sign-on: {0}")]
    Provider(#[source] ProviderError),
    /// What the domain has to publish.
    #[error("the domain does not publish {0:?}")]
    DomainUnproved(DomainRecord),
    #[error("domain names: {0}")]
    Dns(#[source] DnsError),
    /// The word names what is missing, such as `source`.
    #[error("no such {0}")]
    NotFound(&'static str),
    /// The sentence says what it conflicts with and what to do.
    #[error("conflict: {0}")]
    Conflict(String),
    #[error("it is not what was read any more")]
    PreconditionFailed,
    /// The organization has as many as it may have; the sentence says of what and what to do.
    #[error("plan limit: {0}")]
    PlanLimit(String),
    /// The file, or what it would change, is not what the plan was made of.
    #[error("the plan is out of date")]
    PlanOutdated,
    /// The names of the organizations that would be left without an active owner.
    #[error("the last owner of {0:?}")]
    LastOwner(Vec<String>),
    #[error("the e-mail address is taken")]
    EmailTaken,
    #[error("the link's token is not known, was used or has expired")]
    LinkExpired,
    #[error("run {0} is under way")]
    ScanRunning(RunId),
    #[error("the idempotency key is in use")]
    IdempotencyInProgress,
    #[error("whoever worked on the idempotency key's request is gone")]
    IdempotencyUnknown,
    #[error("the idempotency key belongs to another request")]
    IdempotencyMismatch,
    #[error("nothing has been scanned")]
    NoSnapshot,
    #[error("version {version} is not kept any more")]
    VersionRemoved { version: u32, at: Timestamp },
    #[error("too many requests")]
    TooManyRequests { retry_after_seconds: u64 },
    /// The sentence says what is missing and where to set it.
    #[error("not configured: {0}")]
    NotConfigured(String),
    #[error("{}", .0.message)]
    Agent(#[source] AgentError),
    #[error(transparent)]
    Store(store::Error),
    /// A rule of our own was broken; the text is for the log only.
    #[error("internal: {0}")]
    Internal(String),
}

impl Error {
    /// One fault of one field.
    #[must_use]
    pub fn field(pointer: &str, code: &str, detail: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError::new(pointer, code, detail)])
    }

    /// For `map_err`: what the store does not find is a missing `what`.
    pub(crate) fn missing(what: &'static str) -> impl FnOnce(store::Error) -> Self {
        move |error| match error {
            store::Error::NotFound => Self::NotFound(what),
            error => Self::Store(error),
        }
    }

    /// The row of the table of problems.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Invalid(_) => Code::Invalid,
            Self::SourceRequired => Code::SourceRequired,
            Self::OrganizationRequired => Code::OrganizationRequired,
            Self::Unauthenticated => Code::Unauthenticated,
            Self::AccessTokenExpired => Code::AccessTokenExpired,
            Self::WrongCredentials => Code::WrongCredentials,
            Self::SecondFactorRequired => Code::SecondFactorRequired,
            Self::SignInExpired => Code::SignInExpired,
            Self::Forbidden(_) | Self::Refused(_) => Code::Forbidden,
            Self::Suspended(_) => Code::OrganizationSuspended,
            Self::StepUpRequired => Code::StepUpRequired,
            Self::SignUpClosed => Code::SignUpClosed,
            Self::SsoRequired => Code::SsoRequired,
            Self::SsoDenied(_) | Self::Provider(ProviderError::Refused(_)) => Code::SsoDenied,
            Self::SsoUnavailable => Code::SsoUnavailable,
            Self::SsoExpired => Code::SsoExpired,
            Self::Provider(ProviderError::Unreachable(_)) => Code::SsoUnreachable,
            Self::DomainUnproved(_) => Code::DomainUnproved,
            Self::Dns(_) => Code::DnsUnreachable,
            Self::Provider(ProviderError::Invalid(_)) => Code::SsoInvalid,
            Self::NotFound(_) => Code::NotFound,
            Self::Conflict(_) => Code::Conflict,
            Self::PreconditionFailed => Code::PreconditionFailed,
            Self::PlanLimit(_) => Code::PlanLimit,
            Self::PlanOutdated => Code::PlanOutdated,
            Self::LastOwner(_) => Code::LastOwner,
            Self::EmailTaken => Code::EmailTaken,
            Self::LinkExpired => Code::LinkExpired,
            Self::ScanRunning(_) => Code::ScanRunning,
            Self::IdempotencyInProgress => Code::IdempotencyInProgress,
            Self::IdempotencyUnknown => Code::IdempotencyUnknown,
            Self::IdempotencyMismatch => Code::IdempotencyMismatch,
            Self::NoSnapshot => Code::NoSnapshot,
            Self::VersionRemoved { .. } => Code::VersionRemoved,
            Self::TooManyRequests { .. } => Code::TooManyRequests,
            Self::NotConfigured(_) => Code::NotConfigured,
            Self::Agent(error) => agent_code(error.kind),
            Self::Store(error) => store_code(error),
            Self::Internal(_) => Code::Internal,
        }
    }

    /// What happened and what to do, for people.
    #[must_use]
    pub fn detail(&self) -> String {
        match self {
            Self::Invalid(fields) => match fields.as_slice() {
                [one] => one.detail.clone(),
                _ => format!("{} fields do not fit; see `errors`.", fields.len()),
            },
            Self::SourceRequired => {
                "There are several sources. Name one with ?source= (its name or id).".to_owned()
            }
            Self::OrganizationRequired => {
                "Name the organization with the X-Bastion-Org header or ?org=, or create one first."
                    .to_owned()
            }
            Self::Unauthenticated => {
                "Sign in, or send an API key or an access token as a bearer token.".to_owned()
            }
            Self::AccessTokenExpired => {
                "Exchange your API key or your session for another by POST /api/auth/token.".to_owned()
            }
            Self::WrongCredentials => "Check the e-mail address and the password.".to_owned(),
            Self::SecondFactorRequired => {
                "Send the code that your authenticator app shows, or a recovery code, to \
                 /api/auth/second-factor/verify within ten minutes."
                    .to_owned()
            }
            Self::SignInExpired => {
                "This sign-in took longer than ten minutes, or had too many wrong codes. Enter your e-mail address and \
                 your password again."
                    .to_owned()
            }
            Self::Suspended(reason) => format!(
                "Whoever runs this Bastion has suspended the organization: {reason} Nothing is scanned meanwhile, and \
                 nothing is lost."
            ),
            Self::Forbidden(permission) => format!(
                "This needs the permission {}, which the role {} has. Ask an administrator of the organization.",
                permission.as_str(),
                permission.least_role().as_str()
            ),
            Self::StepUpRequired => {
                "This is asked of you again before what is dangerous. Send your password to /api/auth/confirm, with a \
                 code where you have a second factor, then the same request once more."
                    .to_owned()
            }
            Self::SignUpClosed => "Ask an administrator for an invitation.".to_owned(),
            Self::SsoRequired => {
                "This organization lets you in by its own provider alone. Enter your e-mail address and continue with \
                 single sign-on."
                    .to_owned()
            }
            Self::SsoUnavailable => {
                "No organization has single sign-on for this address. Sign in with your password, or ask an owner of \
                 your organization."
                    .to_owned()
            }
            Self::SsoExpired => {
                "It was begun in another browser, was completed already, or took longer than ten minutes. Enter your \
                 e-mail address and continue with single sign-on again."
                    .to_owned()
            }
            Self::Provider(error) => error.to_string(),
            Self::DomainUnproved(record) => format!(
                "There is no TXT record {} with the text {}. Publish it where the domain is run. It can take an hour until \
                 others see it; then check again.",
                record.name, record.value
            ),
            Self::Dns(error) => {
                format!("What the domain publishes could not be looked up: {error}. Check again in a moment.")
            }
            Self::NotFound(what) => format!("There is no such {what}, or you may not see it."),
            Self::PreconditionFailed => {
                "It is not what you read any more. Nothing was changed. Read it again, make your change to what you find, \
                 and send the ETag that came with it as If-Match."
                    .to_owned()
            }
            Self::PlanOutdated => {
                "The file or what it would change is not what was planned. Nothing was changed; plan again."
                    .to_owned()
            }
            Self::LastOwner(organizations) => format!(
                "{} would have no owner. Make somebody else an owner there first, or delete the organization.",
                organizations.join(", ")
            ),
            Self::EmailTaken => "Sign in instead, or use another address.".to_owned(),
            Self::LinkExpired => {
                "It was used, it is too old, or a newer one was sent. Ask for another, and take the last mail.".to_owned()
            }
            Self::ScanRunning(run) => format!("Run {run} is under way. Wait for it or cancel it."),
            Self::IdempotencyInProgress => {
                "A request with this idempotency key is being worked on. Try again in a moment.".to_owned()
            }
            Self::IdempotencyUnknown => {
                "A request with this idempotency key was begun and never answered, so it may have been done. Look \
                 whether it was; if not, send it with a new key."
                    .to_owned()
            }
            Self::IdempotencyMismatch => {
                "This idempotency key was used with another body. Use a new key for a new request.".to_owned()
            }
            Self::NoSnapshot => "Run the first scan of the source.".to_owned(),
            Self::VersionRemoved { version, at } => format!(
                "Version {version} was removed on {}, as the organization's settings say how long versions are \
                 kept. What changed with it is still in the drift history; take a version that the schema's \
                 history shows as kept.",
                at.0.format("%Y-%m-%d")
            ),
            Self::TooManyRequests { retry_after_seconds } => {
                format!("Try again in {retry_after_seconds} seconds.")
            }
            Self::Refused(sentence)
            | Self::SsoDenied(sentence)
            | Self::Conflict(sentence)
            | Self::PlanLimit(sentence)
            | Self::NotConfigured(sentence) => sentence.clone(),
            Self::Agent(error) => error.message.clone(),
            Self::Store(error) => store_detail(error).to_owned(),
            Self::Internal(_) => INTERNAL.to_owned(),
        }
    }

    /// After how many seconds the same may succeed, where that can be told.
    #[must_use]
    pub fn retry_after_seconds(&self) -> Option<u64> {
        match self {
            Self::TooManyRequests { retry_after_seconds } => Some(*retry_after_seconds),
            Self::Store(store::Error::OrganizationMoving) => Some(MOVE_SECONDS),
            Self::Store(store::Error::OrganizationBehind) => Some(MIGRATION_SECONDS),
            _ => None,
        }
    }

    /// What is wrong with which field.
    #[must_use]
    pub fn fields(&self) -> &[FieldError] {
        match self {
            Self::Invalid(fields) => fields,
            _ => &[],
        }
    }
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::NotFound => Self::NotFound("object"),
            error => Self::Store(error),
        }
    }
}

impl From<DnsError> for Error {
    fn from(error: DnsError) -> Self {
        Self::Dns(error)
    }
}

impl From<ProviderError> for Error {
    fn from(error: ProviderError) -> Self {
        Self::Provider(error)
    }
}

impl From<AgentError> for Error {
    fn from(error: AgentError) -> Self {
        Self::Agent(error)
    }
}

const INTERNAL: &str = "It was logged. Give the request id to whoever runs this server.";

/// Most organizations are moved in this time.
const MOVE_SECONDS: u64 = 10;
/// Somebody has to migrate the schema, or does so now.
const MIGRATION_SECONDS: u64 = 60;

fn agent_code(kind: AgentErrorKind) -> Code {
    match kind {
        AgentErrorKind::Unreachable => Code::AgentUnreachable,
        AgentErrorKind::Unauthorized => Code::AgentUnauthorized,
        AgentErrorKind::NotMcp => Code::AgentNotMcp,
        AgentErrorKind::Protocol => Code::AgentProtocol,
        AgentErrorKind::Timeout => Code::AgentTimeout,
        AgentErrorKind::EgressRefused => Code::EgressRefused,
        AgentErrorKind::JobUnknown | AgentErrorKind::Busy | AgentErrorKind::Failed => Code::AgentFailed,
    }
}

fn store_code(error: &store::Error) -> Code {
    match error {
        store::Error::NotFound => Code::NotFound,
        store::Error::Conflict { .. } => Code::Conflict,
        store::Error::StorageFull => Code::StorageFull,
        store::Error::Busy
        | store::Error::Unavailable
        | store::Error::MasterKeyReplaced
        | store::Error::OrganizationMoving
        | store::Error::OrganizationBehind => Code::Unavailable,
        store::Error::CommitUnknown => Code::OutcomeUnknown,
        store::Error::SecretUnreadable => Code::SecretUnreadable,
        _ => Code::Internal,
    }
}

fn store_detail(error: &store::Error) -> &'static str {
    match error {
        store::Error::NotFound => "There is no such object, or you may not see it.",
        store::Error::Conflict { .. } => "Something with the same name or key is there already.",
        store::Error::StorageFull => {
            "The database is full or read-only. What is stored can still be read; free some space."
        }
        store::Error::Busy => "The database is busy. Try again in a moment.",
        store::Error::OrganizationMoving => {
            "The organization's data is being moved and can only be read meanwhile. Nothing was changed. Try again in a moment."
        }
        store::Error::OrganizationBehind => {
            "The organization's tables are being brought up to date. Nothing was changed. Try again in a minute; if it goes \
             on, tell whoever runs this server."
        }
        store::Error::MasterKeyReplaced => {
            "The key that opens secrets was replaced. Try again in a moment; if it goes on, this server has to be \
             restarted with the new one."
        }
        store::Error::Unavailable => "The database does not answer. Try again in a moment.",
        store::Error::CommitUnknown => {
            "The database went away as this was being kept, so it may have been done. Look whether it was before you ask \
             for it again."
        }
        store::Error::SecretUnreadable => {
            "A stored secret cannot be opened with the present master key. Enter it again in the settings, or start the server with the right key."
        }
        _ => INTERNAL,
    }
}
