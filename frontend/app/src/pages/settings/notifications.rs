use leptos::prelude::*;
use types::incident::IncidentSeverity;
use types::notification::{IncidentMails, Notifications, SetNotifications};
use types::permission::{Permission, Role};
use ui::{Button, ButtonVariant, Card, Checkbox, SkeletonRows, use_toasts};

use crate::fetch::Fetched;
use crate::page::Loaded;
use crate::submit::{FormFailure, Submit};
use crate::words::role;
use crate::workspace::use_workspace;

/// How bad an incident is, and what such ones are called here.
const SEVERITIES: [(IncidentSeverity, &str); 2] =
    [(IncidentSeverity::Critical, "Critical incidents"), (IncidentSeverity::Warning, "Warnings")];

/// Which roles get a mail about incidents.
#[component]
pub fn NotificationSettings() -> impl IntoView {
    let from = Fetched::new(|| (), |api, ()| async move { api.notifications().await });
    view! {
        <Card
            title="Mail about incidents"
            description="When a scan opens an incident, opens one again or finds it worse, one mail says how many there are, with a link and nothing of your data. Breaking drift opens critical incidents. Members get it whose address is confirmed."
        >
            <Loaded from=from skeleton=|| view! { <SkeletonRows what="notifications" /> } let:kept>
                <NotificationForm kept=kept />
            </Loaded>
        </Card>
    }
}

#[component]
fn NotificationForm(kept: Signal<Notifications>) -> impl IntoView {
    let workspace = use_workspace();
    let toasts = use_toasts();
    let submit = Submit::new();
    let locked = Signal::derive(move || !workspace.may(Permission::OrganizationManage));
    let boxes = SEVERITIES
        .map(|(severity, label)| (severity, label, Role::ALL.map(|role| (role, RwSignal::new(false)))));
    // As it is kept, also once somebody else has changed it.
    Effect::new(move |_| {
        let Notifications { incidents, .. } = kept.get();
        for (severity, _, roles) in boxes {
            for (role, ticked) in roles {
                ticked.set(incidents.of(severity).contains(&role));
            }
        }
    });
    let save = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let [critical, warning] = boxes.map(|(_, _, roles)| {
            let ticked = roles.into_iter().filter(|(_, ticked)| ticked.get_untracked());
            ticked.map(|(role, _)| role).collect()
        });
        let incidents = IncidentMails { critical, warning };
        let body = SetNotifications { version: kept.get_untracked().version, incidents };
        let api = workspace.api();
        submit.send(async move { api.set_notifications(&body).await }, move |_| {
            toasts.success("Notifications saved.");
            workspace.refresh();
        });
    };
    let groups = boxes.map(|(_, label, roles)| {
        let choices = roles.map(|(one, ticked)| {
            view! { <Checkbox checked=ticked label=role(one) disabled=locked /> }
        });
        view! {
            <fieldset>
                <legend class="text-label font-medium text-text-2">{label}</legend>
                <div class="mt-2 flex flex-wrap gap-x-6 gap-y-2">{choices.into_iter().collect_view()}</div>
            </fieldset>
        }
    });
    let note = move || {
        (!kept.with(|kept| kept.mail)).then(|| {
            view! {
                <p class="rounded-control bg-warn-tint px-3 py-2 text-table text-warn">
                    "This server sends no mail. What you choose takes effect once whoever runs it sets a mail server."
                </p>
            }
        })
    };
    let author = move || {
        let author = kept.with(|kept| kept.author.clone());
        author.map(
            |author| view! { <p class="text-label text-text-3">{format!("Last changed by {author}.")}</p> },
        )
    };
    view! {
        <form class="space-y-4" on:submit=save>
            {note}
            {groups.into_iter().collect_view()}
            <FormFailure submit=submit pointers=&[] />
            <Button variant=ButtonVariant::Primary submit=true disabled=locked loading=submit.busy>
                "Save notifications"
            </Button>
            {author}
        </form>
    }
}
