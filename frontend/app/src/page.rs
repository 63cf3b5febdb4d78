//! The frame of every page.

use client::Failure;
use leptos::prelude::*;
use types::problem::Code;
use ui::{EmptyState, ErrorState, Glyph, RefetchBar, RequestId, prose};
use wasm_bindgen::JsCast as _;

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
    let content = Box::new(move |value: Signal<T>| children(value).into_any());
    move || show(from, there.get(), &skeleton, &*content)
}

/// Without the type of the content, so that the browser downloads it once a type of data.
fn show<T>(
    from: Fetched<T>,
    there: bool,
    skeleton: &ViewFn,
    content: &dyn Fn(Signal<T>) -> AnyView,
) -> Option<AnyView>
where
    T: Clone + PartialEq + Send + Sync + 'static,
{
    if there {
        let value = RwSignal::new(from.get_untracked()?);
        Effect::new(move |_| {
            if let Some(next) = from.get() {
                value.set(next);
            }
        });
        let failure = Signal::derive(move || from.failure());
        Some(view! { <StaleNotice failure=failure /> {content(value.into())} }.into_any())
    } else if from.failure().is_some() {
        Some(failure_view(from))
    } else {
        Some(skeleton.run())
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
    let (retry, busy) = (move || from.reload(), Signal::derive(move || from.is_busy()));
    view! { <FailureState failure=failure on_retry=retry busy=busy /> }.into_any()
}

#[component]
fn FailureState(failure: Failure, #[prop(into)] on_retry: Callback<()>, busy: Signal<bool>) -> impl IntoView {
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
            on_retry=on_retry
            retrying=busy
        />
    }
    .into_any()
}

/// Says that what is shown is old because it could not be fetched again.
#[component]
fn StaleNotice(failure: Signal<Option<Failure>>) -> impl IntoView {
    move || {
        failure.get().map(|failure| {
            view! {
                <div role="status" class="mb-4 rounded-control bg-warn-tint px-3 py-2 text-table text-warn">
                    <p>{prose(&format!("Shown as last fetched. {}: {}", failure.title(), failure.detail()))}</p>
                    <RequestId id=failure.request_id() />
                </div>
            }
        })
    }
}

/// Moves focus to the page's heading once it is drawn, so that a screen reader announces it.
pub(crate) fn focus_heading() {
    request_animation_frame(|| {
        let heading = document().query_selector("main h1").ok().flatten();
        if let Some(heading) = heading.and_then(|heading| heading.dyn_into::<web_sys::HtmlElement>().ok()) {
            let _ = heading.focus();
        }
    });
}

/// Whether focus is on the page's heading.
pub(crate) fn heading_has_focus() -> bool {
    document().active_element().is_some_and(|element| element.tag_name() == "H1")
}
