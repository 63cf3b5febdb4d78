//! What a person writes stays theirs when somebody else has changed the same meanwhile: nothing is lost, and nothing is
//! overwritten unknowingly.

use client::Change;
use leptos::prelude::*;
use ui::{Button, ButtonVariant, ControlSize};

/// A document that a person changes while others may: as they have read it, and as somebody else has made it since.
pub(crate) struct AsRead<T: Send + Sync + 'static> {
    read: RwSignal<T>,
    theirs: RwSignal<Option<T>>,
}

impl<T: Send + Sync + 'static> Clone for AsRead<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T: Send + Sync + 'static> Copy for AsRead<T> {}

impl<T: Clone + Send + Sync + 'static> AsRead<T> {
    /// As it is read now.
    pub(crate) fn new(read: T) -> Self {
        Self { read: RwSignal::new(read), theirs: RwSignal::new(None) }
    }

    /// It is read anew.
    pub(crate) fn begin(self, read: T) {
        self.read.set(read);
        self.theirs.set(None);
    }

    /// What a change is made to; not tracked.
    pub(crate) fn get(self) -> T {
        self.read.get_untracked()
    }

    /// Takes in what came of a change to `saved`; whether it was made.
    pub(crate) fn settle(self, change: Change<T>, saved: T) -> bool {
        let made = matches!(change, Change::Made);
        let (read, theirs) = match change {
            Change::Made => (Some(saved), None),
            Change::Outdated(now) => (None, Some(now)),
        };
        if let Some(read) = read {
            let _ = self.read.try_set(read);
        }
        let _ = self.theirs.try_set(theirs);
        made
    }

    /// What somebody else has made of it, until the person has decided; tracked.
    pub(crate) fn theirs(self) -> Option<T> {
        self.theirs.get()
    }

    /// The person has read what somebody else has made of it.
    pub(crate) fn accept(self) -> Option<T> {
        let theirs = self.theirs.try_update(Option::take)??;
        self.read.set(theirs.clone());
        Some(theirs)
    }
}

/// Says that somebody else was faster, shows what there is now, and lets the person decide. Nothing while nobody was.
#[component]
pub fn ChangedMeanwhile(
    /// What there is now: the names of the fields, and what they hold.
    #[prop(into)]
    now: Signal<Option<Vec<(&'static str, String)>>>,
    /// Puts what is written in the place of what there is.
    #[prop(into)]
    on_mine: Callback<()>,
    /// Puts what there is in the place of what is written.
    #[prop(into)]
    on_theirs: Callback<()>,
) -> impl IntoView {
    let fields = move |now: Vec<(&'static str, String)>| {
        now.into_iter()
            .map(|(name, value)| {
                view! {
                    <dt class="text-text-3">{name}</dt>
                    <dd class="min-w-0 break-words">{if value.is_empty() { "empty".to_owned() } else { value }}</dd>
                }
            })
            .collect_view()
    };
    move || {
        let now = now.get()?;
        Some(view! {
            <div role="alert" class="space-y-2 rounded-control border border-warn bg-warn-tint px-3 py-2 text-table text-text" data-changed-meanwhile>
                <p class="font-medium text-warn">"Somebody else changed it meanwhile"</p>
                <p>"Nothing was saved, and what you wrote is still here. Now there is:"</p>
                <dl class="grid grid-cols-[auto_minmax(0,1fr)] gap-x-3 gap-y-1">{fields(now)}</dl>
                <div class="flex flex-wrap gap-2">
                    <Button variant=ButtonVariant::Primary size=ControlSize::Small on_click=move || on_mine.run(())>
                        "Save mine in its place"
                    </Button>
                    <Button size=ControlSize::Small on_click=move || on_theirs.run(())>
                        "Take what there is"
                    </Button>
                </div>
            </div>
        })
    }
}
