use leptos::ev;
use leptos::prelude::*;
use serde_json::json;
use types::IncidentId;
use types::incident::{IncidentCause, IncidentDetail, IncidentState};
use types::permission::Permission;
use ui::{Button, ButtonVariant, Glyph, Menu, MenuItem, MenuSeparator, Textarea, use_toasts};

use super::assign::AssignDialog;
use super::desk::Desk;
use super::merge::MergeDialog;
use crate::day::DAY_MILLIS;
use crate::shell::is_typing;
use crate::submit::{FormFailure, Submit};
use crate::workspace::use_workspace;

/// A decision that needs no more than a click, and the key that stands for it.
#[derive(Clone, Copy)]
struct Decision {
    verb: &'static str,
    label: &'static str,
    done: &'static str,
    key: &'static str,
    icon: Glyph,
    allowed: fn(IncidentState) -> bool,
}

const DECISIONS: [Decision; 6] = [
    Decision {
        verb: "ack",
        label: "Acknowledge",
        done: "Acknowledged.",
        key: "a",
        icon: Glyph::Eye,
        allowed: |state| matches!(state, IncidentState::Open),
    },
    Decision {
        verb: "start",
        label: "Start work",
        done: "Work began.",
        key: "w",
        icon: Glyph::Play,
        allowed: |state| matches!(state, IncidentState::Open | IncidentState::Acknowledged),
    },
    Decision {
        verb: "resolve",
        label: "Resolve",
        done: "Resolved.",
        key: "r",
        icon: Glyph::CircleCheck,
        allowed: IncidentState::is_active,
    },
    Decision {
        verb: "expected",
        label: "Expected",
        done: "Called expected: it stays quiet until it changes.",
        key: "e",
        icon: Glyph::Check,
        allowed: IncidentState::is_active,
    },
    Decision {
        verb: "false-positive",
        label: "False positive",
        done: "Called a false positive.",
        key: "f",
        icon: Glyph::Minus,
        allowed: IncidentState::is_active,
    },
    Decision {
        verb: "reopen",
        label: "Open again",
        done: "Opened again.",
        key: "o",
        icon: Glyph::RefreshCw,
        allowed: |state| !state.is_active(),
    },
];

fn decide(desk: Desk, decision: Decision) {
    desk.send(decision.verb, json!({"comment": desk.said()}), decision.done);
}

/// What may be done to the incident, by mouse and by key.
#[component]
pub fn Actions(
    id: IncidentId,
    detail: Signal<IncidentDetail>,
    #[prop(into)] on_changed: Callback<()>,
) -> impl IntoView {
    let workspace = use_workspace();
    let (submit, comment) = (Submit::new(), RwSignal::new(String::new()));
    let desk = Desk { id, workspace, toasts: use_toasts(), submit, comment, on_changed };
    let state = Memo::new(move |_| detail.with(|detail| detail.incident.state));
    let handle = window_event_listener(ev::keydown, move |event| {
        if event.default_prevented() || event.ctrl_key() || event.meta_key() || event.alt_key() || is_typing()
        {
            return;
        }
        let wanted = DECISIONS.iter().find(|decision| decision.key == event.key());
        let Some(decision) = wanted.filter(|decision| (decision.allowed)(state.get_untracked())) else {
            return;
        };
        if untrack(|| workspace.may(Permission::IncidentHandle)) {
            event.prevent_default();
            decide(desk, *decision);
        }
    });
    on_cleanup(move || handle.remove());
    move || {
        if workspace.may(Permission::IncidentHandle) {
            view! { <Buttons desk=desk state=state detail=detail /> }.into_any()
        } else {
            view! {
                <p class="mt-4 text-table text-text-3">
                    "Your role may not decide about incidents; an administrator can grant it."
                </p>
            }
            .into_any()
        }
    }
}

