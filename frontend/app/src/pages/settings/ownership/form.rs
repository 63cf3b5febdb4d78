use leptos::prelude::*;
use types::organization::Member;
use types::ownership::{Owner, OwnershipDocument, OwnershipRule, SetOwnership};
use ui::{Button, ButtonVariant, Dialog, Field, Input, Select, SelectOption, use_toasts};

use super::Editing;
use crate::opened::open_while;
use crate::submit::{FormFailure, Submit};
use crate::workspace::use_workspace;

/// Adding a rule, or changing one.
#[component]
pub(super) fn RuleDialog(
    document: Signal<OwnershipDocument>,
    people: Signal<Vec<Member>>,
    editing: RwSignal<Option<Editing>>,
    #[prop(into)] on_saved: Callback<()>,
) -> impl IntoView {
    let open = open_while(editing, Option::is_some);
    let title = Signal::derive(move || {
        let is_known = editing.with(|editing| editing.as_ref().is_some_and(|editing| editing.at.is_some()));
        if is_known { "Edit rule".to_owned() } else { "Add rule".to_owned() }
    });
    view! {
        <Dialog open=open title=title>
            {move || {
                let done = move || {
                    open.set(false);
                    on_saved.run(());
                };
                editing
                    .get_untracked()
                    .map(|editing| {
                        view! {
                            <RuleForm
                                document=document
                                people=people
                                editing=editing
                                on_done=done
                                on_cancel=move || open.set(false)
                            />
                        }
                    })
            }}
        </Dialog>
    }
}

#[component]
fn RuleForm(
    document: Signal<OwnershipDocument>,
    people: Signal<Vec<Member>>,
    editing: Editing,
    #[prop(into)] on_done: Callback<()>,
    #[prop(into)] on_cancel: Callback<()>,
) -> impl IntoView {
    let workspace = use_workspace();
    let toasts = use_toasts();
    let submit = Submit::new();
    let Editing { at, rule } = editing;
    let path = RwSignal::new(rule.path.unwrap_or_default());
    let (kind, member, team) = match rule.owner {
        None => ("none", String::new(), String::new()),
        Some(Owner::Member { id }) => ("member", id.to_string(), String::new()),
        Some(Owner::Team { name }) => ("team", String::new(), name),
    };
    let kind = RwSignal::new(kind.to_owned());
    let (member, team) = (RwSignal::new(member), RwSignal::new(team));
    let tags = RwSignal::new(rule.tags.join(", "));
    let written = move || {
        let owner = match kind.get_untracked().as_str() {
            "member" => member.get_untracked().parse().ok().map(|id| Owner::Member { id }),
            "team" => Some(Owner::Team { name: team.get_untracked().trim().to_owned() }),
            _ => None,
        };
        let path = Some(path.get_untracked().trim().to_owned()).filter(|path| !path.is_empty());
        let tags = tags.get_untracked();
        let tags = tags.split(',').map(|tag| tag.trim().to_owned()).filter(|tag| !tag.is_empty()).collect();
        OwnershipRule { path, owner, tags }
    };
    let save = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let (api, document) = (workspace.api(), document.get_untracked());
        let mut body = SetOwnership { version: document.version, rules: document.rules };
        match at.and_then(|at| body.rules.get_mut(at)) {
            Some(rule) => *rule = written(),
            None => body.rules.push(written()),
        }
        submit.send(async move { api.set_ownership(Some(&document.source), &body).await }, move |_| {
            toasts.success("Rule saved.");
            on_done.run(());
        });
    };
    let kinds = vec![
        SelectOption::new("none", "Nobody: only tags"),
        SelectOption::new("member", "A member"),
        SelectOption::new("team", "A team"),
    ];
    let members = Signal::derive(move || {
        let choose = SelectOption::new("", "Choose a member");
        let one = |member: Member| {
            SelectOption::new(member.user_id.to_string(), format!("{} ({})", member.name, member.email))
        };
        std::iter::once(choose).chain(people.get().into_iter().map(one)).collect::<Vec<_>>()
    });
    let owner = move || match kind.get().as_str() {
        "member" => view! {
            <Field label="Member">
                <Select value=member options=members />
            </Field>
        }
        .into_any(),
        "team" => view! {
            <Field label="Team">
                <Input value=team placeholder="Payments" required=true />
            </Field>
        }
        .into_any(),
        _ => ().into_any(),
    };
    view! {
        <form class="space-y-4" on:submit=save>
            <Field
                label="Pattern"
                hint="Such as public.pay_*: * within a name, ** across dots. Empty for the whole source"
                optional=true
            >
                <Input value=path mono=true placeholder="public.*" />
            </Field>
            <Field label="Owner">
                <Select value=kind options=kinds />
            </Field>
            {owner}
            <Field label="Tags" hint="Separated by commas" optional=true>
                <Input value=tags />
            </Field>
            <FormFailure submit=submit pointers=&[] />
            <div class="flex justify-end gap-2">
                <Button on_click=move || on_cancel.run(())>"Cancel"</Button>
                <Button variant=ButtonVariant::Primary submit=true loading=submit.busy>
                    "Save rule"
                </Button>
            </div>
        </form>
    }
}
