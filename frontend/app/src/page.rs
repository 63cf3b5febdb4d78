//! The frame of every page.

use leptos::prelude::*;
use types::problem::Code;
use ui::{EmptyState, ErrorState, Glyph, RefetchBar};

use crate::fetch::Fetched;

/// A page's main region. `data-ready` says that its data is shown.
#[component]
pub fn PageFrame(
    name: &'static str,
    /// The window's title, before the product's name.
    #[prop(into)]
    title: Signal<String>,
    #[prop(into)] ready: Signal<bool>,
    /// Whether what is shown is being fetched again.
    #[prop(optional, into)]
    refreshing: Signal<bool>,
    #[prop(default = "mx-auto w-full max-w-[1440px] p-6")] class: &'static str,
    children: Children,
) -> impl IntoView {
    Effect::new(move |_| document().set_title(&format!("{} · Bastion", title.get())));
    view! {
        <main
            id="main"
            class=format!("relative min-w-0 {class}")
            data-page=name
            data-ready=move || ready.get().then_some("true")
        >
            <RefetchBar active=refreshing />
            {children()}
        </main>
    }
}

/// What a fetch has to show: the skeleton, why it failed, or the content. The content is built once, and its signal
/// follows the data.
#[component]
pub fn Loaded<T, V>(
    from: Fetched<T>,
    #[prop(into)] skeleton: ViewFn,
    children: impl Fn(Signal<T>) -> V + Send + Sync + 'static,
) -> impl IntoView
where
    T: Clone + PartialEq + Send + Sync + 'static,
    V: IntoView + 'static,
{
    let there = Memo::new(move |_| from.is_there());
    move || {
        if there.get() {
            let first = from.get_untracked()?;
            let value = RwSignal::new(first);
            Effect::new(move |_| {
                if let Some(next) = from.get() {
                    value.set(next);
                }
            });
            Some(view! { {stale_notice(from)} {children(value.into())} }.into_any())
        } else if from.failure().is_some() {
            Some(failure_view(from))
        } else {
            Some(skeleton.run())
        }
    }
}

/// Why nothing is shown, and what to do.
pub(crate) fn failure_view<T>(from: Fetched<T>) -> AnyView
where
    T: Clone + PartialEq + Send + Sync + 'static,
{
    let Some(failure) = from.failure() else {
        return ().into_any();
    };
    if failure.is(Code::Forbidden) {
        return view! {
            <EmptyState
                icon=Glyph::Lock
                title="You may not see this"
                text="An administrator or the owner of this organization can grant it."
            />
        }
        .into_any();
    }
    view! {
        <ErrorState
            title=failure.title()
            text=failure.detail()
            request_id=failure.request_id()
            on_retry=move || from.reload()
            retrying=Signal::derive(move || from.is_busy())
        />
    }
    .into_any()
}

/// Says that what is shown is old because it could not be fetched again.
fn stale_notice<T>(from: Fetched<T>) -> impl IntoView
where
    T: Clone + PartialEq + Send + Sync + 'static,
{
    move || {
        from.failure().map(|failure| {
            view! {
                <p role="status" class="mb-4 rounded-control bg-warn-tint px-3 py-2 text-table text-warn">
                    {format!("Shown as last fetched. {}: {}", failure.title(), failure.detail())}
                </p>
            }
        })
    }
}
