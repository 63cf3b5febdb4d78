use leptos::prelude::*;

/// The pieces of a text that stand between backticks (`true`) and the others. A backtick without another stays.
fn pieces(text: &str) -> Vec<(bool, &str)> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('`') {
        let Some((code, after)) = after.split_once('`') else { break };
        out.extend([(false, before), (true, code)]);
        rest = after;
    }
    out.push((false, rest));
    out.retain(|(_, piece)| !piece.is_empty());
    out
}

/// Sentences of the API, in which backticks stand around commands and names: those are set in the mono face.
pub fn prose(text: &str) -> impl IntoView + use<> {
    pieces(text)
        .into_iter()
        .map(|(code, piece)| {
            let piece = piece.to_owned();
            if code { view! { <code class="font-mono">{piece}</code> }.into_any() } else { piece.into_any() }
        })
        .collect_view()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_between_backticks_is_code() {
        let cases: [(&str, &[(bool, &str)]); 6] = [
            ("", &[]),
            ("plain", &[(false, "plain")]),
            ("Reached `shop-db`.", &[(false, "Reached "), (true, "shop-db"), (false, ".")]),
            ("`a` or `b`", &[(true, "a"), (false, " or "), (true, "b")]),
            ("`a` and a lone `", &[(true, "a"), (false, " and a lone `")]),
            ("``", &[]),
        ];
        for (text, expected) in cases {
            assert_eq!(pieces(text), expected, "{text}");
        }
    }
}
