use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_json::Value;
use types::organization::AuditEntry;
use types::page::Page;
use ui::{Button, Card, Cell, EmptyState, HeaderCell, RelativeTime, Row, SkeletonRows, Table, use_toasts};

use crate::fetch::Fetched;
use crate::page::Loaded;
use crate::workspace::use_workspace;

/// Who did what, newest first.
#[component]
pub fn Audit() -> impl IntoView {
    let audit = Fetched::new(|| (), |api, ()| async move { api.audit(None).await });
    view! {
        <Card
            title="Audit log"
            description="Each row holds the hash of the one before it, so that none can be changed or taken out unnoticed."
            flush=true
        >
            <Loaded from=audit skeleton=|| view! { <SkeletonRows what="the audit log" /> } let:page>
                <Entries page=page />
            </Loaded>
        </Card>
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
fn Entries(page: Signal<Page<AuditEntry>>) -> impl IntoView {
    let workspace = use_workspace();
    let toasts = use_toasts();
    // What "Show older" added below the newest page.
    let older = RwSignal::new(Vec::<AuditEntry>::new());
    let cursor = RwSignal::new(page.with_untracked(|page| page.next_cursor.clone()));
    let busy = RwSignal::new(false);
    let more = move || {
        let Some(from) = cursor.get_untracked() else { return };
        busy.set(true);
        let api = workspace.api();
        spawn_local(async move {
            match api.audit(Some(&from)).await {
                Ok(next) => {
                    let _ = older.try_update(|older| older.extend(next.items));
                    let _ = cursor.try_set(next.next_cursor);
                }
                Err(failure) => toasts.error(failure.to_string()),
            }
            let _ = busy.try_set(false);
        });
    };
    let entries = Memo::new(move |_| {
        let mut entries = page.with(|page| page.items.clone());
        let last = entries.last().map(|entry| entry.seq);
        older.with(|older| {
            entries.extend(older.iter().filter(|entry| last.is_none_or(|last| entry.seq < last)).cloned());
        });
        entries
    });
    let head = || {
        view! {
            <HeaderCell>"When"</HeaderCell>
            <HeaderCell>"Who"</HeaderCell>
            <HeaderCell>"What"</HeaderCell>
            <HeaderCell>"To what"</HeaderCell>
            <HeaderCell>"Detail"</HeaderCell>
        }
    };
    let empty = Memo::new(move |_| entries.with(Vec::is_empty));
    view! {
        <Show
            when=move || !empty.get()
            fallback=|| view! { <EmptyState title="Nothing yet" text="Every change of this organization is written here." /> }
        >
            <Table caption="Audit log" head=head class="max-h-160 border-t border-border">
                <For
                    each=move || entries.get()
                    key=|entry| entry.seq
                    children=move |entry| {
                        let request = entry.request_id.map(|id| format!("Request {id}")).unwrap_or_default();
                        view! {
                            <Row>
                                <Cell>
                                    <RelativeTime at=entry.at />
                                </Cell>
                                <Cell>{entry.actor}</Cell>
                                <Cell mono=true>{entry.action}</Cell>
                                <Cell mono=true class="max-w-64 wrap-anywhere">{entry.subject}</Cell>
                                <Cell mono=true class="min-w-48 wrap-anywhere text-text-3" title=request>
                                    {changed(&entry.detail)}
                                </Cell>
                            </Row>
                        }
                    }
                />
            </Table>
        </Show>
        <Show when=move || cursor.get().is_some()>
            <div class="flex justify-center border-t border-border p-3">
                <Button loading=busy on_click=more>"Show older"</Button>
            </div>
        </Show>
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

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
}
