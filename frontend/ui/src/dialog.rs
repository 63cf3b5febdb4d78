use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use crate::button::{Button, ButtonVariant, ControlSize, IconButton};
use crate::field::Field;
use crate::glyph::Glyph;
use crate::id::unique_id;
use crate::input::Input;

/// Shows and closes a native dialog as `open` says, and keeps `open` true to it when Esc closes the dialog.
pub(crate) fn follow(node: NodeRef<html::Dialog>, open: RwSignal<bool>) {
    Effect::new(move |_| {
        let Some(dialog) = node.get() else { return };
        match (open.get(), dialog.open()) {
            (true, false) => {
                // Refused only when it is not in the document; then there is nothing to show.
                let _ = dialog.show_modal();
            }
            (false, true) => dialog.close(),
            _ => {}
        }
    });
}

/// True when a click hit the dialog itself, which is its backdrop: its content fills it.
pub(crate) fn is_backdrop(event: &web_sys::MouseEvent) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    target.is_some_and(|element| element.tag_name() == "DIALOG")
}

/// A modal dialog: native, so focus stays inside, Esc closes it, and focus returns to where it was.
///
/// The content is built when it opens and dropped when it closes.
#[component]
pub fn Dialog(
    open: RwSignal<bool>,
    #[prop(into)] title: Signal<String>,
    /// 920 pixels instead of 560.
    #[prop(optional)]
    wide: bool,
    /// Buttons, right-aligned; the primary last.
    #[prop(optional, into)]
    footer: Option<ViewFn>,
    children: ChildrenFn,
) -> impl IntoView {
    let node = NodeRef::<html::Dialog>::new();
    follow(node, open);
    let id = unique_id("dialog");
    let heading = id.clone();
    let content = move || {
        let children = children.clone();
        let footer = footer.clone();
        let heading = heading.clone();
        open.get().then(move || {
            view! {
                <header class="flex items-center justify-between gap-4 border-b border-border px-5 py-3">
                    <h2 id=heading class="text-body font-semibold">
                        {title}
                    </h2>
                    <IconButton
                        label="Close"
                        icon=Glyph::Close
                        size=ControlSize::Small
                        on_click=move || open.set(false)
                    />
                </header>
                <div class="min-h-0 flex-1 overflow-y-auto px-5 py-4">{children()}</div>
                {footer
                    .map(|footer| {
                        view! {
                            <footer class="flex justify-end gap-2 border-t border-border px-5 py-3">
                                {footer.run()}
                            </footer>
                        }
                    })}
            }
        })
    };
    view! {
        <dialog
            node_ref=node
            class="dialog"
            class:dialog-wide=wide
            aria-labelledby=id
            on:close=move |_| open.set(false)
            on:click=move |event| {
                if is_backdrop(&event) {
                    open.set(false);
                }
            }
        >
            {content}
        </dialog>
    }
}

/// Asks before something that cannot be undone; with `phrase`, only once it was typed.
#[component]
pub fn ConfirmDialog(
    open: RwSignal<bool>,
    #[prop(into)] title: Signal<String>,
    /// What will happen, and to what.
    #[prop(into)]
    message: Signal<String>,
    /// The button's verb and object: `Delete shop-db`.
    #[prop(into)]
    confirm: Signal<String>,
    /// What must be typed, such as the organization's slug.
    #[prop(optional, into)]
    phrase: MaybeProp<String>,
    #[prop(optional, into)] busy: Signal<bool>,
    /// Called once; the caller closes the dialog when it worked.
    #[prop(into)]
    on_confirm: Callback<()>,
) -> impl IntoView {
    let typed = RwSignal::new(String::new());
    Effect::new(move |_| {
        if open.get() {
            typed.set(String::new());
        }
    });
    let blocked = Signal::derive(move || phrase.get().is_some_and(|phrase| phrase != typed.get()));
    let footer = move || {
        view! {
            <Button on_click=move || open.set(false)>"Cancel"</Button>
            <Button variant=ButtonVariant::Danger disabled=blocked loading=busy on_click=move || on_confirm.run(())>
                {confirm}
            </Button>
        }
    };
    view! {
        <Dialog open=open title=title footer=footer>
            <p class="text-body text-text-2">{message}</p>
            {move || {
                phrase
                    .get()
                    .map(|phrase| {
                        view! {
                            <div class="mt-4">
                                <Field label=format!("Type {phrase} to confirm")>
                                    <Input value=typed mono=true />
                                </Field>
                            </div>
                        }
                    })
            }}
        </Dialog>
    }
}
