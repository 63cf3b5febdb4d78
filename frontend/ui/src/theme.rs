use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;

/// Where the choice is kept; the page's first script reads it too, so that nothing flashes.
const KEY: &str = "bastion.theme";

/// Dark unless a person chose otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    #[default]
    Dark,
    Light,
    /// As the operating system says, now and when it changes.
    System,
}

impl Theme {
    /// Each, in the order that a switch goes through them.
    pub const EACH: [Self; 3] = [Self::Dark, Self::Light, Self::System];

    /// What is kept.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dark => "dark",
            Self::Light => "light",
            Self::System => "system",
        }
    }

    /// The theme that was kept under a name; dark for any other.
    #[must_use]
    pub fn named(name: Option<&str>) -> Self {
        Self::EACH.into_iter().find(|theme| Some(theme.as_str()) == name).unwrap_or_default()
    }

    /// The one that a switch goes to next.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Dark => Self::Light,
            Self::Light => Self::System,
            Self::System => Self::Dark,
        }
    }

    /// The value of `data-theme`, when the operating system prefers light or not.
    fn shown(self, system_is_light: bool) -> &'static str {
        match self {
            Self::System if system_is_light => "light",
            Self::Dark | Self::System => "dark",
            Self::Light => "light",
        }
    }
}

fn system() -> Option<web_sys::MediaQueryList> {
    window().match_media("(prefers-color-scheme: light)").ok().flatten()
}

fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}

/// Reads the choice, puts it on the page, and keeps it when it changes; call once, at the root.
pub fn provide_theme() -> RwSignal<Theme> {
    let kept = storage().and_then(|storage| storage.get_item(KEY).ok().flatten());
    let theme = RwSignal::new(Theme::named(kept.as_deref()));
    provide_context(theme);
    let system = system();
    let light = RwSignal::new(system.as_ref().is_some_and(web_sys::MediaQueryList::matches));
    if let Some(system) = system {
        let changed = Closure::<dyn Fn(web_sys::MediaQueryListEvent)>::new(
            move |event: web_sys::MediaQueryListEvent| {
                let _ = light.try_set(event.matches());
            },
        );
        // For as long as the page is open.
        system.set_onchange(Some(changed.into_js_value().unchecked_ref()));
    }
    Effect::new(move |_| {
        let name = theme.get().as_str();
        if let Some(root) = document().document_element() {
            let _ = root.set_attribute("data-theme", theme.get().shown(light.get()));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_switch_goes_through_all_and_what_is_kept_is_found_again() {
        let mut theme = Theme::default();
        for expected in Theme::EACH {
            assert_eq!((theme, Theme::named(Some(theme.as_str()))), (expected, expected));
            theme = theme.next();
        }
        assert_eq!(theme, Theme::default());
        assert_eq!((Theme::named(None), Theme::named(Some("pink"))), (Theme::Dark, Theme::Dark));
    }

    #[test]
    fn only_the_systems_theme_follows_the_system() {
        let shown = |light| Theme::EACH.map(|theme| theme.shown(light));
        assert_eq!(shown(false), ["dark", "light", "dark"]);
        assert_eq!(shown(true), ["dark", "light", "light"]);
    }
}
