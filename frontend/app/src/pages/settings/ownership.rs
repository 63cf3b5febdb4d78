mod form;

use leptos::prelude::*;
use types::UserId;
use types::organization::Member;
use types::ownership::{Owner, OwnershipDocument, OwnershipRule, SetOwnership};
use types::permission::Permission;
use ui::{
    Badge, Button, ButtonVariant, Card, Cell, ConfirmDialog, ControlSize, EmptyState, Field, Glyph,
    HeaderCell, IconButton, Row, Select, SelectOption, SkeletonRows, Table, use_toasts,
};

use self::form::RuleDialog;
use super::configuration::ConfigurationFile;
use crate::fetch::Fetched;
use crate::one_source::ConnectSource;
use crate::opened::open_while;
use crate::page::Loaded;
use crate::submit::Submit;
use crate::workspace::use_workspace;

/// A rule under work: its place in the document, or a new one.
#[derive(Clone, Debug, PartialEq)]
struct Editing {
    at: Option<usize>,
    rule: OwnershipRule,
}

/// Who answers for which data of a source, and the file of all that is configured.
#[component]
pub fn OwnershipSettings() -> impl IntoView {
    let workspace = use_workspace();
    // Which one it is stands above its rules.
    let first = move || workspace.shown_sources().into_iter().next();
    let chosen = RwSignal::new(untrack(first).unwrap_or_default());
    // The sources may come later than the page.
    Effect::new(move |_| {
        if let Some(source) = first()
            && chosen.with_untracked(String::is_empty)
        {
            chosen.set(source);
        }
    });
    let sources = move || {
        let all = workspace.all_sources();
        (all.len() > 1).then(|| {
            let options: Vec<_> =
                all.into_iter().map(|one| SelectOption::new(one.name.clone(), one.name)).collect();
            view! {
                <div class="w-56">
                    <Field label="Source">
                        <Select value=chosen options=options />
                    </Field>
                </div>
            }
        })
    };
    let rules = move || {
        let source = chosen.get();
        if source.is_empty() {
            return view! {
                <EmptyState
                    icon=Glyph::Database
                    title="No source yet"
                    text="Owners and tags are said of a source's data."
                    action=|| view! { <ConnectSource variant=ButtonVariant::Primary /> }
                />
            }
            .into_any();
        }
        view! { <Rules source=source /> }.into_any()
    };
    view! {
        {sources}
        {rules}
        <ConfigurationFile />
    }
}

#[component]
fn Rules(source: String) -> impl IntoView {
    let workspace = use_workspace();
    let asked = source.clone();
    let document = Fetched::new(
        || (),
        move |api, ()| {
            let source = asked.clone();
            async move { api.ownership(Some(&source)).await }
        },
    );
    let members = Fetched::new(|| (), |api, ()| async move { api.members().await });
    let people = Signal::derive(move || members.with(|members| members.cloned().unwrap_or_default()));
    let editing = RwSignal::new(None::<Editing>);
    let removing = RwSignal::new(None::<usize>);
    let writes = Memo::new(move |_| workspace.may(Permission::SchemaDescribe));
    let actions = move || {
        view! {
            <Show when=move || writes.get()>
                <Button
                    variant=ButtonVariant::Primary
                    icon=Glyph::Plus
                    on_click=move || editing.set(Some(Editing { at: None, rule: OwnershipRule::default() }))
                >
                    "Add rule"
                </Button>
            </Show>
        }
    };
    view! {
        <Card
            title="Ownership"
            description="The nearest owner answers: a table's own, that of the most specific pattern, the source's. Tags add up. New incidents go to the member who owns their table."
            actions=actions
            flush=true
        >
            <Loaded from=document skeleton=|| view! { <SkeletonRows what="owners" /> } let:document>
                <RuleTable document=document people=people writes=writes editing=editing removing=removing />
                <RuleDialog document=document people=people editing=editing on_saved=move || workspace.refresh() />
                <Removal document=document removing=removing on_removed=move || workspace.refresh() />
            </Loaded>
        </Card>
    }
}

/// What a rule is about, in words.
fn subject(rule: &OwnershipRule) -> String {
    rule.path.clone().unwrap_or_else(|| "the whole source".to_owned())
}

