use leptos::prelude::*;
use types::api_key::ApiKeyLimits;
use types::permission::{Permission, Role};
use types::{SourceId, source::Source};
use ui::{Checkbox, Field, Input, Switch, format};

use crate::submit::Submit;
use crate::workspace::use_workspace;

/// What a new key is limited to, as it is being chosen.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    few_permissions: RwSignal<bool>,
    few_sources: RwSignal<bool>,
    permissions: RwSignal<Vec<Permission>>,
    sources: RwSignal<Vec<SourceId>>,
    /// Between commas.
    addresses: RwSignal<String>,
}

impl Limits {
    /// None.
    pub(super) fn new() -> Self {
        Self {
            few_permissions: RwSignal::new(false),
            few_sources: RwSignal::new(false),
            permissions: RwSignal::new(Vec::new()),
            sources: RwSignal::new(Vec::new()),
            addresses: RwSignal::new(String::new()),
        }
    }

    /// As the API wants them.
    pub(super) fn chosen(self) -> ApiKeyLimits {
        ApiKeyLimits {
            permissions: self.few_permissions.get_untracked().then(|| self.permissions.get_untracked()),
            sources: self.few_sources.get_untracked().then(|| self.sources.get_untracked()),
            addresses: addresses(&self.addresses.get_untracked()),
        }
    }

    pub(super) fn clear(self) {
        for part in [self.few_permissions, self.few_sources] {
            let _ = part.try_set(false);
        }
        let _ = self.permissions.try_set(Vec::new());
        let _ = self.sources.try_set(Vec::new());
        let _ = self.addresses.try_set(String::new());
    }
}

/// Addresses and networks between commas; none when nothing was typed.
fn addresses(text: &str) -> Option<Vec<String>> {
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    let parts: Vec<String> = parts.map(str::to_owned).collect();
    (!parts.is_empty()).then_some(parts)
}

/// What a key is limited to, in a few words: `2 permissions · 1 source · 10.0.0.0/8`.
pub(super) fn words(limits: &ApiKeyLimits, sources: &[Source]) -> String {
    let named = |ids: &Vec<SourceId>| match ids.as_slice() {
        [one] => sources
            .iter()
            .find(|source| source.id == *one)
            .map_or_else(|| "a removed source".to_owned(), |source| source.name.clone()),
        many => format::plural(many.len() as u64, "source"),
    };
    let parts = [
        limits.permissions.as_ref().map(|some| format::plural(some.len() as u64, "permission")),
        limits.sources.as_ref().map(named),
        limits.addresses.as_ref().map(|some| some.join(", ")),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() { "none".to_owned() } else { parts.join(" · ") }
}

/// Chooses them.
#[component]
pub fn LimitFields(limits: Limits, role: Signal<Option<Role>>, submit: Submit) -> impl IntoView {
    let workspace = use_workspace();
    let permissions = move || {
        let few_sources = limits.few_sources.get();
        let may = |one: &&Permission| {
            role.get().is_some_and(|role| role.may(**one)) && (!few_sources || one.concerns_sources())
        };
        let items = Permission::ALL.iter().filter(may);
        items.map(|one| choice(limits.permissions, *one, one.as_str().to_owned())).collect_view()
    };
    let sources = move || {
        let items = workspace.all_sources().into_iter();
        items.map(|source| choice(limits.sources, source.id, source.name)).collect_view()
    };
    // What a key for some sources cannot have is not chosen unseen.
    Effect::new(move |_| {
        let (few_sources, role) = (limits.few_sources.get(), role.get());
        limits.permissions.update(|chosen| {
            chosen.retain(|one| {
                role.is_some_and(|role| role.may(*one)) && (!few_sources || one.concerns_sources())
            });
        });
    });
    view! {
        <div class="mt-4 space-y-3">
            <Switch
                checked=limits.few_permissions
                label="Only some permissions"
                hint="Otherwise it may do whatever its role may"
            />
            <Show when=move || limits.few_permissions.get()>
                <fieldset class="grid gap-x-4 gap-y-1 pl-12 sm:grid-cols-2 lg:grid-cols-3">
                    <legend class="sr-only">"Permissions"</legend>
                    {permissions}
                </fieldset>
                <Fault submit=submit pointer="/limits/permissions" />
            </Show>
            <Switch
                checked=limits.few_sources
                label="Only some sources"
                hint="It sees nothing of the others, and nothing that is not about a source"
            />
            <Show when=move || limits.few_sources.get()>
                <fieldset class="grid gap-x-4 gap-y-1 pl-12 sm:grid-cols-2 lg:grid-cols-3">
                    <legend class="sr-only">"Sources"</legend>
                    {sources}
                </fieldset>
                <Fault submit=submit pointer="/limits/sources" />
            </Show>
            <div class="max-w-md">
                <Field
                    label="Addresses"
                    optional=true
                    hint="Calls from elsewhere are refused: 192.0.2.7, 10.0.0.0/8"
                    error=submit.field("/limits/addresses")
                >
                    <Input value=limits.addresses mono=true />
                </Field>
            </div>
        </div>
    }
}

#[component]
fn Fault(submit: Submit, pointer: &'static str) -> impl IntoView {
    let fault = submit.field(pointer);
    move || fault.get().map(|text| view! { <p role="alert" class="pl-12 text-label text-bad">{text}</p> })
}

/// One of several, chosen while it is in the list.
fn choice<T: PartialEq + Copy + Send + Sync + 'static>(
    chosen: RwSignal<Vec<T>>,
    one: T,
    label: String,
) -> impl IntoView {
    let checked = RwSignal::new(chosen.with_untracked(|chosen| chosen.contains(&one)));
    let change = move |now: bool| {
        chosen.update(|chosen| {
            chosen.retain(|other| *other != one);
            if now {
                chosen.push(one);
            }
        });
    };
    view! { <Checkbox checked=checked label=label on_change=change /> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_what_stands_between_commas() {
        assert_eq!(addresses(" 192.0.2.7, 10.0.0.0/8,"), Some(vec!["192.0.2.7".into(), "10.0.0.0/8".into()]));
        assert_eq!(addresses(" , "), None);
    }

    #[test]
    fn limits_are_told_in_a_few_words() {
        assert_eq!(words(&ApiKeyLimits::default(), &[]), "none");
        let limits = ApiKeyLimits {
            permissions: Some(vec![Permission::ScanRun]),
            sources: Some(Vec::new()),
            addresses: Some(vec!["10.0.0.0/8".to_owned()]),
        };
        assert_eq!(words(&limits, &[]), "1 permission · 0 sources · 10.0.0.0/8");
    }
}
