use client::IncidentFilter;
use leptos::prelude::*;
use serde_json::json;
use types::IncidentId;
use types::incident::IncidentDetail;
use ui::{Button, ButtonVariant, Dialog, Field, Select, SelectOption, SkeletonRows};

use super::desk::Desk;
use crate::fetch::Fetched;
use crate::page::Loaded;
use crate::submit::FormFailure;

/// How many others are offered: the newest.
const OFFERED: u32 = 100;

/// Which incident shall stand for this one as well.
#[component]
pub fn MergeDialog(open: RwSignal<bool>, desk: Desk, detail: Signal<IncidentDetail>) -> impl IntoView {
    view! {
        <Dialog open=open title="Merge the incident">
            <Choice open=open desk=desk detail=detail />
        </Dialog>
    }
}

#[component]
fn Choice(open: RwSignal<bool>, desk: Desk, detail: Signal<IncidentDetail>) -> impl IntoView {
    let source = detail.with_untracked(|detail| detail.incident.source.clone());
    let others = Fetched::new(
        move || source.clone(),
        |api, source| async move {
            let filter = IncidentFilter {
                source: Some(source),
                state: Some("active".to_owned()),
                limit: Some(OFFERED),
                ..IncidentFilter::default()
            };
            Ok(api.incidents(&filter).await?.items)
        },
    );
    let chosen = RwSignal::new(String::new());
    let send = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if let Ok(into) = chosen.get_untracked().parse::<IncidentId>() {
            desk.send_then("merge", json!({"into": into}), "Merged.", move || open.set(false));
        }
    };
    let unchosen = Signal::derive(move || chosen.with(String::is_empty));
    view! {
        <Loaded from=others skeleton=|| view! { <SkeletonRows rows=2 what="incidents" /> } let:others>
            <form on:submit=send>
                <p class="mb-3 text-table text-text-2">
                    "This incident ends; what happens to its cause is told in the other one."
                </p>
                <Field label="Into">
                    <Select
                        value=chosen
                        options=Signal::derive(move || {
                            let first = SelectOption::new("", "Choose an active incident of the same source");
                            let others = others.get().into_iter().filter(|other| other.id != desk.id);
                            let others = others.map(|other| SelectOption::new(other.id.to_string(), other.title));
                            std::iter::once(first).chain(others).collect::<Vec<_>>()
                        })
                    />
                </Field>
                <div class="mt-4">
                    <FormFailure submit=desk.submit pointers=&[] />
                </div>
                <div class="mt-4 flex justify-end gap-2">
                    <Button on_click=move || open.set(false)>"Cancel"</Button>
                    <Button
                        variant=ButtonVariant::Primary
                        submit=true
                        disabled=unchosen
                        loading=desk.submit.busy
                    >
                        "Merge"
                    </Button>
                </div>
            </form>
        </Loaded>
    }
}
