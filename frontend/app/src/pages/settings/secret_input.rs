use leptos::prelude::*;
use types::organization::SecretView;
use ui::{Field, Input};

/// What is known of a secret, and what an empty field means: it stays, unless the form is for nothing else.
fn hint(secret: &SecretView, required: bool) -> String {
    let empty = if required { "A new one takes its place." } else { "Leave empty to keep it." };
    match (secret.set, &secret.last4) {
        (true, Some(last4)) => format!("Kept encrypted: •••• {last4}. {empty}"),
        (true, None) => format!("Kept encrypted. {empty}"),
        (false, _) => "Not set.".to_owned(),
    }
}

/// What stands in an empty secret field.
fn dots(secret: &SecretView) -> Option<String> {
    secret.set.then(|| format!("••••••••{}", secret.last4.as_deref().unwrap_or_default()))
}

/// A secret that is kept encrypted and never shown: what is typed takes its place.
#[component]
pub fn SecretInput(
    label: &'static str,
    value: RwSignal<String>,
    /// What is kept now.
    #[prop(into)]
    kept: Signal<SecretView>,
    #[prop(into)] error: Signal<Option<String>>,
    disabled: Signal<bool>,
    /// Marks the label: the form does without this secret.
    #[prop(optional)]
    optional: bool,
    /// The form is for nothing else.
    #[prop(optional)]
    required: bool,
) -> impl IntoView {
    view! {
        <Field
            label=label
            hint=Signal::derive(move || Some(kept.with(|kept| hint(kept, required))))
            optional=optional
            error=error
        >
            <Input
                value=value
                kind="password"
                autocomplete="off"
                placeholder=Signal::derive(move || kept.with(dots))
                mono=true
                disabled=disabled
                required=required
            />
        </Field>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_shows_its_last_four_characters_only() {
        let secret = SecretView { set: true, last4: Some("1a2b".to_owned()) };
        assert_eq!(hint(&secret, false), "Kept encrypted: •••• 1a2b. Leave empty to keep it.");
        assert_eq!(hint(&secret, true), "Kept encrypted: •••• 1a2b. A new one takes its place.");
        assert_eq!(hint(&SecretView::default(), true), "Not set.");
        assert_eq!(dots(&secret).as_deref(), Some("••••••••1a2b"));
        assert_eq!(dots(&SecretView::default()), None);
    }
}
