use leptos::prelude::*;
use types::policy::PolicyDocument;
use ui::{
    Button, Card, Cell, ControlSize, EmptyState, Glyph, HeaderCell, RelativeTime, Row, SkeletonRows, Table,
};

use super::source;
use crate::fetch::{Fetched, MorePages, Paged};
use crate::page::Loaded;
use crate::workspace::use_workspace;

/// The versions that there were, newest first; each can be looked at in the editor.
#[component]
pub fn Versions(
    of: RwSignal<String>,
    document: Signal<PolicyDocument>,
    draft: RwSignal<Option<String>>,
) -> impl IntoView {
    let newest = Memo::new(move |_| document.with(|document| document.version));
    let versions = Fetched::new(
        move || (of.get(), newest.get()),
        |api, (of, _)| async move { api.drift_policy_versions(source(&of), None).await },
    );
    view! {
        <Card title="Versions" description="Nothing is ever overwritten: the newest is in force." flush=true>
            <Loaded from=versions skeleton=|| view! { <SkeletonRows rows=3 what="versions" /> } let:page>
                {
                    let Paged { all, more } = Paged::new(
                        page,
                        move || of.get(),
                        move |api, cursor| {
                            let of = of.get_untracked();
                            async move { api.drift_policy_versions(source(&of), Some(&cursor)).await }
                        },
                    );
                    let empty = Memo::new(move |_| all.with(|page| page.items.is_empty()));
                    view! {
                        <Show
                            when=move || !empty.get()
                            fallback=|| {
                                view! {
                                    <EmptyState
                                        icon=Glyph::History
                                        title="No version yet"
                                        text="Each change of the policy is kept here with its author and reason."
                                    />
                                }
                            }
                        >
                            <VersionTable page=all draft=draft />
                            <MorePages more=more noun="version" />
                        </Show>
                    }
                }
            </Loaded>
        </Card>
    }
}

#[component]
fn VersionTable(
    page: Signal<types::page::Page<types::policy::PolicyVersion>>,
    draft: RwSignal<Option<String>>,
) -> impl IntoView {
    let workspace = use_workspace();
    let may = Signal::derive(move || workspace.may(types::permission::Permission::DriftHandle));
    let head = || {
        view! {
            <HeaderCell numeric=true>"Version"</HeaderCell>
            <HeaderCell>"Changed"</HeaderCell>
            <HeaderCell>"By"</HeaderCell>
            <HeaderCell>"Why"</HeaderCell>
            <HeaderCell>
                <span class="sr-only">"Actions"</span>
            </HeaderCell>
        }
    };
    view! {
        <Table caption="Versions of the policy" head=head class="max-h-96 border-t border-border">
            <For
                each=move || page.get().items
                key=|version| version.version
                children=move |version| {
                    let (number, text) = (version.version, version.text);
                    view! {
                        <Row>
                            <Cell numeric=true>{number}</Cell>
                            <Cell>
                                <RelativeTime at=version.at />
                            </Cell>
                            <Cell class="font-medium">{version.author}</Cell>
                            <Cell class="min-w-48">{version.reason.unwrap_or_else(|| "—".to_owned())}</Cell>
                            <Cell numeric=true>
                                {move || {
                                    let text = text.clone();
                                    may.get()
                                        .then(|| {
                                            view! {
                                                <Button
                                                    size=ControlSize::Small
                                                    on_click=move || draft.set(Some(text.clone()))
                                                >
                                                    "Open in editor"
                                                    <span class="sr-only">{format!(": version {number}")}</span>
                                                </Button>
                                            }
                                        })
                                }}
                            </Cell>
                        </Row>
                    }
                }
            />
        </Table>
    }
}
