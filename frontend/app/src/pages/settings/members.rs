use leptos::prelude::*;
use types::organization::{DecideJoinRequest, JoinRequest, Member, PatchMember};
use types::permission::{Permission, Role};
use ui::{
    Badge, Button, Card, Cell, ConfirmDialog, ControlSize, EmptyState, Glyph, HeaderCell, IconButton,
    RelativeTime, Row, Select, SelectOption, SkeletonRows, Table, use_toasts,
};

use super::invitations::Invitations;
use super::leave::Leave;
use super::roles::Roles;
use crate::avatar::Avatar;
use crate::fetch::Fetched;
use crate::opened::open_while;
use crate::page::Loaded;
use crate::submit::Submit;
use crate::words::role;
use crate::workspace::use_workspace;

/// The roles that may be given, least first.
pub(super) fn roles() -> Vec<SelectOption> {
    Role::ALL.into_iter().map(|one| SelectOption::new(one.as_str(), role(one))).collect()
}

/// Who belongs to the organization, who asks to, and who is invited.
#[component]
pub fn Members() -> impl IntoView {
    let workspace = use_workspace();
    let members = Fetched::new(|| (), |api, ()| async move { api.members().await });
    let manages = Memo::new(move |_| workspace.may(Permission::MemberManage));
    view! {
        <Card
            title="Members"
            description="Viewers read; members also scan and decide about drift; administrators also manage sources, members and keys; owners may delete the organization."
            flush=true
        >
            <Loaded from=members skeleton=|| view! { <SkeletonRows what="members" /> } let:members>
                <MemberTable members=members manages=manages />
            </Loaded>
        </Card>
        <Show when=move || manages.get()>
            <JoinRequests />
            <Invitations />
        </Show>
        <Roles />
        <Leave />
    }
}

#[component]
fn MemberTable(members: Signal<Vec<Member>>, manages: Memo<bool>) -> impl IntoView {
    let leaving = RwSignal::new(None::<Member>);
    let head = || {
        view! {
            <HeaderCell>"Name"</HeaderCell>
            <HeaderCell>"E-mail"</HeaderCell>
            <HeaderCell>"Role"</HeaderCell>
            <HeaderCell>"Last seen"</HeaderCell>
            <HeaderCell>
                <span class="sr-only">"Actions"</span>
            </HeaderCell>
        }
    };
    view! {
        <Table caption="Members" head=head class="border-t border-border">
            <For
                each=move || members.get()
                key=|member| {
                    (member.user_id, member.role, member.last_seen_at, member.deactivated, member.avatar.clone())
                }
                children=move |member| view! { <MemberRow member=member manages=manages leaving=leaving /> }
            />
        </Table>
        <RemoveMember leaving=leaving />
    }
}

#[component]
fn MemberRow(member: Member, manages: Memo<bool>, leaving: RwSignal<Option<Member>>) -> impl IntoView {
    let workspace = use_workspace();
    let toasts = use_toasts();
    let submit = Submit::new();
    let chosen = RwSignal::new(member.role.as_str().to_owned());
    let (user, before) = (member.user_id, member.role);
    let name = member.name.clone();
    let change = move |value: String| {
        let Some(role) = Role::parse(&value) else { return };
        let (api, name) = (workspace.api(), name.clone());
        submit.send_or(
            async move { api.patch_member(user, &PatchMember { role }).await },
            move |()| {
                toasts.success(format!("{name} is now {}.", crate::words::role(role).to_ascii_lowercase()));
                workspace.refresh();
            },
            move |failure| {
                let _ = chosen.try_set(before.as_str().to_owned());
                toasts.failure(failure.to_string(), failure.request_id());
            },
        );
    };
    let label = format!("Role of {}", member.name);
    let shown_role = role(member.role);
    let removed = member.clone();
    let remove_label = format!("Remove {}", member.name);
    let change = Callback::new(change);
    let role_cell = move || {
        if manages.get() {
            view! {
                <span class="inline-block w-36">
                    <Select value=chosen options=roles() label=label.clone() on_change=change disabled=submit.busy />
                </span>
            }
            .into_any()
        } else {
            view! { <span>{shown_role}</span> }.into_any()
        }
    };
    let actions = move || {
        manages.get().then(|| {
            let removed = removed.clone();
            view! {
                <IconButton
                    label=remove_label.clone()
                    icon=Glyph::Close
                    size=ControlSize::Small
                    on_click=move || leaving.set(Some(removed.clone()))
                />
            }
        })
    };
    view! {
        <Row>
            <Cell class="font-medium">
                <span class="inline-flex items-center gap-2">
                    <Avatar user=member.user_id name=member.name.clone() avatar=member.avatar.clone() small=true />
                    {member.name.clone()}
                </span> {member.deactivated.then(|| view! { " " <Badge label="deactivated" /> })}
            </Cell>
            <Cell>{member.email.clone()}</Cell>
            <Cell>{role_cell}</Cell>
            <Cell>
                {match member.last_seen_at {
                    Some(at) => view! { <RelativeTime at=at /> }.into_any(),
                    None => view! { "never" }.into_any(),
                }}
            </Cell>
            <Cell numeric=true>{actions}</Cell>
        </Row>
    }
}

