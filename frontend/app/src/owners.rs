//! Who answers for data and how it is tagged, in words.

use std::collections::BTreeSet;

use leptos::prelude::*;
use types::ownership::{Owner, Ownership, OwnershipLevel, OwnershipOrigin, OwnershipRule, ResolvedOwner};
use ui::{Badge, Select, SelectOption};

use crate::address::query_text;
use crate::fetch::Fetched;

/// The owner's name.
pub(crate) fn name(owner: &ResolvedOwner) -> String {
    owner.name.clone().unwrap_or_else(|| "a former member".to_owned())
}

/// Where an owner or a tag comes from.
pub(crate) fn origin(from: &OwnershipOrigin) -> String {
    let place = &from.place;
    match from.level {
        OwnershipLevel::Object => "its own".to_owned(),
        OwnershipLevel::Table | OwnershipLevel::Pattern => format!("inherited from {place}"),
        OwnershipLevel::Schema => format!("inherited from the schema {place}"),
        OwnershipLevel::Source => format!("inherited from the source {place}"),
    }
}

/// The tags, each with where it comes from on hovering.
pub(crate) fn tags(ownership: &Ownership) -> impl IntoView + use<> {
    let badge = |tag: &types::ownership::ResolvedTag| {
        view! { <Badge label=tag.tag.clone() title=origin(&tag.from) /> }
    };
    ownership.tags.iter().map(badge).collect_view()
}

/// Which owners and tags a list can be narrowed to: those that the rules of the shown sources name, and what is chosen.
#[derive(Clone, Copy)]
pub(crate) struct Narrowing {
    /// As the API takes it: `me`, `none`, a member's id or a team's name.
    pub(crate) owner: RwSignal<String>,
    pub(crate) tag: RwSignal<String>,
    rules: Fetched<Vec<OwnershipRule>>,
}

impl Narrowing {
    /// As it stands in the URL, on a page that shows the sources of these names.
    pub(crate) fn of_address(shown: impl Fn() -> Vec<String> + 'static) -> Self {
        let rules = Fetched::new(shown, |api, sources: Vec<String>| async move {
            let mut rules = Vec::new();
            for source in sources {
                rules.extend(api.ownership(Some(&source)).await?.rules);
            }
            Ok(rules)
        });
        Self { owner: query_text("owner"), tag: query_text("tag"), rules }
    }

    fn options(
        self,
        chosen: String,
        fixed: Vec<SelectOption>,
        named: fn(&OwnershipRule) -> Vec<String>,
    ) -> Vec<SelectOption> {
        let mut names: BTreeSet<String> = self
            .rules
            .with(|rules| rules.map(|rules| rules.iter().flat_map(named).collect()).unwrap_or_default());
        if !chosen.is_empty() && fixed.iter().all(|option| option.value != chosen) {
            names.insert(chosen);
        }
        fixed.into_iter().chain(names.into_iter().map(|name| SelectOption::new(name.clone(), name))).collect()
    }

    /// The choices of owners; tracked.
    fn owners(self) -> Vec<SelectOption> {
        let fixed = vec![
            SelectOption::new("", "Any owner"),
            SelectOption::new("me", "Mine"),
            SelectOption::new("none", "Nobody’s"),
        ];
        self.options(self.owner.get(), fixed, |rule| match &rule.owner {
            Some(Owner::Team { name }) => vec![name.clone()],
            _ => Vec::new(),
        })
    }

    /// The choices of tags; tracked.
    fn tags(self) -> Vec<SelectOption> {
        let fixed = vec![SelectOption::new("", "Any tag")];
        self.options(self.tag.get(), fixed, |rule| rule.tags.clone())
    }
}

/// Whose data a list is narrowed to.
#[component]
pub(crate) fn OwnerSelect(narrowing: Narrowing) -> impl IntoView {
    let options = Signal::derive(move || narrowing.owners());
    view! { <Select value=narrowing.owner options=options label="Owner" /> }
}

/// Which tag a list is narrowed to.
#[component]
pub(crate) fn TagSelect(narrowing: Narrowing) -> impl IntoView {
    let options = Signal::derive(move || narrowing.tags());
    view! { <Select value=narrowing.tag options=options label="Tag" /> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_names_its_place() {
        let origin = |level, place: &str| origin(&OwnershipOrigin { level, place: place.into() });
        assert_eq!(origin(OwnershipLevel::Object, "public.film"), "its own");
        assert_eq!(origin(OwnershipLevel::Pattern, "public.*"), "inherited from public.*");
        assert_eq!(origin(OwnershipLevel::Source, "shop"), "inherited from the source shop");
    }
}
