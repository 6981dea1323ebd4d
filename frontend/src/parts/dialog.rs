//! The frame of modal dialogs, a native `dialog` element: the focus stays inside, Escape closes,
//! and the focus returns afterwards.

use crate::app::use_app;
use crate::bind::{click, effect, text};
use crate::i18n::{Label, label, use_locale};
use crate::parts::icon::IconButton;
use crate::web::page;
use leptos::ev;
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{HtmlDialogElement, HtmlElement};

/// The frame of every dialog.
#[component]
pub fn Modal(
    /// Its title.
    #[prop(into)]
    title: Label,
    /// Further classes.
    #[prop(optional)]
    class: &'static str,
    /// The content.
    children: Children,
) -> impl IntoView {
    let (app, t) = (use_app(), use_locale());
    let dialog = NodeRef::<html::Dialog>::new();
    let before =
        StoredValue::new_local(page::focused().and_then(|e| e.dyn_into::<HtmlElement>().ok()));
    effect(move || {
        if let Some(dialog) = dialog.get()
            && !dialog.open()
        {
            let _ = dialog.show_modal();
        }
    });
    on_cleanup(move || {
        if let Some(element) = before.try_get_value().flatten() {
            // After rendering: if the element is gone, the list takes the focus.
            page::focus_soon(move || {
                let _ = element.focus();
                if page::unfocused() {
                    app.focus_list();
                }
            });
        }
    });
    let close = move || app.dialog.set(None);
    let outside = move |event: ev::MouseEvent| {
        if event
            .target()
            .is_some_and(|target| target.dyn_ref::<HtmlDialogElement>().is_some())
        {
            close();
        }
    };
    view! {
        <dialog node_ref=dialog class=format!("modal {class}") aria-labelledby="modal-title" on:cancel=move |_: web_sys::Event| close() on:close=move |_| close() on:click=outside>
            <div class="modal-sheet">
                <header>
                    <h2 id="modal-title">{text(move || title.get(t))}</h2>
                    <IconButton icon="close" label=label(|w| w.close) press=move |_| close()/>
                </header>
                {children()}
            </div>
        </dialog>
    }
}

/// The footer of a confirmation dialog: cancel and confirm.
#[component]
pub fn Choice(
    /// The label of the confirming button.
    #[prop(into)]
    label: Label,
    /// Whether the action is destructive.
    #[prop(optional)]
    grave: bool,
    /// The action.
    #[prop(into)]
    act: Callback<()>,
) -> impl IntoView {
    let (app, t) = (use_app(), use_locale());
    let go = move |_| {
        app.dialog.set(None);
        act.run(());
    };
    view! {
        <footer>
            <button type="button" class="quiet" on:click=click(move |_| app.dialog.set(None))>{t.of(|w| w.cancel)}</button>
            <button type="button" class="primary" class:grave=grave autofocus on:click=go>{text(move || label.get(t))}</button>
        </footer>
    }
}
