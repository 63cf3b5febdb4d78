//! Who may do what besides the owner, in words.

use leptos::prelude::*;
use types::schema::ObjectGrants;
use types::snapshot::{DefaultPrivilege, OtherPrivilege, Privilege};

/// Such as `reporting: select, update of title; may pass on select`.
fn said(grantee: &str, column: Option<&str>, rights: &[String], grantable: &[String]) -> String {
    let who = if grantee == "public" { "everybody" } else { grantee };
    let rights = if rights.is_empty() { "none of the usual rights".to_owned() } else { rights.join(", ") };
    let of = column.map(|column| format!(" of {column}")).unwrap_or_default();
    let passed_on =
        if grantable.is_empty() { String::new() } else { format!("; may pass on {}", grantable.join(", ")) };
    format!("{who}: {rights}{of}{passed_on}")
}

/// A line for each role, and for each column that it was given rights on.
pub(super) fn lines(privileges: &[Privilege]) -> Vec<String> {
    let line = |privilege: &Privilege| {
        said(&privilege.grantee, privilege.column.as_deref(), &privilege.rights, &privilege.grantable)
    };
    privileges.iter().map(line).collect()
}

/// Such as `reporting: select; on tables that app makes`.
fn by_default(privilege: &DefaultPrivilege) -> String {
    let said = said(&privilege.grantee, None, &privilege.rights, &privilege.grantable);
    format!("{said}; on {} that {} makes", privilege.objects.replace('_', " "), privilege.creator)
}

/// Such as `reporting: usage; on the language plpgsql`.
fn on_other(privilege: &OtherPrivilege) -> String {
    let said = said(&privilege.grantee, None, &privilege.rights, &privilege.grantable);
    let kind = privilege.kind.replace('_', " ");
    match privilege.name.as_str() {
        "" => format!("{said}; on {kind}s"),
        name => format!("{said}; on the {kind} {name}"),
    }
}

/// The rights on what tables are in or come from, and those that are given by themselves on what is made there.
#[component]
pub fn Rights(grants: Vec<ObjectGrants>) -> impl IntoView {
    if grants.is_empty() {
        return None;
    }
    let objects = grants
        .into_iter()
        .map(|grants| {
            let lines = lines(&grants.privileges).into_iter();
            let lines = lines
                .chain(grants.other_privileges.iter().map(on_other))
                .chain(grants.default_privileges.iter().map(by_default))
                .map(|line| view! { <dd class="pl-4 break-words">{line}</dd> })
                .collect_view();
            // The database's path is the word for what it is.
            let kind = (grants.kind != grants.path).then(|| grants.kind.replace('_', " "));
            let marker = grants.path.clone();
            view! {
                <div data-grants=marker>
                    <dt>
                        <span class="font-mono">{grants.path}</span> " " <span class="text-text-3">{kind}</span>
                    </dt>
                    {lines}
                </div>
            }
        })
        .collect_view();
    Some(view! {
        <details class="mt-4 rounded-control bg-surface-2 px-3 py-2 text-table">
            <summary class="font-medium">"Rights on the database, its schemas and other servers"</summary>
            <dl class="mt-2 space-y-2">{objects}</dl>
        </details>
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_right_is_said_in_words() {
        let texts = |texts: &[&str]| texts.iter().map(ToString::to_string).collect::<Vec<_>>();
        for (grantee, column, rights, grantable, expected) in [
            ("reporting", None, &["select", "insert"][..], &[][..], "reporting: select, insert"),
            ("app", Some("title"), &["update"], &["update"], "app: update of title; may pass on update"),
            ("public", None, &[], &[], "everybody: none of the usual rights"),
        ] {
            let privilege = Privilege {
                grantee: grantee.to_owned(),
                column: column.map(ToOwned::to_owned),
                rights: texts(rights),
                grantable: texts(grantable),
            };
            assert_eq!(lines(&[privilege]), [expected]);
        }
        let given = DefaultPrivilege {
            creator: "app".to_owned(),
            objects: "large_objects".to_owned(),
            grantee: "reporting".to_owned(),
            rights: texts(&["select"]),
            grantable: Vec::new(),
        };
        assert_eq!(by_default(&given), "reporting: select; on large objects that app makes");
        for (kind, name, expected) in [
            ("foreign_data_wrapper", "files", "app: usage; on the foreign data wrapper files"),
            ("large_object", "", "app: usage; on large objects"),
        ] {
            let other = OtherPrivilege {
                kind: kind.to_owned(),
                name: name.to_owned(),
                grantee: "app".to_owned(),
                rights: texts(&["usage"]),
                grantable: Vec::new(),
            };
            assert_eq!(on_other(&other), expected);
        }
    }
}
