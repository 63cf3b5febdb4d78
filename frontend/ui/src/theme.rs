use leptos::prelude::*;

/// Where the choice is kept; the page's first script reads it too, so that nothing flashes.
const KEY: &str = "bastion.theme";

/// Dark unless a person chose otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    #[default]
    Dark,
    Light,
}

impl Theme {
    /// The value of `data-theme`, and what is kept.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dark => "dark",
            Self::Light => "light",
        }
    }

    /// The other one.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Dark => Self::Light,
            Self::Light => Self::Dark,
        }
    }
}

fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}

/// Reads the choice, puts it on the page, and keeps it when it changes; call once, at the root.
pub fn provide_theme() -> RwSignal<Theme> {
    let kept = storage().and_then(|storage| storage.get_item(KEY).ok().flatten());
    let theme = RwSignal::new(if kept.as_deref() == Some("light") { Theme::Light } else { Theme::Dark });
    provide_context(theme);
    Effect::new(move |_| {
        let name = theme.get().as_str();
        if let Some(root) = document().document_element() {
            let _ = root.set_attribute("data-theme", name);
        }
        if let Some(storage) = storage() {
            // A full or forbidden storage only means that the choice is not kept.
            let _ = storage.set_item(KEY, name);
        }
    });
    theme
}

/// The theme of this page; setting it applies and keeps it.
#[must_use]
pub fn use_theme() -> RwSignal<Theme> {
    use_context::<RwSignal<Theme>>().unwrap_or_else(|| RwSignal::new(Theme::Dark))
}
