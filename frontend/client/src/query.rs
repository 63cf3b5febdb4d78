//! Query strings and path segments.

use std::fmt::{Display, Write as _};

/// A query string under construction; what is missing or empty is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query(String);

impl Query {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds `name=value` unless the value is missing or empty.
    #[must_use]
    pub fn with(mut self, name: &str, value: Option<impl Display>) -> Self {
        let value = value.map(|value| value.to_string()).unwrap_or_default();
        if !value.is_empty() {
            self.0.push(if self.0.is_empty() { '?' } else { '&' });
            self.0.push_str(name);
            self.0.push('=');
            self.0.push_str(&escape(&value));
        }
        self
    }

    /// `?a=b&c=d`, or nothing.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Display for Query {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Percent-encodes everything but RFC 3986's unreserved characters, so that the result fits a path segment as well.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            escaped.push(char::from(byte));
        } else {
            // Writing into a string cannot fail.
            let _ = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_and_empty_values_are_left_out() {
        let query = Query::new()
            .with("source", Some("shop-db"))
            .with("q", Some(""))
            .with("limit", None::<u32>)
            .with("version", Some(3));
        assert_eq!(query.as_str(), "?source=shop-db&version=3");
    }

    #[test]
    fn a_value_cannot_break_out_of_its_place() {
        assert_eq!(escape("a b/ü?&=#\"."), "a%20b%2F%C3%BC%3F%26%3D%23%22.");
    }
}
