//! The compose windows: at most one is open on top of the page, the others are minimised to bars at
//! its foot.

use crate::app::{Answered, ComposeWindow, use_app};
use crate::bind::{boolean, effect, item, list, memo};
use crate::i18n::{label, use_locale};
use crate::pages::compose_collision::CollisionPanel;
use crate::pages::compose_files::Files;
use crate::pages::compose_foot::Foot;
use crate::pages::compose_lines::Lines;
use crate::pages::compose_original::{Notes, OriginalMessage};
use crate::pages::compose_text::MessageText;
use crate::parts::icon::{Icon, IconButton};
use crate::state::draft::Phase;
use crate::web::page;
use leptos::ev::{DragEvent, KeyboardEvent, MouseEvent};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::Element;

/// The windows of all messages being written.
#[component]
pub fn ComposeWindows() -> impl IntoView {
    let (app, t) = (use_app(), use_locale());
    // A window is rendered again when its content is replaced, but not for edits.
    let windows = memo(move || {
        app.compositions.with(|all| {
            all.windows()
                .map(|c| (c.number, c.generation))
                .collect::<Vec<_>>()
        })
    });
    let drawn = move || {
        let one = |(number, generation)| {
            item((number, generation), move || {
                view! { <Sheet window=app.window(number)/> }
            })
        };
        windows.get().into_iter().map(one).collect()
    };
    view! {
        <section class="compose-dock" aria-label=t.of(|w| w.open_drafts) hidden=boolean(move || windows.with(Vec::is_empty))>
            {list(drawn)}
        </section>
    }
}

#[component]
fn Sheet(window: ComposeWindow) -> impl IntoView {
    let t = use_locale();
    let number = window.number;
    let minimised = memo(move || !window.is_open());
    let expanded = RwSignal::new(false);
    let over = RwSignal::new(false);
    let tried = RwSignal::new(false);
    let opened = StoredValue::new(false);
    effect(move || {
        // Focuses the first field initially; a window that is reopened focuses its own.
        if !minimised.get() && !opened.get_value() {
            opened.set_value(true);
            focus_first(window);
        }
    });
    let title = move || {
        let subject = window.with(|c| c.draft.subject.trim().to_owned());
        if subject.is_empty() {
            t.new_message.to_owned()
        } else {
            subject
        }
    };
    let key = move |event: KeyboardEvent| {
        let send = event.key() == "Enter" && (event.ctrl_key() || event.meta_key());
        if send && !page::is_composing(&event) {
            event.prevent_default();
            tried.set(true);
            window.send(Answered::Nothing);
        }
    };
    let drop_files = move |event: DragEvent| {
        event.prevent_default();
        over.set(false);
        if let Some(files) = event.data_transfer().and_then(|data| data.files()) {
            window.attach_all(&files);
        }
    };
    // A click anywhere on the bar opens the window, except on its buttons.
    let open_bar = move |event: MouseEvent| {
        let target = event.target().and_then(|t| t.dyn_into::<Element>().ok());
        let button = target.is_some_and(|e| e.closest("button").ok().flatten().is_some());
        if minimised.get_untracked() && !button {
            window.show();
        }
    };
    let toggle = move |event: MouseEvent| {
        // The clicked icon is replaced and then no longer within the button.
        event.stop_propagation();
        if minimised.get_untracked() {
            window.show();
        } else {
            window.minimise();
        }
    };
    view! {
        <section id=format!("compose-{number}") class="compose" role="dialog" aria-label=title class:minimised=minimised
            class:expanded=boolean(move || expanded.get() && !minimised.get()) class:over=over on:keydown=key
            on:dragover=move |e| { e.prevent_default(); over.set(true); } on:dragleave=move |_| over.set(false) on:drop=drop_files>
            <div class="compose-head" on:click=open_bar>
                <h2 dir="auto">{title}</h2>
                <Saved window/>
                <IconButton icon=Signal::derive(move || if minimised.get() { "up" } else { "minus" })
                    label=Signal::derive(move || if minimised.get() { t.restore } else { t.minimise }.to_owned()) press=toggle/>
                <IconButton icon="expand" class="wide-only" label=Signal::derive(move || if expanded.get() { t.shrink } else { t.expand }.to_owned())
                    press=move |_| expanded.update(|on| *on = !*on)/>
                <IconButton icon="close" key="Esc" label=label(|w| w.save_and_close) press=move |_| window.close()/>
            </div>
            <div class="compose-body" hidden=minimised>
                <CollisionPanel window/>
                <Lines window/>
                <Notes window/>
                <MessageText window/>
                <OriginalMessage window/>
                <Files window/>
                <Foot window tried/>
            </div>
            <div class="drop-here" hidden=boolean(move || !over.get())><Icon name="attach"/>{t.of(|w| w.drop_here)}</div>
        </section>
    }
}

/// Focuses the recipients, or the text if there already are some. In an unchanged text, the caret
/// is put above the signature and the quotation.
fn focus_first(window: ComposeWindow) {
    let (begun, above) = window.with_untracked(|c| (!c.draft.to.is_empty(), c.is_text_untouched()));
    let number = window.number;
    page::focus_soon(move || {
        let text = format!("#compose-{number} textarea");
        if above {
            page::set_caret(&text, 0);
        }
        if begun {
            page::focus(&text);
        } else {
            page::focus(&format!("#compose-{number} [data-first]"));
        }
    });
}

/// The save state.
#[component]
fn Saved(window: ComposeWindow) -> impl IntoView {
    let t = use_locale();
    let failed =
        boolean(move || window.with(|c| c.collision.is_some() || c.save_failure.is_some()));
    let words = memo(move || {
        window.with(|c| {
            if c.phase == Phase::Sending {
                t.sending
            } else if failed.get() {
                t.not_saved
            } else if c.is_unsaved() {
                t.saving
            } else if c.draft.stored.is_some() {
                t.saved
            } else {
                ""
            }
        })
    });
    view! { <span class="saved" class:failed=failed aria-live="polite">{words}</span> }
}
