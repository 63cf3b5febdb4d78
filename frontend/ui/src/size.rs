use leptos::html;
use leptos::prelude::*;
use send_wrapper::SendWrapper;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;

/// The width and height of an element's content box in pixels, followed as it changes; zero before the first layout.
#[must_use]
pub fn use_size(node: NodeRef<html::Div>) -> Signal<(f64, f64)> {
    let size = RwSignal::new((0.0_f64, 0.0_f64));
    Effect::new(move |_| {
        let Some(element) = node.get() else { return };
        let heard = Closure::<dyn FnMut(js_sys::Array)>::new(move |entries: js_sys::Array| {
            let last = entries.pop().dyn_into::<web_sys::ResizeObserverEntry>();
            let Ok(rect) = last.map(|entry| entry.content_rect()) else {
                return;
            };
            let now = (rect.width(), rect.height());
            let same =
                |(width, height): (f64, f64)| (width - now.0).abs() < 0.5 && (height - now.1).abs() < 0.5;
            if size.try_get_untracked().is_some_and(|before| !same(before)) {
                let _ = size.try_set(now);
            }
        });
        let Ok(observer) = web_sys::ResizeObserver::new(heard.as_ref().unchecked_ref()) else {
            return;
        };
        observer.observe(&element);
        // The closure must live as long as the observer may call it.
        let kept = SendWrapper::new((observer, heard));
        on_cleanup(move || kept.0.disconnect());
    });
    size.into()
}
