//! Lists that are narrowed to what somebody answers for, or to what is tagged.

use types::UserId;
use types::ownership::{Owner, Ownership};

use crate::{Error, Scope};

/// Which objects a list is about. Nothing is left out by the default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    pub owner: Option<OwnerFilter>,
    /// In any case.
    pub tag: Option<String>,
}

/// Whose objects a list is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OwnerFilter {
    Nobody,
    /// Whoever asks.
    Me,
    Member(UserId),
    /// In any case.
    Team(String),
}

impl OwnerFilter {
    /// `none`, `me`, a member's id, or a team's name.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        match text {
            "none" => Self::Nobody,
            "me" => Self::Me,
            text => match text.parse() {
                Ok(id) => Self::Member(id),
                Err(_) => Self::Team(text.to_owned()),
            },
        }
    }
}

impl Filter {
    /// From the words of a request; empty ones narrow nothing.
    #[must_use]
    pub fn parse(owner: Option<&str>, tag: Option<&str>) -> Self {
        let filled =
            |text: Option<&str>| text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
        Self { owner: filled(owner).map(|owner| OwnerFilter::parse(&owner)), tag: filled(tag) }
    }

    /// The filter with the actor's id in the place of `me`; `None` when it narrows nothing.
    ///
    /// # Errors
    /// [`Error::Invalid`] when an API key asks for its own.
    pub(crate) fn asked_by<P>(self, scope: &Scope<P>) -> Result<Option<Self>, Error> {
        let owner = match self.owner {
            Some(OwnerFilter::Me) => {
                let nobody = || Error::field("/owner", "nobody", "A key is nobody who owns anything.");
                Some(OwnerFilter::Member(scope.actor().user_id().ok_or_else(nobody)?))
            }
            other => other,
        };
        let filter = Self { owner, tag: self.tag };
        Ok((filter != Self::default()).then_some(filter))
    }

    /// Whether an object is meant.
    pub(crate) fn wants(&self, ownership: &Ownership) -> bool {
        let owner = ownership.owner.as_ref().map(|resolved| &resolved.owner);
        let owned = match (&self.owner, owner) {
            (None, _) | (Some(OwnerFilter::Nobody), None) => true,
            (Some(OwnerFilter::Member(wanted)), Some(Owner::Member { id })) => wanted == id,
            (Some(OwnerFilter::Team(wanted)), Some(Owner::Team { name })) => {
                wanted.to_lowercase() == name.to_lowercase()
            }
            (Some(_), _) => false,
        };
        owned && self.tag.as_ref().is_none_or(|tag| ownership.has_tag(tag))
    }
}