#[component]
fn Buttons(desk: Desk, state: Memo<IncidentState>, detail: Signal<IncidentDetail>) -> impl IntoView {
    let workspace = desk.workspace;
    let decisions = move || {
        let now = state.get();
        DECISIONS
            .iter()
            .filter(|decision| (decision.allowed)(now))
            .enumerate()
            .map(|(place, decision)| {
                let decision = *decision;
                let variant = if place == 0 { ButtonVariant::Primary } else { ButtonVariant::Secondary };
                view! {
                    <Button
                        variant=variant
                        icon=decision.icon
                        loading=desk.submit.busy
                        on_click=move || decide(desk, decision)
                    >
                        {decision.label}
                        <kbd class="hidden font-sans text-label opacity-70 lg:inline" aria-hidden="true">
                            {decision.key}
                        </kbd>
                    </Button>
                }
            })
            .collect_view()
    };
    let mine = move || workspace.session.me().map(|me| me.user.id);
    let assigned = move || detail.with(|detail| detail.incident.assignee.as_ref().map(|person| person.id));
    let is_mine = Memo::new(move |_| assigned().is_some() && assigned() == mine());
    let assign = move || {
        let (to, done) = if is_mine.get_untracked() {
            (None, "Assigned to nobody.")
        } else {
            (untrack(mine), "Assigned to you.")
        };
        desk.send("assign", json!({"assignee": to}), done);
    };
    let snooze = move |days: Option<i64>| {
        let until = days.and_then(|days| types::Timestamp::from_millis(ui::now_millis() + days * DAY_MILLIS));
        desk.send("snooze", json!({"until": until, "comment": desk.said()}), "Snoozed.");
    };
    let can_be_normal = move || {
        detail.with(|detail| {
            detail.incident.cause != IncidentCause::Schema && detail.anomalies.iter().any(|odd| !odd.normal)
        })
    };
    let (assigning, merging) = (RwSignal::new(false), RwSignal::new(false));
    let comment = move || desk.send("comment", json!({"comment": desk.said()}), "Commented.");
    let silent = Signal::derive(move || !state.get().is_active());
    let unsaid = Signal::derive(move || desk.comment.with(|text| text.trim().is_empty()));
    view! {
        <div class="mt-4 flex flex-wrap items-center gap-2" role="group" aria-label="Decide">
            {decisions}
            <Button icon=Glyph::User loading=desk.submit.busy on_click=assign>
                {move || if is_mine.get() { "Give it back" } else { "Assign to me" }}
            </Button>
            <Menu label="More decisions">
                <MenuItem icon=Glyph::Users on_select=move || assigning.set(true)>
                    "Assign to somebody…"
                </MenuItem>
                <MenuItem icon=Glyph::Link disabled=silent on_select=move || merging.set(true)>
                    "Merge into another…"
                </MenuItem>
                <MenuSeparator />
                <MenuItem icon=Glyph::Clock disabled=silent on_select=move || snooze(Some(1))>
                    "Snooze for a day"
                </MenuItem>
                <MenuItem icon=Glyph::Clock disabled=silent on_select=move || snooze(Some(7))>
                    "Snooze for a week"
                </MenuItem>
                <MenuItem icon=Glyph::Pause disabled=silent on_select=move || snooze(None)>
                    "Snooze until it changes"
                </MenuItem>
                <MenuSeparator />
                <MenuItem
                    icon=Glyph::Gauge
                    disabled=Signal::derive(move || !can_be_normal())
                    on_select=move || {
                        desk.send(
                            "mark-normal",
                            json!({"comment": desk.said()}),
                            "Called normal: it counts in what is expected.",
                        );
                    }
                >
                    "Mark as normal"
                </MenuItem>
            </Menu>
        </div>
        <AssignDialog open=assigning desk=desk detail=detail />
        <MergeDialog open=merging desk=desk detail=detail />
        <div class="mt-4">
            <Textarea
                value=desk.comment
                rows=2
                label="Comment"
                placeholder="What you found, or why you decide so. Goes with the next decision."
            />
            <div class="mt-2 flex flex-wrap items-center gap-3">
                <Button icon=Glyph::MessageSquare disabled=unsaid loading=desk.submit.busy on_click=comment>
                    "Comment"
                </Button>
                <FormFailure submit=desk.submit pointers=&[] />
            </div>
        </div>
    }
}
