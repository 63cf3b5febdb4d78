//! How a call fails.

use std::fmt;

use types::problem::{Code, Problem};

/// A call that did not succeed: the API's own problem, or what the network said.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Failure {
    /// What the API answered, when it answered a problem.
    pub problem: Option<Box<Problem>>,
    /// The HTTP status; 0 when there was no answer.
    pub status: u16,
    /// Why there was no answer, or why it could not be read.
    pub network: Option<String>,
}

impl Failure {
    /// No answer came.
    #[must_use]
    pub fn unreachable(reason: impl fmt::Display) -> Self {
        Self { network: Some(reason.to_string()), ..Self::default() }
    }

    /// An answer came that is no problem document.
    pub(crate) fn unreadable(status: u16, reason: impl fmt::Display) -> Self {
        Self { status, network: Some(reason.to_string()), ..Self::default() }
    }

    /// Reads the body of an answer that is not a success.
    pub(crate) fn from_body(status: u16, body: &str) -> Self {
        match serde_json::from_str::<Problem>(body) {
            Ok(problem) => Self { problem: Some(Box::new(problem)), status, network: None },
            Err(_) => Self::unreadable(status, "the answer is not one of Bastion's"),
        }
    }

    /// Whether the API gave this code.
    #[must_use]
    pub fn is(&self, code: Code) -> bool {
        self.problem.as_ref().is_some_and(|problem| problem.code == code.as_str())
    }

    /// A heading.
    #[must_use]
    pub fn title(&self) -> String {
        match &self.problem {
            Some(problem) => problem.title.clone(),
            None if self.status == 0 => "Bastion cannot be reached".to_owned(),
            None => format!("The server answered {}", self.status),
        }
    }

    /// What happened and what to do.
    #[must_use]
    pub fn detail(&self) -> String {
        match &self.problem {
            Some(problem) => problem.detail.clone(),
            None if self.status == 0 => {
                "Check the network and that the server runs, then try again.".to_owned()
            }
            None => "Try again; if it stays, ask whoever runs this server.".to_owned(),
        }
    }

    /// For finding it in the server's log.
    #[must_use]
    pub fn request_id(&self) -> Option<String> {
        self.problem.as_ref().map(|problem| problem.request_id.clone()).filter(|id| !id.is_empty())
    }

    /// What is wrong with one field, by JSON pointer.
    #[must_use]
    pub fn field(&self, pointer: &str) -> Option<String> {
        self.problem.as_ref().and_then(|problem| {
            problem.errors.iter().find(|error| error.pointer == pointer).map(|error| error.detail.clone())
        })
    }

    /// What is wrong with the whole, when no field is to blame.
    #[must_use]
    pub fn beyond(&self, pointers: &[&str]) -> Option<String> {
        let told = self.problem.as_ref().is_some_and(|problem| {
            !problem.errors.is_empty()
                && problem.errors.iter().all(|error| pointers.contains(&error.pointer.as_str()))
        });
        (!told).then(|| self.detail())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.title(), self.detail())
    }
}

impl std::error::Error for Failure {}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = r#"{"type":"https://bastion.dev/problems/invalid","title":"The request is not valid","status":400,
        "code":"invalid","detail":"One field is wrong.","instance":"/api/orgs","request_id":"r-1",
        "errors":[{"pointer":"/name","code":"too_long","detail":"At most 80 characters."}]}"#;

    #[test]
    fn a_problem_keeps_its_fields_and_its_request_id() {
        let failure = Failure::from_body(400, BODY);
        assert!(failure.is(Code::Invalid));
        assert_eq!(failure.request_id().as_deref(), Some("r-1"));
        assert_eq!(failure.field("/name").as_deref(), Some("At most 80 characters."));
        assert_eq!(failure.field("/email"), None);
        assert_eq!(failure.beyond(&["/name"]), None);
        assert_eq!(failure.beyond(&["/email"]).as_deref(), Some("One field is wrong."));
    }

    #[test]
    fn an_answer_of_somebody_else_keeps_its_status() {
        let failure = Failure::from_body(502, "<html>");
        assert_eq!(failure.status, 502);
        assert_eq!(failure.title(), "The server answered 502");
        assert_eq!(failure.request_id(), None);
    }
}
