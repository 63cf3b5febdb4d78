//! Text of a database, an agent or a file, as far as a sentence of ours repeats it.

/// What a line of a log or a reason repeats of it, in characters.
pub(crate) const LINE: usize = 200;
/// What is repeated of a name.
pub(crate) const NAME: usize = 60;

/// At most so many characters, on one line and without control characters.
pub(crate) fn capped(text: &str, most: usize) -> String {
    let letters = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter });
    letters.take(most).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_is_cut_and_stays_on_its_line() {
        assert_eq!(capped("a\nforged\u{1b}[31m line\n", LINE), "a forged [31m line");
        assert_eq!(capped(&"é".repeat(500), NAME).chars().count(), NAME);
        assert_eq!(capped("\u{0}", NAME), "");
    }
}
