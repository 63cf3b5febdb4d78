use leptos::prelude::*;

use crate::button::Button;
use crate::glyph::Glyph;
use crate::icon::Icon;
use crate::prose::prose;
use crate::request_id::RequestId;

/// Nothing to show: what will be here, or why nothing matched, and the one thing to do about it.
#[component]
pub fn EmptyState(
    #[prop(into)] title: String,
    #[prop(into)] text: String,
    #[prop(default = Glyph::CircleDashed)] icon: Glyph,
    /// One button.
    #[prop(optional, into)]
    action: ViewFnOnce,
) -> impl IntoView {
    view! {
        <div class="flex flex-col items-center justify-center px-6 py-12 text-center">
            <span class="mb-3 text-text-3">
                <Icon glyph=icon class="size-8" />
            </span>
            <h3 class="text-body font-semibold">{title}</h3>
            <p class="mt-1 max-w-md text-body text-text-2">{text}</p>
            <div class="mt-4 flex gap-2">{action.run()}</div>
        </div>
    }
}

/// Something failed: what, what to do, the request's id, and another try.
#[component]
pub fn ErrorState(
    /// What happened.
    #[prop(into)]
    title: String,
    /// What to do.
    #[prop(into)]
    text: String,
    #[prop(optional_no_strip, into)] request_id: Option<String>,
    #[prop(optional, into)] on_retry: Option<Callback<()>>,
    #[prop(optional, into)] retrying: Signal<bool>,
    #[prop(default = "Try again")] retry_label: &'static str,
) -> impl IntoView {
    view! {
        <div role="alert" class="flex flex-col items-center justify-center px-6 py-12 text-center">
            <span class="mb-3 text-bad">
                <Icon glyph=Glyph::CircleAlert class="size-8" />
            </span>
            <h3 class="text-body font-semibold">{title}</h3>
            <p class="mt-1 max-w-md text-body text-text-2">{prose(&text)}</p>
            <RequestId id=request_id />
            {on_retry
                .map(|on_retry| {
                    view! {
                        <div class="mt-4">
                            <Button icon=Glyph::RefreshCw loading=retrying on_click=move || on_retry.run(())>
                                {retry_label}
                            </Button>
                        </div>
                    }
                })}
        </div>
    }
}
