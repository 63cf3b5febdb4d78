//! Which source a page about one source shows, and how one is chosen or connected.

use client::Query;
use leptos::prelude::*;
use types::permission::Permission;
use ui::{ButtonVariant, Card, EmptyState, Glyph, LinkButton};

use crate::address::page_address;
use crate::scan::words_class;
use crate::workspace::{use_here, use_workspace};

/// Which source a page about one source shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum OneSource {
    /// The one that the URL names, or the only one.
    Named(String),
    /// The URL names none, and which there are is not known yet: asked for none, the API takes the only one.
    Unknown,
    /// There are several, and the URL names none.
    ToChoose,
    /// There is none.
    Missing,
}

impl OneSource {
    /// By what the URL names and which sources there are, as far as that is known.
    pub(crate) fn of(named: Option<String>, known: Option<&[String]>) -> Self {
        match (named, known) {
            (_, Some([])) => Self::Missing,
            (Some(named), _) => Self::Named(named),
            (None, None) => Self::Unknown,
            (None, Some([only])) => Self::Named(only.clone()),
            (None, Some(_)) => Self::ToChoose,
        }
    }

    /// What the API is asked for: a name, or none where it takes the only source; nothing where it would refuse.
    pub(crate) fn asked(self) -> Option<Option<String>> {
        match self {
            Self::Named(name) => Some(Some(name)),
            Self::Unknown => Some(None),
            Self::ToChoose | Self::Missing => None,
        }
    }
}

/// What is shown instead of what is of one source, while there are several and the address names none.
#[component]
pub fn ChooseSource(
    /// Why one has to be chosen.
    #[prop(default = "This page shows one source at a time, and there are several.")]
    text: &'static str,
) -> impl IntoView {
    let workspace = use_workspace();
    let here = use_here();
    let links = move || {
        let here = here.get();
        let link = |name: String| {
            view! {
                <LinkButton href=page_address(&here, None, Some(&name), Query::new()) icon=Glyph::Database>
                    <span class="max-w-64 truncate font-mono">{name}</span>
                </LinkButton>
            }
        };
        workspace.all_sources().into_iter().map(|source| link(source.name)).collect_view()
    };
    view! {
        <Card>
            <EmptyState
                icon=Glyph::Database
                title="Choose a source"
                text=text
                action=move || {
                    view! { <div class="flex flex-wrap justify-center gap-2">{links}</div> }
                }
            />
        </Card>
    }
}

/// Leads to where a source is connected; a page tells whoever may not do that who can.
#[component]
pub fn ConnectSource(
    #[prop(optional)] variant: ButtonVariant,
    /// In the bar at the top.
    #[prop(optional)]
    bar: bool,
) -> impl IntoView {
    let workspace = use_workspace();
    move || {
        if workspace.may(Permission::SourceManage) {
            view! {
                <LinkButton
                    href=Signal::derive(move || workspace.href("/onboarding?step=connection"))
                    variant=variant
                    icon=Glyph::Plus
                >
                    <span class=words_class(bar)>"Connect a source"</span>
                </LinkButton>
            }
            .into_any()
        } else if bar {
            ().into_any()
        } else {
            view! { <p class="text-table text-text-3">"An administrator can connect a source."</p> }
                .into_any()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_source_needs_no_choice_and_of_several_none_is_taken_unasked() {
        use OneSource::{Missing, Named, ToChoose, Unknown};
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let shop = || Some("shop".to_owned());
        for (named, known, expected) in [
            (None, None, Unknown),
            (None, Some(names(&[])), Missing),
            (None, Some(names(&["shop"])), Named("shop".to_owned())),
            (None, Some(names(&["shop", "crm"])), ToChoose),
            (shop(), None, Named("shop".to_owned())),
            (shop(), Some(names(&["crm", "shop"])), Named("shop".to_owned())),
            // It was deleted.
            (shop(), Some(names(&[])), Missing),
        ] {
            assert_eq!(OneSource::of(named.clone(), known.as_deref()), expected, "{named:?} of {known:?}");
        }
        assert_eq!(Unknown.asked(), Some(None));
        assert_eq!((ToChoose.asked(), Missing.asked()), (None, None));
    }
}
