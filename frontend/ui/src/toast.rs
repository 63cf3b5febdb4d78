use std::time::Duration;

use leptos::prelude::*;

use crate::badge::Tone;
use crate::button::{ControlSize, IconButton};
use crate::glyph::Glyph;
use crate::icon::Icon;
use crate::prose::prose;
use crate::request_id::RequestId;

/// How long a message that needs nothing from the reader stays.
const SHOWN: Duration = Duration::from_secs(5);
/// Older messages give way.
const AT_MOST: usize = 4;

#[derive(Clone, Debug, PartialEq)]
struct Toast {
    key: u64,
    tone: Tone,
    text: String,
    request_id: Option<String>,
}

/// The messages at the corner of the page.
#[derive(Clone, Copy)]
pub struct Toasts {
    list: RwSignal<Vec<Toast>>,
    next: StoredValue<u64>,
}

impl Toasts {
    fn new() -> Self {
        Self { list: RwSignal::new(Vec::new()), next: StoredValue::new(0) }
    }

    /// Shows a message for five seconds; one of tone [`Tone::Bad`] stays until it is closed.
    pub fn push(self, tone: Tone, text: impl Into<String>) {
        self.show(tone, text.into(), None);
    }

    fn show(self, tone: Tone, text: String, request_id: Option<String>) {
        let key = self.next.try_get_value().unwrap_or_default();
        let _ = self.next.try_set_value(key + 1);
        let toast = Toast { key, tone, text, request_id };
        let _ = self.list.try_update(|list| {
            list.push(toast);
            let excess = list.len().saturating_sub(AT_MOST);
            list.drain(..excess);
        });
        if tone != Tone::Bad {
            set_timeout(move || self.close(key), SHOWN);
        }
    }

    /// Something worked.
    pub fn success(self, text: impl Into<String>) {
        self.push(Tone::Ok, text);
    }

    /// Something failed: what, and what to do.
    pub fn error(self, text: impl Into<String>) {
        self.push(Tone::Bad, text);
    }

    /// A request failed: what, what to do, and what finds it in the server's log.
    pub fn failure(self, text: impl Into<String>, request_id: Option<String>) {
        self.show(Tone::Bad, text.into(), request_id);
    }

    /// Something to know.
    pub fn info(self, text: impl Into<String>) {
        self.push(Tone::Info, text);
    }

    fn close(self, key: u64) {
        let _ = self.list.try_update(|list| list.retain(|toast| toast.key != key));
    }
}

/// Makes [`use_toasts`] work below; call once, at the root.
pub fn provide_toasts() -> Toasts {
    let toasts = Toasts::new();
    provide_context(toasts);
    toasts
}

/// The messages of this page.
#[must_use]
pub fn use_toasts() -> Toasts {
    use_context::<Toasts>().unwrap_or_else(Toasts::new)
}

/// Where messages appear; put once, last in the page.
#[component]
pub fn ToastHost() -> impl IntoView {
    let toasts = use_toasts();
    let item = move |toast: Toast| {
        let (glyph, role) = match toast.tone {
            Tone::Ok => (Glyph::CircleCheck, "status"),
            Tone::Warn => (Glyph::TriangleAlert, "status"),
            Tone::Bad => (Glyph::OctagonAlert, "alert"),
            Tone::Neutral | Tone::Accent | Tone::Info => (Glyph::Info, "status"),
        };
        let key = toast.key;
        view! {
            <div
                role=role
                class="toast pointer-events-auto flex items-start gap-3 rounded-control border border-border bg-surface-2 py-2 pr-2 pl-3 shadow-raised"
            >
                <span class=format!("mt-1 {}", toast.tone.text())>
                    <Icon glyph=glyph />
                </span>
                <div class="min-w-0 flex-1 py-1 text-table break-words">
                    <p>{prose(&toast.text)}</p>
                    <RequestId id=toast.request_id />
                </div>
                <IconButton
                    label="Close message"
                    icon=Glyph::Close
                    size=ControlSize::Small
                    on_click=move || toasts.close(key)
                />
            </div>
        }
    };
    view! {
        <div
            class="pointer-events-none fixed right-4 bottom-4 z-50 flex w-90 max-w-[calc(100vw-32px)] flex-col gap-2"
            aria-label="Messages"
            role="region"
        >
            <For each=move || toasts.list.get() key=|toast| toast.key children=item />
        </div>
    }
}
