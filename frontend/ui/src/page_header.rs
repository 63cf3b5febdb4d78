use leptos::prelude::*;

/// A page's title, the one line that answers its question, and its actions.
///
/// The heading takes focus from the program after a change of route, so that a screen reader announces the page.
#[component]
pub fn PageHeader(
    #[prop(into)] title: Signal<String>,
    /// Such as "3 breaking changes since Monday; 2 tables stale".
    #[prop(optional, into)]
    answer: MaybeProp<String>,
    #[prop(optional, into)] actions: ViewFnOnce,
) -> impl IntoView {
    view! {
        <header class="mb-6 flex flex-wrap items-end justify-between gap-4">
            <div class="min-w-0">
                <h1 tabindex="-1" class="text-title font-semibold tracking-tight">
                    {title}
                </h1>
                <p class="mt-1 min-h-5 text-body text-text-2">{move || answer.get()}</p>
            </div>
            <div class="flex flex-wrap items-center gap-2">{actions.run()}</div>
        </header>
    }
}
