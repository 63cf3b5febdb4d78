use leptos::prelude::*;
use serde_json::json;
use types::UserId;
use types::incident::IncidentDetail;
use types::organization::Member;
use ui::{Button, ButtonVariant, Dialog, Field, Select, SelectOption, SkeletonRows};

use super::desk::Desk;
use crate::fetch::Fetched;
use crate::page::Loaded;
use crate::submit::FormFailure;

/// Who shall handle the incident: any member, or nobody.
#[component]
pub fn AssignDialog(open: RwSignal<bool>, desk: Desk, detail: Signal<IncidentDetail>) -> impl IntoView {
    view! {
        <Dialog open=open title="Assign the incident">
            <Choice open=open desk=desk detail=detail />
        </Dialog>
    }
}

#[component]
fn Choice(open: RwSignal<bool>, desk: Desk, detail: Signal<IncidentDetail>) -> impl IntoView {
    let members = Fetched::new(|| (), |api, ()| async move { api.members().await });
    let now = detail.with_untracked(|detail| detail.incident.assignee.as_ref().map(|person| person.id));
    let chosen = RwSignal::new(now.map(|id| id.to_string()).unwrap_or_default());
    let send = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let to = chosen.get_untracked().parse::<UserId>().ok();
        let name = members.get_untracked().and_then(|members| {
            members.into_iter().find(|member| Some(member.user_id) == to).map(|member| member.name)
        });
        let done = format!("Assigned to {}.", name.unwrap_or_else(|| "nobody".to_owned()));
        desk.send_then("assign", json!({"assignee": to}), done, move || open.set(false));
    };
    view! {
        <Loaded from=members skeleton=|| view! { <SkeletonRows rows=2 what="members" /> } let:members>
            <form on:submit=send>
                <Field label="Who handles it">
                    <Select value=chosen options=Signal::derive(move || members.with(|all| options(all))) />
                </Field>
                <div class="mt-4">
                    <FormFailure submit=desk.submit pointers=&[] />
                </div>
                <div class="mt-4 flex justify-end gap-2">
                    <Button on_click=move || open.set(false)>"Cancel"</Button>
                    <Button variant=ButtonVariant::Primary submit=true loading=desk.submit.busy>
                        "Assign"
                    </Button>
                </div>
            </form>
        </Loaded>
    }
}

fn options(members: &[Member]) -> Vec<SelectOption> {
    let people = members.iter().map(|member| {
        SelectOption::new(member.user_id.to_string(), format!("{} ({})", member.name, member.email))
    });
    std::iter::once(SelectOption::new("", "Nobody")).chain(people).collect()
}
