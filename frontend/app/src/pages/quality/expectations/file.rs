use leptos::html;
use leptos::prelude::*;
use types::expectation::{ExpectationDefinition, ExpectationPlan, ExpectationRule};
use types::permission::Permission;
use ui::{Badge, Button, ButtonVariant, Card, SkeletonRows, Tone, format, use_toasts};

use super::written::KINDS;
use crate::fetch::Fetched;
use crate::one_source::{ChooseSource, OneSource};
use crate::page::Loaded;
use crate::submit::{FormFailure, Submit};
use crate::workspace::use_workspace;
use crate::yaml::{Fault, YamlText};

/// The expectations of one source as a file: taken out, and applied after its plan was read.
#[component]
pub fn ExpectationsFile(
    /// Grows with each change of the list.
    changes: RwSignal<u32>,
    #[prop(into)] on_applied: Callback<()>,
) -> impl IntoView {
    let workspace = use_workspace();
    let file = Fetched::new(
        move || (workspace.one_source(), changes.get()),
        |api, (source, _)| async move {
            match source {
                Some(source) => api.expectations_file(Some(&source)).await,
                None => Ok(String::new()),
            }
        },
    );
    let address = move || workspace.api().expectations_address(workspace.one_source().as_deref());
    let of = move || workspace.one_source().map(|source| format!("All that is expected of {source}. "));
    let there = move || workspace.one_source().is_some();
    let to_choose = move || workspace.one.get() == OneSource::ToChoose;
    view! {
        <Show when=to_choose>
            <ChooseSource text="Expectations as YAML are a file of one source, and there are several." />
        </Show>
        <Show when=there>
            <Card
                title="Expectations as YAML"
                description="One file for all expectations of one source. What is not in it is removed when it is applied."
            >
                <p class="mb-4">
                    {of}
                    <a class="text-accent-text underline" href=address download="expectations.yaml">
                        "Download the file"
                    </a>
                </p>
                <Show when=move || workspace.may(Permission::QualityManage)>
                    <Loaded from=file skeleton=|| view! { <SkeletonRows rows=4 what="the file" /> } let:text>
                        <Editor newest=text on_applied=on_applied />
                    </Loaded>
                </Show>
            </Card>
        </Show>
    }
}

#[component]
fn Editor(newest: Signal<String>, on_applied: Callback<()>) -> impl IntoView {
    let workspace = use_workspace();
    let toasts = use_toasts();
    let submit = Submit::new();
    let base = RwSignal::new(newest.get_untracked());
    let text = RwSignal::new(newest.get_untracked());
    let plan = RwSignal::new(None::<ExpectationPlan>);
    let touched = Memo::new(move |_| base.with(|base| text.with(|text| text != base)));
    let take = move |newest: String| {
        text.set(newest.clone());
        base.set(newest);
        submit.failure.set(None);
    };
    Effect::new(move |_| {
        let newest = newest.get();
        if !touched.get_untracked() {
            take(newest);
        }
    });
    // A plan is of the text that it was made of.
    Effect::new(move |_| {
        text.track();
        plan.set(None);
    });
    let send = move |dry_run: bool| {
        let (api, source, file) = (workspace.api(), untrack(|| workspace.one_source()), text.get_untracked());
        submit.send(
            async move { api.import_expectations(source.as_deref(), file, dry_run).await },
            move |answer| {
                if answer.applied {
                    toasts.success("Expectations applied: the next scan judges them.");
                    // What was written is what is now kept, whatever words it is written back in.
                    let _ = base.try_set(text.get_untracked());
                    on_applied.run(());
                } else {
                    let _ = plan.try_set(Some(answer));
                }
            },
        );
    };
    let ask = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        send(true);
    };
    let fault = Fault::of(&[submit]);
    let node = NodeRef::<html::Textarea>::new();
    view! {
        <form class="space-y-3" on:submit=ask>
            <YamlText node=node text=text fault=fault label="Expectations as YAML" />
            <Show when=move || fault.get().is_none()>
                <FormFailure submit=submit pointers=&[] />
            </Show>
            <div class="flex flex-wrap items-center gap-3">
                <Button
                    submit=true
                    loading=submit.busy
                    disabled=Signal::derive(move || !touched.get())
                >
                    "Show the plan"
                </Button>
                <Button
                    disabled=Signal::derive(move || !touched.get())
                    on_click=move || take(newest.get_untracked())
                >
                    "Discard changes"
                </Button>
            </div>
            {move || plan.get().map(|plan| view! { <Plan plan=plan busy=submit.busy on_apply=move || send(false) /> })}
        </form>
    }
}

