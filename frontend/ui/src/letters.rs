//! Small and capital letters of all scripts. The tables of which is which are large, and the browser has them.

/// In small letters.
#[must_use]
pub fn lower(text: &str) -> String {
    if text.is_ascii() { text.to_ascii_lowercase() } else { of_all_scripts::lower(text) }
}

/// In capital letters.
#[must_use]
pub fn upper(text: &str) -> String {
    if text.is_ascii() { text.to_ascii_uppercase() } else { of_all_scripts::upper(text) }
}

#[cfg(target_arch = "wasm32")]
mod of_all_scripts {
    use js_sys::JsString;

    pub(super) fn lower(text: &str) -> String {
        JsString::from(text).to_lower_case().into()
    }

    pub(super) fn upper(text: &str) -> String {
        JsString::from(text).to_upper_case().into()
    }
}

/// Where there is no browser.
#[cfg(not(target_arch = "wasm32"))]
mod of_all_scripts {
    pub(super) fn lower(text: &str) -> String {
        text.to_lowercase()
    }

    pub(super) fn upper(text: &str) -> String {
        text.to_uppercase()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_of_all_scripts_have_a_small_and_a_capital_form() {
        for (text, small, capital) in [
            ("Orders_2", "orders_2", "ORDERS_2"),
            ("Größe", "größe", "GRÖSSE"),
            ("ΟΔΟΣ", "οδος", "ΟΔΟΣ"),
            ("表", "表", "表"),
            ("", "", ""),
        ] {
            assert_eq!((lower(text).as_str(), upper(text).as_str()), (small, capital));
        }
    }
}
