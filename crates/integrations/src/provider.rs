//! How those fail who vouch for people.

/// Why a sign-in by a provider did not come about, as a sentence that says what to do. Holds no token and no foreign text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// Nothing answers, or this server may not call it.
    #[error("{0}")]
    Unreachable(String),
    /// What it answers is not what a provider answers, or cannot be believed.
    #[error("{0}")]
    Invalid(String),
    /// The provider does not take this sign-in or this client.
    #[error("{0}")]
    Refused(String),
}

impl ProviderError {
    /// An answer that cannot be believed; `why` begins with a small letter.
    pub(crate) fn invalid(why: &str) -> Self {
        Self::Invalid(format!(
            "The provider's answer was refused: {why}. Try again; if it stays, tell an owner of the organization."
        ))
    }

    /// A description that cannot be used; `why` begins with a small letter.
    pub(crate) fn unusable(why: &str) -> Self {
        Self::Invalid(format!(
            "What answers at the issuer's address is not a provider that can be used: {why}. The issuer has to be \
             written exactly as the provider's own description writes it."
        ))
    }
}
