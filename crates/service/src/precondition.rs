//! Changes that are made only to what their maker has read: by the entity tag that came with it, or by the version that the
//! document names.

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::Error;

/// So much of the hash is in a tag.
const TAG_BYTES: usize = 16;

/// The entity tag of a JSON answer: the same as long as each of its bytes is.
#[must_use]
pub fn tag(json: &[u8]) -> String {
    hex::encode(&Sha256::digest(json)[..TAG_BYTES])
}

/// The tag of what people change of a document.
pub(crate) fn tag_of(part: &impl Serialize) -> Result<String, Error> {
    let json = serde_json::to_vec(part)
        .map_err(|error| Error::Internal(format!("a document has no JSON: {error}")))?;
    Ok(tag(&json))
}

/// What is read of which people change a part, and scans the rest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tagged<T> {
    pub document: T,
    /// Of that part: what a scan finds in between keeps nobody from changing it.
    pub tag: String,
}

/// What a request requires of the document that it changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Precondition(Option<Vec<String>>);

impl Precondition {
    /// The document must still be as it was answered with one of these tags.
    #[must_use]
    pub fn one_of(tags: Vec<String>) -> Self {
        Self(Some(tags))
    }

    /// Whether anything is required. What costs much to read need not be read otherwise.
    pub(crate) fn is_some(&self) -> bool {
        self.0.is_some()
    }

    /// Refuses when something is required and the document, or what people change of it, is another now than its address
    /// answered. The caller's transaction must keep others from changing it meanwhile.
    ///
    /// # Errors
    /// [`Error::PreconditionFailed`] when it is another.
    pub(crate) fn check(&self, part: &impl Serialize) -> Result<(), Error> {
        let Some(tags) = &self.0 else { return Ok(()) };
        if tags.contains(&tag_of(part)?) { Ok(()) } else { Err(Error::PreconditionFailed) }
    }
}

/// Refuses a change of a version that is not the newest any more; answers the newest, 0 if there is none. `newest` is its
/// number and its author; `noun` begins the sentence, such as `The policy is`.
///
/// # Errors
/// [`Error::Conflict`] when there is a newer one.
pub(crate) fn of_newest(noun: &str, newest: Option<(u32, &str)>, changed: u32) -> Result<u32, Error> {
    let version = newest.map_or(0, |(version, _)| version);
    if version == changed {
        return Ok(version);
    }
    let by = newest.map(|(_, author)| format!(", by {author}")).unwrap_or_default();
    Err(Error::Conflict(format!(
        "{noun} at version {version}{by}, and you changed version {changed}. Read what is there now and change that."
    )))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_document_is_changed_by_whoever_has_read_it_as_it_is() {
        let (read, now) = (json!({"name": "Acme"}), json!({"name": "Other"}));
        let known = tag(read.to_string().as_bytes());
        assert_eq!(known.len(), 2 * TAG_BYTES);
        let expected = Precondition::one_of(vec!["older".to_owned(), known]);
        assert!(expected.check(&read).is_ok());
        assert!(matches!(expected.check(&now), Err(Error::PreconditionFailed)));
        assert!(Precondition::one_of(Vec::new()).check(&read).is_err());
        assert!(Precondition::default().check(&now).is_ok());
    }

    #[test]
    fn only_the_newest_version_is_changed_and_the_refusal_says_whose_is_newer() {
        assert_eq!(of_newest("The policy is", None, 0).unwrap(), 0);
        assert_eq!(of_newest("The policy is", Some((3, "Ada")), 3).unwrap(), 3);
        let sentence = |newest, changed| of_newest("The policy is", newest, changed).unwrap_err().detail();
        assert!(
            sentence(Some((3, "Ada")), 2)
                .starts_with("The policy is at version 3, by Ada, and you changed version 2. Read")
        );
        assert!(sentence(None, 2).starts_with("The policy is at version 0, and you changed version 2."));
    }
}
