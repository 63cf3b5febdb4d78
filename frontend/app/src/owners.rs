//! Who answers for data and how it is tagged, in words.

use leptos::prelude::*;
use types::ownership::{Ownership, OwnershipLevel, OwnershipOrigin, ResolvedOwner};
use ui::Badge;

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