#[component]
fn Plan(plan: ExpectationPlan, busy: RwSignal<bool>, #[prop(into)] on_apply: Callback<()>) -> impl IntoView {
    let steps = plan.added.len() + plan.changed.len() + plan.removed.len();
    let heading = match steps {
        0 => "Nothing would change".to_owned(),
        steps => format!("The plan: {}", format::plural(steps as u64, "change")),
    };
    let item = |word: &'static str, tone: Tone, definition: &ExpectationDefinition| {
        let about = about(definition);
        view! {
            <li class="flex flex-wrap items-center gap-2 text-table">
                <Badge label=word tone=tone />
                <span class="min-w-0 break-words">{about}</span>
            </li>
        }
    };
    let added = plan.added.iter().map(|definition| item("added", Tone::Ok, definition));
    let changed = plan.changed.iter().map(|change| item("changed", Tone::Info, &change.after));
    let removed = plan.removed.iter().map(|definition| item("removed", Tone::Warn, definition));
    let items = added.chain(changed).chain(removed).collect_view();
    view! {
        <section data-plan class="space-y-3 rounded-control border border-border bg-bg px-4 py-3">
            <h3 class="font-medium">
                {heading} <span class="font-normal text-text-3">{format!(" · {} unchanged", plan.unchanged)}</span>
            </h3>
            <ul class="space-y-1">{items}</ul>
            {(steps > 0)
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

/// `public.film.title · Is never NULL`.
fn about(definition: &ExpectationDefinition) -> String {
    let (kind, columns) = match &definition.rule {
        ExpectationRule::NotNull { column } => ("not_null", column.clone()),
        ExpectationRule::Unique { columns } => ("unique", columns.join(", ")),
        ExpectationRule::AcceptedValues { column, .. } => ("accepted_values", column.clone()),
        ExpectationRule::Range { column, .. } => ("range", column.clone()),
        ExpectationRule::Pattern { column, .. } => ("pattern", column.clone()),
        ExpectationRule::Referential { columns, .. } => ("referential", columns.join(", ")),
        ExpectationRule::RowCount { .. } => ("row_count", String::new()),
        ExpectationRule::Freshness { .. } => ("freshness", String::new()),
    };
    let words = KINDS.iter().find(|(key, _)| *key == kind).map_or(kind, |(_, words)| words);
    let dot = if columns.is_empty() { "" } else { "." };
    format!("{}{dot}{columns} · {words}", definition.table)
}

#[cfg(test)]
mod tests {
    use types::incident::IncidentSeverity;

    use super::*;

    #[test]
    fn a_plan_names_what_it_is_about() {
        let about = |rule| {
            about(&ExpectationDefinition {
                table: "shop.orders".to_owned(),
                rule,
                severity: IncidentSeverity::Warning,
                description: None,
                enabled: true,
            })
        };
        let columns = vec!["a".to_owned(), "b".to_owned()];
        assert_eq!(about(ExpectationRule::Unique { columns }), "shop.orders.a, b · Is unique");
        let rule = ExpectationRule::RowCount { minimum: Some(1), maximum: None };
        assert_eq!(about(rule), "shop.orders · The table has so many rows");
    }
}
