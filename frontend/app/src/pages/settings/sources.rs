use leptos::prelude::*;
use types::permission::Permission;
use types::source::Source;
use ui::{Button, ButtonVariant, Card, EmptyState, Glyph, SkeletonRows};

use super::source_form::SourceDialog;
use super::source_row::SourceRow;
use crate::page::Loaded;
use crate::workspace::use_workspace;

/// What the form is about.
#[derive(Clone, PartialEq)]
pub(super) enum Editing {
    New,
    One(Box<Source>),
}

/// The monitored databases.
#[component]
pub fn Sources() -> impl IntoView {
    let workspace = use_workspace();
    let editing = RwSignal::new(None::<Editing>);
    let manages = Memo::new(move |_| workspace.may(Permission::SourceManage));
    let actions = move || {
        view! {
            <Show when=move || manages.get()>
                <Button
                    variant=ButtonVariant::Primary
                    icon=Glyph::Plus
                    on_click=move || editing.set(Some(Editing::New))
                >
                    "Add source"
                </Button>
            </Show>
        }
    };
    view! {
        <Card
            title="Sources"
            description="A source is a database that a bastion-mcp reads. Bastion keeps no database credential."
            actions=actions
            flush=true
        >
            <Loaded from=workspace.sources skeleton=|| view! { <SkeletonRows what="sources" /> } let:sources>
                {
                    let empty = Memo::new(move |_| sources.with(Vec::is_empty));
                    view! {
                        <Show
                            when=move || !empty.get()
                            fallback=|| {
                                view! {
                                    <EmptyState
                                        icon=Glyph::Database
                                        title="No source yet"
                                        text="Add the address of a bastion-mcp, or use the one behind your Archestra gateway."
                                    />
                                }
                            }
                        >
                            <ul class="divide-y divide-border border-t border-border">
                                <For
                                    each=move || sources.get()
                                    key=source_key
                                    children=move |source| {
                                        view! { <SourceRow source=source manages=manages editing=editing /> }
                                    }
                                />
                            </ul>
                        </Show>
                    }
                }
            </Loaded>
        </Card>
        <SourceDialog editing=editing />
    }
}

/// Whatever a row shows: when it changes the row is built anew.
fn source_key(source: &Source) -> String {
    format!(
        "{} {} {:?} {:?} {:?} {:?}",
        source.id, source.name, source.url, source.last_scan_at, source.last_run, source.schedule
    )
}