/// A member's name, if they are still there.
fn member_name(people: &[Member], id: UserId) -> String {
    people
        .iter()
        .find(|member| member.user_id == id)
        .map_or_else(|| "a former member".to_owned(), |member| member.name.clone())
}

#[component]
fn RuleTable(
    document: Signal<OwnershipDocument>,
    people: Signal<Vec<Member>>,
    writes: Memo<bool>,
    editing: RwSignal<Option<Editing>>,
    removing: RwSignal<Option<usize>>,
) -> impl IntoView {
    let head = || {
        view! {
            <HeaderCell>"What"</HeaderCell>
            <HeaderCell>"Owner"</HeaderCell>
            <HeaderCell>"Tags"</HeaderCell>
            <HeaderCell>
                <span class="sr-only">"Actions"</span>
            </HeaderCell>
        }
    };
    let row = move |(at, rule): (usize, OwnershipRule)| {
        let about = subject(&rule);
        let owner = match rule.owner.clone() {
            None => "—".to_owned(),
            Some(Owner::Team { name }) => format!("{name} (team)"),
            Some(Owner::Member { id }) => people.with(|people| member_name(people, id)),
        };
        let tags = rule.tags.iter().map(|tag| view! { <Badge label=tag.clone() /> }).collect_view();
        let (edit, remove) = (format!("Edit the rule for {about}"), format!("Delete the rule for {about}"));
        let buttons = move || {
            let rule = rule.clone();
            writes.get().then(|| {
                view! {
                    <IconButton
                        label=edit.clone()
                        icon=Glyph::Edit
                        size=ControlSize::Small
                        on_click=move || editing.set(Some(Editing { at: Some(at), rule: rule.clone() }))
                    />
                    <IconButton
                        label=remove.clone()
                        icon=Glyph::Trash
                        size=ControlSize::Small
                        on_click=move || removing.set(Some(at))
                    />
                }
            })
        };
        view! {
            <Row>
                <Cell mono=true>
                    <span data-rule>{about}</span>
                </Cell>
                <Cell>{owner}</Cell>
                <Cell>
                    <span class="flex flex-wrap gap-1">{tags}</span>
                </Cell>
                <Cell numeric=true>{buttons}</Cell>
            </Row>
        }
    };
    move || {
        let rules = document.with(|document| document.rules.clone());
        if rules.is_empty() {
            return view! {
                <EmptyState
                    icon=Glyph::Tag
                    title="No rule yet"
                    text="Say who answers for the source, or for the tables that a pattern names; both are inherited downwards."
                />
            }
            .into_any();
        }
        let rows = rules.into_iter().enumerate().map(row).collect_view();
        view! {
            <Table caption="Rules of ownership" head=head class="border-t border-border">
                {rows}
            </Table>
        }
        .into_any()
    }
}

/// Asks before a rule goes.
#[component]
fn Removal(
    document: Signal<OwnershipDocument>,
    removing: RwSignal<Option<usize>>,
    #[prop(into)] on_removed: Callback<()>,
) -> impl IntoView {
    let workspace = use_workspace();
    let toasts = use_toasts();
    let submit = Submit::new();
    let open = open_while(removing, Option::is_some);
    let about = move || {
        removing
            .get()
            .and_then(|at| document.with(|document| document.rules.get(at).map(subject)))
            .unwrap_or_default()
    };
    let remove = move || {
        let Some(at) = removing.get_untracked() else { return };
        let (api, document) = (workspace.api(), document.get_untracked());
        let mut body = SetOwnership { version: document.version, rules: document.rules };
        if at < body.rules.len() {
            body.rules.remove(at);
        }
        submit.send_or(
            async move { api.set_ownership(Some(&document.source), &body).await },
            move |_| {
                toasts.success("Rule deleted.");
                open.set(false);
                on_removed.run(());
            },
            move |failure| toasts.failure(failure.to_string(), failure.request_id()),
        );
    };
    view! {
        <ConfirmDialog
            open=open
            title="Delete rule"
            message=Signal::derive(move || {
                format!("What the rule for {} says holds no more. Incidents that it routed stay where they are.", about())
            })
            confirm="Delete rule"
            busy=submit.busy
            on_confirm=remove
        />
    }
}
