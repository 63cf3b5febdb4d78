use leptos::prelude::*;
use types::configuration::{ConfigurationPlan, PlannedSection, Section};
use types::permission::Permission;
use types::problem::Code;
use ui::{Badge, Button, ButtonVariant, Card, Field, Textarea, Tone, format, use_toasts};

use crate::submit::{FormFailure, Submit};
use crate::workspace::use_workspace;

/// The file of all that is configured: taken out, and applied after its plan was read.
#[component]
pub fn ConfigurationFile() -> impl IntoView {
    let workspace = use_workspace();
    let toasts = use_toasts();
    let submit = Submit::new();
    let text = RwSignal::new(String::new());
    let plan = RwSignal::new(None::<ConfigurationPlan>);
    // A plan is of the text that it was made of.
    Effect::new(move |_| {
        text.track();
        plan.set(None);
    });
    let ask = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        plan.set(None);
        let (api, file) = (workspace.api(), text.get_untracked());
        submit.send(async move { api.apply_configuration(file, None).await }, move |planned| {
            let _ = plan.try_set(Some(planned));
        });
    };
    let apply = move || {
        let Some(planned) = plan.get_untracked() else { return };
        let (api, file) = (workspace.api(), text.get_untracked());
        submit.send_or(
            async move { api.apply_configuration(file, Some(&planned.fingerprint)).await },
            move |applied| {
                toasts.success("Configuration applied.");
                let _ = plan.try_set(Some(applied));
                workspace.refresh();
            },
            move |failure| {
                if failure.is(Code::PlanOutdated) {
                    let _ = plan.try_set(None);
                }
            },
        );
    };
    let address = move || workspace.api().configuration_address();
    view! {
        <Card
            title="Configuration file"
            description="Sources without their secrets, drift policies, expectations, owners and tags, and who is mailed, as one YAML file. What a file does not mention stays as it is."
        >
            <div class="space-y-4">
                <p>
                    <a class="text-accent-text hover:underline" href=address download="bastion.yaml">
                        "Download the configuration"
                    </a>
                </p>
                <Show when=move || workspace.may(Permission::SourceManage)>
                    <form class="space-y-4" on:submit=ask>
                        <Field label="File to apply" hint="Nothing is changed before you have read the plan">
                            <Textarea value=text rows=10 mono=true placeholder="version: 1" />
                        </Field>
                        <FormFailure submit=submit pointers=&[] />
                        <Button submit=true loading=submit.busy>
                            "Show the plan"
                        </Button>
                    </form>
                    {move || {
                        plan.get()
                            .map(|plan| view! { <Plan plan=plan busy=submit.busy on_apply=apply /> })
                    }}
                </Show>
            </div>
        </Card>
    }
}

/// What a section is called.
fn section_word(section: Section) -> &'static str {
    match section {
        Section::Sources => "Sources",
        Section::Policy => "Drift policy",
        Section::Expectations => "Expectations",
        Section::Ownership => "Ownership",
        Section::Objects => "Owners and tags of objects",
        Section::Sensitivity => "Sensitivity",
        Section::Notifications => "Mail about incidents",
    }
}

/// How many things a plan does.
fn steps(plan: &ConfigurationPlan) -> usize {
    plan.sections.iter().map(|part| part.added.len() + part.changed.len() + part.removed.len()).sum()
}

#[component]
fn Plan(
    plan: ConfigurationPlan,
    busy: RwSignal<bool>,
    #[prop(into)] on_apply: Callback<()>,
) -> impl IntoView {
    let steps = steps(&plan);
    let heading = match (plan.applied, steps) {
        (true, _) => "Applied".to_owned(),
        (false, 0) => "Nothing would change".to_owned(),
        (false, steps) => format!("The plan: {}", format::plural(steps as u64, "change")),
    };
    let can_apply = !plan.applied && steps > 0 && plan.missing.is_empty();
    let unmentioned = (!plan.unmentioned.is_empty())
        .then(|| format!("Not mentioned, so they stay as they are: {}.", plan.unmentioned.join(", ")));
    let lines = |lines: Vec<String>| {
        lines.into_iter().map(|line| view! { <li class="text-table text-warn">{line}</li> }).collect_view()
    };
    view! {
        <section data-plan class="space-y-3 rounded-control border border-border bg-bg px-4 py-3">
            <h3 class="font-medium">{heading}</h3>
            <ul class="space-y-1">{lines(plan.missing)} {lines(plan.left)}</ul>
            {plan.sections.into_iter().map(part).collect_view()}
            {unmentioned.map(|line| view! { <p class="text-label text-text-3">{line}</p> })}
            {can_apply
                .then(|| {
                    view! {
                        <Button variant=ButtonVariant::Primary loading=busy on_click=move || on_apply.run(())>
                            "Apply the plan"
                        </Button>
                    }
                })}
        </section>
    }
}

fn part(part: PlannedSection) -> impl IntoView {
    let of = part.source.map(|source| format!(" of {source}")).unwrap_or_default();
    let items = [
        ("added", Tone::Ok, part.added),
        ("changed", Tone::Info, part.changed),
        ("removed", Tone::Warn, part.removed),
    ]
    .into_iter()
    .flat_map(|(word, tone, items)| items.into_iter().map(move |item| (word, tone, item.name)))
    .map(|(word, tone, name)| {
        view! {
            <li class="flex flex-wrap items-center gap-2 text-table">
                <Badge label=word tone=tone />
                <span class="min-w-0 break-words">{name}</span>
            </li>
        }
    })
    .collect_view();
    view! {
        <div>
            <h4 class="text-label font-medium text-text-2">
                {section_word(part.section)} {of} <span class="font-normal text-text-3">{format!(" · {} unchanged", part.unchanged)}</span>
            </h4>
            <ul class="mt-1 space-y-1">{items}</ul>
        </div>
    }
}
