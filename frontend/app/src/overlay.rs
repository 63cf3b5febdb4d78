//! What a person sees when the program itself failed.

use wasm_bindgen::JsValue;

/// After a panic nothing of the program may run again, so the overlay is plain DOM with a plain link.
pub(crate) fn install() {
    std::panic::set_hook(Box::new(|info| {
        console_error_panic_hook::hook(info);
        // If even that fails there is nothing left to tell it with.
        let _ = draw();
    }));
}

fn draw() -> Result<(), JsValue> {
    let Some(document) = web_sys::window().and_then(|window| window.document()) else {
        return Ok(());
    };
    if document.get_element_by_id("program-failed").is_some() {
        return Ok(());
    }
    let overlay = document.create_element("div")?;
    overlay.set_id("program-failed");
    overlay.set_attribute("role", "alertdialog")?;
    overlay.set_attribute("aria-label", "Bastion stopped")?;
    overlay.set_class_name(
        "fixed inset-0 z-50 flex flex-col items-center justify-center gap-4 bg-bg p-6 text-center text-text",
    );
    let title = document.create_element("h1")?;
    title.set_class_name("text-title font-semibold");
    title.set_text_content(Some("This page stopped working"));
    let text = document.create_element("p")?;
    text.set_class_name("max-w-md text-text-2");
    text.set_text_content(Some(
        "The fault is in Bastion's page, not in your data: nothing was changed by it. Reload to go on where you were.",
    ));
    let link = document.create_element("a")?;
    link.set_class_name(
        "inline-flex h-9 items-center rounded-control bg-accent px-3.5 font-medium text-on-accent",
    );
    // The page's own address: following it loads everything anew.
    link.set_attribute("href", "")?;
    link.set_attribute("rel", "external")?;
    link.set_text_content(Some("Reload the page"));
    for part in [title, text, link] {
        overlay.append_child(&part)?;
    }
    if let Some(body) = document.body() {
        body.append_child(&overlay)?;
    }
    Ok(())
}