#[component]
fn RemoveMember(leaving: RwSignal<Option<Member>>) -> impl IntoView {
    let workspace = use_workspace();
    let toasts = use_toasts();
    let submit = Submit::new();
    let open = open_while(leaving, Option::is_some);
    let name =
        move || leaving.with(|member| member.as_ref().map(|member| member.name.clone()).unwrap_or_default());
    let remove = move || {
        let Some(member) = leaving.get_untracked() else { return };
        let api = workspace.api();
        submit.send_or(
            async move { api.remove_member(member.user_id).await },
            move |()| {
                let _ = open.try_set(false);
                toasts.success("Member removed.");
                workspace.refresh();
            },
            move |failure| toasts.failure(failure.to_string(), failure.request_id()),
        );
    };
    view! {
        <ConfirmDialog
            open=open
            title="Remove member"
            message=Signal::derive(move || format!("{} loses access to this organization at once.", name()))
            confirm=Signal::derive(move || format!("Remove {}", name()))
            busy=submit.busy
            on_confirm=remove
        />
    }
}

/// Who asks to join.
#[component]
fn JoinRequests() -> impl IntoView {
    let requests = Fetched::new(|| (), |api, ()| async move { api.join_requests().await });
    view! {
        <Card title="Join requests" description="People who entered this organization's id" flush=true>
            <Loaded from=requests skeleton=|| view! { <SkeletonRows rows=2 what="join requests" /> } let:list>
                {move || {
                    let list = list.get();
                    if list.is_empty() {
                        view! {
                            <EmptyState
                                icon=Glyph::Users
                                title="Nobody asks to join"
                                text="Give somebody the organization's id; their request shows up here."
                            />
                        }
                            .into_any()
                    } else {
                        let items = list.into_iter().map(|request| view! { <Request request=request /> }).collect_view();
                        view! { <ul class="divide-y divide-border border-t border-border">{items}</ul> }.into_any()
                    }
                }}
            </Loaded>
        </Card>
    }
}

#[component]
fn Request(request: JoinRequest) -> impl IntoView {
    let workspace = use_workspace();
    let toasts = use_toasts();
    let submit = Submit::new();
    let chosen = RwSignal::new(Role::Member.as_str().to_owned());
    let user = request.user_id;
    let decide = move |approve: bool| {
        let api = workspace.api();
        let body =
            DecideJoinRequest { approve, role: Role::parse(&chosen.get_untracked()).filter(|_| approve) };
        submit.send_or(
            async move { api.decide_join_request(user, &body).await },
            move |()| {
                toasts.success(if approve { "They are a member now." } else { "The request was declined." });
                workspace.refresh();
            },
            move |failure| toasts.failure(failure.to_string(), failure.request_id()),
        );
    };
    view! {
        <li class="flex flex-wrap items-center gap-3 px-5 py-3">
            <div class="min-w-0 flex-1">
                <p class="font-medium">{request.name.clone()}</p>
                <p class="text-table text-text-3">{request.email} " · " <RelativeTime at=request.requested_at /></p>
            </div>
            <div class="w-36">
                <Select value=chosen options=roles() label=format!("Role for {}", request.name) />
            </div>
            <Button size=ControlSize::Small loading=submit.busy on_click=move || decide(true)>
                "Approve"
            </Button>
            <Button size=ControlSize::Small disabled=submit.busy on_click=move || decide(false)>
                "Decline"
            </Button>
        </li>
    }
}
