//! What may be told of a command line that is not understood.

/// What is shown in place of what may be secret.
const HIDDEN: &str = "…";

/// What was said of a command line, without those of its arguments, and of their values, that may hold a password:
/// addresses, and what speaks of one. Whoever forgets `--source` before an address should not find it in a log.
#[must_use]
pub fn without_secrets(said: &str, arguments: impl IntoIterator<Item = String>) -> String {
    let parts = |argument: String| {
        let value = argument.split_once('=').map(|(_, value)| value.to_owned());
        [Some(argument), value].into_iter().flatten()
    };
    let mut secrets: Vec<String> =
        arguments.into_iter().flat_map(parts).filter(|part| is_secret(part)).collect();
    // The longest first: a value is a part of its argument.
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    let told = secrets.iter().fold(said.to_owned(), |told, secret| told.replace(secret.as_str(), HIDDEN));
    // Of one that is written in another way there.
    let words = told.split_inclusive(char::is_whitespace).map(|word| {
        let end = word.trim_end();
        if is_secret(end) { word.replace(end, HIDDEN) } else { word.to_owned() }
    });
    words.collect()
}

fn is_secret(text: &str) -> bool {
    text.contains("://") || text.contains('@') || text.to_ascii_lowercase().contains("password=")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_argument_with_a_password_is_told() {
        let cases = [
            ("shop=postgres://u:hunter2@h/d", "unexpected argument 'shop=postgres://u:hunter2@h/d' found"),
            (
                "--listen=mysql://u:hunter2 x@h/d",
                "invalid value 'mysql://u:hunter2 x@h/d' for '--listen <LISTEN>'",
            ),
            ("host=h password=hunter2 x", "unexpected argument 'host=h password=hunter2 x' found"),
            ("u:hunter2@h", "unrecognized subcommand 'u:hunter2@h'"),
            ("other", "unexpected argument '\"postgres://u:hunter2@h\"' found"),
        ];
        for (argument, said) in cases {
            let told = without_secrets(said, ["serve".to_owned(), argument.to_owned()]);
            assert!(!told.contains("hunter2") && told.contains(HIDDEN), "{told}");
        }
    }

    #[test]
    fn what_is_no_secret_is_told_as_it_is() {
        let said = "unexpected argument '--lisen' found\n\n  tip: a similar argument exists: '--listen'\n";
        assert_eq!(without_secrets(said, ["serve".to_owned(), "--lisen".to_owned()]), said);
    }
}
