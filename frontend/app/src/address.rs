//! Addresses of pages, and the state that they carry.

use client::Query;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{query_signal_with_options, use_query_map};

/// A page's address with what follows it everywhere: the organization and the source.
pub(crate) fn page_address(path: &str, org: Option<&str>, source: Option<&str>, rest: Query) -> String {
    let query = rest.with("org", org).with("source", source);
    let (path, own) = path.split_once('?').unwrap_or((path, ""));
    match (own.is_empty(), query.as_str().is_empty()) {
        (true, _) => format!("{path}{query}"),
        (false, true) => format!("{path}?{own}"),
        (false, false) => format!("{path}?{own}&{}", query.as_str().trim_start_matches('?')),
    }
}

/// A page's address with a query as the browser tells it, with or without its `?`.
pub(crate) fn with_query(path: &str, query: &str) -> String {
    match query.trim_start_matches('?') {
        "" => path.to_owned(),
        query => format!("{path}?{query}"),
    }
}

/// Only paths of this application may follow a sign-in: another site's address would make it a trap.
pub(crate) fn safe_next(next: Option<String>) -> Option<String> {
    next.filter(|next| {
        next.starts_with('/') && !next.starts_with("//") && !next.contains(['\\', '\n', '\r', '\t'])
    })
}

fn quiet() -> NavigateOptions {
    NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() }
}

/// A part of the URL's query as a signal: setting it replaces the address, so that typing leaves no trail.
pub(crate) fn query_text(name: &'static str) -> RwSignal<String> {
    mirrored(name, quiet(), "")
}

/// As [`query_text`], where `absent` stands for a missing value.
pub(crate) fn query_choice(name: &'static str, absent: &'static str) -> RwSignal<String> {
    mirrored(name, quiet(), absent)
}

/// As [`query_text`], but each value is a step that the back button undoes.
pub(crate) fn query_step(name: &'static str) -> RwSignal<String> {
    let options = NavigateOptions { scroll: false, ..NavigateOptions::default() };
    mirrored(name, options, "")
}

fn mirrored(name: &'static str, options: NavigateOptions, absent: &'static str) -> RwSignal<String> {
    let (read, write) = query_signal_with_options::<String>(name, options);
    let text = move |value: Option<String>| value.unwrap_or_else(|| absent.to_owned());
    let value = RwSignal::new(text(read.get_untracked()));
    Effect::new(move |_| {
        let from_url = text(read.get());
        if value.get_untracked() != from_url {
            value.set(from_url);
        }
    });
    Effect::new(move |previous: Option<()>| {
        let wanted = value.get();
        // The first run only starts to listen: the value came from the URL.
        if previous.is_some() && text(read.get_untracked()) != wanted {
            write.set((wanted != absent).then_some(wanted));
        }
    });
    value
}

/// One value of the URL's query; tracked.
pub(crate) fn query_value(name: &'static str) -> Memo<Option<String>> {
    let map = use_query_map();
    Memo::new(move |_| map.with(|map| map.get(name)).filter(|value| !value.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_keeps_its_own_query_and_gains_the_organization() {
        let address = page_address("/dashboard/drift?event=7", Some("acme"), Some("shop-db"), Query::new());
        assert_eq!(address, "/dashboard/drift?event=7&org=acme&source=shop-db");
        assert_eq!(page_address("/dashboard", None, None, Query::new()), "/dashboard");
    }

    #[test]
    fn a_query_follows_its_page_if_there_is_one() {
        assert_eq!(with_query("/dashboard", ""), "/dashboard");
        for query in ["?org=acme", "org=acme"] {
            assert_eq!(with_query("/dashboard", query), "/dashboard?org=acme");
        }
    }

    #[test]
    fn a_sign_in_never_leads_to_another_site() {
        for bad in ["https://evil.example", "//evil.example", "/\\evil.example", ""] {
            assert_eq!(safe_next(Some(bad.to_owned())), None, "{bad}");
        }
        assert_eq!(safe_next(Some("/dashboard?org=a".to_owned())).as_deref(), Some("/dashboard?org=a"));
    }
}
