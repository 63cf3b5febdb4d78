mod narrowed;

use leptos::prelude::*;
use serde_json::Value;
use types::audit::{AuditFormat, AuditVerification};
use types::organization::AuditEntry;
use types::page::Page;
use ui::{Button, Card, Cell, EmptyState, Glyph, HeaderCell, RelativeTime, Row, SkeletonRows, Table, format};

use self::narrowed::{Filters, Narrowed};
use crate::fetch::{Fetched, MorePages, Paged};
use crate::page::Loaded;
use crate::submit::{FormFailure, Submit};
use crate::workspace::use_workspace;

/// Who did what, newest first.
#[component]
pub fn Audit() -> impl IntoView {
    let narrowed = Narrowed::of_url();
    let filter = Memo::new(move |_| narrowed.filter());
    let audit =
        Fetched::new(move || filter.get(), |api, filter| async move { api.audit(&filter, None).await });
    view! {
        <Card
            title="Audit log"
            description="Who did what. Each row holds the hash of the one before it, so that none can be changed or taken out unnoticed."
        >
            <Filters narrowed=narrowed />
            <Take narrowed=narrowed />
        </Card>
        <Card flush=true>
            <Loaded from=audit skeleton=|| view! { <SkeletonRows what="the audit log" /> } let:first>
                {
                    let Paged { all, more } = Paged::new(
                        first,
                        move || filter.get(),
                        move |api, cursor| {
                            let filter = untrack(|| filter.get());
                            async move { api.audit(&filter, Some(&cursor)).await }
                        },
                    );
                    view! {
                        <Entries page=all narrowed=narrowed />
                        <MorePages more=more noun="row" />
                    }
                }
            </Loaded>
        </Card>
    }
}

/// The log as a file, and whether it is what was written.
#[component]
fn Take(narrowed: Narrowed) -> impl IntoView {
    let workspace = use_workspace();
    let submit = Submit::new();
    let found = RwSignal::new(None::<AuditVerification>);
    let verify = move || {
        found.set(None);
        let api = workspace.api();
        submit.send(async move { api.verify_audit().await }, move |answer| {
            let _ = found.try_set(Some(answer));
        });
    };
    let link = move |format: AuditFormat, label: &'static str| {
        let address = move || workspace.api().audit_address(&narrowed.filter(), format);
        view! {
            <a
                class="text-accent-text hover:underline"
                href=address
                download=format!("audit.{}", format.as_str())
            >
                {label}
            </a>
        }
    };
    view! {
        <div class="mt-4 flex flex-wrap items-center gap-x-4 gap-y-2">
            {link(AuditFormat::Csv, "Download CSV")}
            {link(AuditFormat::Jsonl, "Download JSON Lines")}
            <Button icon=Glyph::ShieldCheck loading=submit.busy on_click=verify>
                "Verify the log"
            </Button>
        </div>
        <div class="mt-3 space-y-2 empty:hidden">
            <FormFailure submit=submit pointers=&[] />
            {move || {
                found
                    .get()
                    .map(|found| {
                        let tone = if found.intact { "text-ok" } else { "text-bad" };
                        view! {
                            <p
                                role="status"
                                class=format!("text-table wrap-anywhere {tone}")
                                data-audit-intact=found.intact.to_string()
                            >
                                {verdict(&found)}
                            </p>
                        }
                    })
            }}
        </div>
    }
}

fn fit(rows: u64) -> String {
    format!("{} {}", format::plural(rows, "row"), if rows == 1 { "is" } else { "are" })
}

/// What a verification found.
fn verdict(found: &AuditVerification) -> String {
    match (found.broken, &found.head) {
        (Some(broken), _) => {
            format!("Row {} {}. Before it, {} as written.", broken.seq, broken.fault.words(), fit(found.rows))
        }
        (None, Some(head)) => {
            format!("{} as written. The last has the hash {head}.", fit(found.rows))
        }
        (None, None) => "Nothing is written yet.".to_owned(),
    }
}

/// What an entry says that was changed: `role: admin · reason: away`. What is null was not said.
fn changed(detail: &Value) -> String {
    match detail {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Object(fields) => {
            let said = fields.iter().filter(|(_, value)| !value.is_null());
            let said = said.map(|(name, value)| format!("{}: {}", name.replace('_', " "), changed(value)));
            said.collect::<Vec<_>>().join(" · ")
        }
        other => other.to_string(),
    }
}

#[component]
fn Entries(page: Signal<Page<AuditEntry>>, narrowed: Narrowed) -> impl IntoView {
    let head = || {
        view! {
            <HeaderCell>"When"</HeaderCell>
            <HeaderCell>"Who"</HeaderCell>
            <HeaderCell>"What"</HeaderCell>
            <HeaderCell>"To what"</HeaderCell>
            <HeaderCell>"Detail"</HeaderCell>
        }
    };
    let empty = Memo::new(move |_| page.with(|page| page.items.is_empty()));
    let nothing = move || {
        if narrowed.is_narrow() {
            view! {
                <EmptyState
                    icon=Glyph::Filter
                    title="No row matches"
                    text="No row of the audit log has all of this."
                    action=move || view! { <Button on_click=move || narrowed.clear()>"Clear filters"</Button> }
                />
            }
            .into_any()
        } else {
            view! { <EmptyState title="Nothing yet" text="Every change of this organization is written here." /> }
                .into_any()
        }
    };
    view! {
        <Show when=move || !empty.get() fallback=nothing>
            <Table caption="Audit log" head=head class="max-h-160">
                <For
                    each=move || page.with(|page| page.items.clone())
                    key=|entry| entry.seq
                    children=entry_row
                />
            </Table>
        </Show>
    }
}

fn entry_row(entry: AuditEntry) -> impl IntoView {
    let request = entry.request_id.map(|id| format!("Request {id}")).unwrap_or_default();
    view! {
        <Row>
            <Cell>
                <RelativeTime at=entry.at />
            </Cell>
            <Cell>{entry.actor}</Cell>
            <Cell mono=true>{entry.action}</Cell>
            <Cell mono=true class="min-w-36 max-w-64 wrap-anywhere">{entry.subject}</Cell>
            <Cell mono=true class="min-w-48 wrap-anywhere text-text-3" title=request>
                {changed(&entry.detail)}
            </Cell>
        </Row>
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use types::audit::{AuditFault, BrokenLink};

    use super::*;

    #[test]
    fn a_change_is_told_in_full_without_what_was_not_said() {
        let cases = [
            (Value::Null, ""),
            (json!({ "reason": null }), ""),
            (json!({ "data_key": 2, "reason": "Announced" }), "data key: 2 · reason: Announced"),
            (
                json!({ "from": { "role": "viewer" }, "to": ["a", "b"] }),
                "from: role: viewer · to: [\"a\",\"b\"]",
            ),
        ];
        for (detail, expected) in cases {
            assert_eq!(changed(&detail), expected);
        }
    }

    #[test]
    fn a_verdict_names_the_first_broken_row() {
        let whole = AuditVerification { intact: true, rows: 3, head: Some("abc".into()), broken: None };
        assert_eq!(verdict(&whole), "3 rows are as written. The last has the hash abc.");
        let broken = Some(BrokenLink { seq: 2, fault: AuditFault::Missing });
        let broken = AuditVerification { intact: false, rows: 1, head: None, broken };
        assert_eq!(verdict(&broken), "Row 2 was removed. Before it, 1 row is as written.");
    }
}
