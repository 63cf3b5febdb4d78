use leptos::prelude::*;
use types::Timestamp;
use types::policy::{AnnounceMigration, KindPattern};
use ui::{Button, ButtonVariant, Card, Field, Glyph, Input, use_toasts};

use super::source;
use crate::submit::{FormFailure, Submit};
use crate::workspace::use_workspace;

/// The form that announces a migration; shut until somebody wants it.
#[component]
pub fn Announce(of: RwSignal<String>, #[prop(into)] on_announced: Callback<()>) -> impl IntoView {
    let open = RwSignal::new(false);
    let done = move || {
        open.set(false);
        on_announced.run(());
    };
    view! {
        <Card
            title="Announce a migration"
            description="Tell beforehand what a deploy will change and when: in that window it raises no alarm."
            actions=move || {
                view! {
                    <Button icon=Glyph::Calendar on_click=move || open.update(|open| *open = !*open)>
                        {move || if open.get() { "Close" } else { "Announce" }}
                    </Button>
                }
            }
        >
            {move || open.get().then(|| view! { <Form of=of on_announced=done /> })}
        </Card>
    }
}

#[component]
fn Form(of: RwSignal<String>, #[prop(into)] on_announced: Callback<()>) -> impl IntoView {
    let workspace = use_workspace();
    let toasts = use_toasts();
    let submit = Submit::new();
    let [from, until, path, kinds, reason] = std::array::from_fn(|_| RwSignal::new(String::new()));
    let unknown_kind = RwSignal::new(None::<String>);
    let send = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let kinds = match parsed(&kinds.get_untracked()) {
            Ok(kinds) => kinds,
            Err(kind) => {
                unknown_kind.set(Some(format!(
                    "There is no kind of change {kind}. Write column.dropped, or index.*."
                )));
                return;
            }
        };
        unknown_kind.set(None);
        let (Some(from), Some(until)) = (moment(&from.get_untracked()), moment(&until.get_untracked()))
        else {
            return;
        };
        let path = Some(path.get_untracked().trim().to_owned()).filter(|path| !path.is_empty());
        let body = AnnounceMigration { from, until, path, kinds, reason: reason.get_untracked() };
        let (api, of) = (workspace.api(), of.get_untracked());
        submit.send(async move { api.announce_migration(source(&of), &body).await }, move |_| {
            toasts.success("Migration announced.");
            on_announced.run(());
        });
    };
    view! {
        <form on:submit=send>
            <div class="grid gap-3 sm:grid-cols-2 lg:grid-cols-4">
                <Field label="From (UTC)" error=submit.field("/from")>
                    <Input value=from kind="datetime-local" required=true />
                </Field>
                <Field label="Until (UTC)" error=submit.field("/until")>
                    <Input value=until kind="datetime-local" required=true />
                </Field>
                <Field label="Path" optional=true hint="* within a part, ** across dots" error=submit.field("/path")>
                    <Input value=path mono=true placeholder="public.orders.**" />
                </Field>
                <Field label="Kinds" optional=true hint="Several with commas; all without" error=unknown_kind>
                    <Input value=kinds mono=true placeholder="column.*, table.dropped" />
                </Field>
            </div>
            <div class="mt-3 flex flex-wrap items-end gap-3">
                <div class="min-w-60 flex-1">
                    <Field label="What is deployed" error=submit.field("/reason")>
                        <Input value=reason required=true placeholder="Release 12: addresses in a table of their own" />
                    </Field>
                </div>
                <Button variant=ButtonVariant::Primary submit=true loading=submit.busy>
                    "Announce migration"
                </Button>
            </div>
            <div class="mt-3">
                <FormFailure submit=submit pointers=&["/from", "/until", "/path", "/reason"] />
            </div>
        </form>
    }
}

/// A field's date and time, in UTC: `2026-11-21T20:00`.
fn moment(text: &str) -> Option<Timestamp> {
    Timestamp::parse(&format!("{text}:00Z")).or_else(|| Timestamp::parse(&format!("{text}Z")))
}

/// Kinds with commas in between, or the first that there is not.
fn parsed(text: &str) -> Result<Vec<KindPattern>, String> {
    text.split(',')
        .map(str::trim)
        .filter(|kind| !kind.is_empty())
        .map(|kind| KindPattern::parse(kind).ok_or_else(|| kind.to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_read_with_commas_in_between() {
        assert_eq!(parsed(" column.*, table.dropped,").unwrap().len(), 2);
        assert_eq!(parsed("").unwrap().len(), 0);
        assert_eq!(parsed("column.*, tabel.dropped").unwrap_err(), "tabel.dropped");
    }

    #[test]
    fn a_moment_is_of_the_minute() {
        assert_eq!(moment("2026-11-21T20:00").unwrap().to_string(), "2026-11-21T20:00:00.000Z");
        assert_eq!(moment("2026-11-21T20:00:30").unwrap().to_string(), "2026-11-21T20:00:30.000Z");
        assert_eq!(moment(""), None);
    }
}
