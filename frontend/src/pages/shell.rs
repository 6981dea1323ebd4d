//! The frame of the webmail: folders, list, message, compose windows, and the banner shown while
//! disconnected. Opens the place in the address bar.

use crate::app::{App, Link, Pages, use_app};
use crate::bind::{boolean, click, effect, memo, part, static_text};
use crate::i18n::use_locale;
use crate::pages::listing::Listing;
use crate::pages::message_pane::MessagePane;
use crate::pages::side::Side;
use crate::state::place::Place;
use crate::state::prefs::LIST_PX;
use leptos::ev::{KeyboardEvent, PointerEvent};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::Element;

/// The page in the frame.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Filling {
    Mail,
    Journey,
    Settings,
    NotFound,
}

/// The frame.
#[component]
pub fn Shell() -> impl IntoView {
    let (app, t) = (use_app(), use_locale());
    app.listen_to_keys();
    app.load_pages_when_wanted();
    let source = memo(move || app.source());
    effect(move || {
        if let Some(source) = source.get() {
            app.open_list(source);
        }
    });
    let message = memo(move || app.mail().and_then(|mail| mail.message));
    effect(move || app.open_message(message.get()));
    effect(move || {
        if let Place::Compose(link) = app.place.get() {
            app.compose_link(&link);
            app.replace_place("/mail/inbox");
        }
    });
    let filling = memo(move || match app.place.get() {
        Place::Mail(mail) => {
            if mail.journey {
                Filling::Journey
            } else if app.is_unknown_folder(&mail) {
                Filling::NotFound
            } else {
                Filling::Mail
            }
        }
        Place::Settings => Filling::Settings,
        Place::SignIn | Place::Compose(_) => Filling::Mail,
        Place::NotFound => Filling::NotFound,
    });
    let journey = memo(move || {
        app.mail()
            .filter(|mail| mail.journey)
            .and_then(|mail| mail.message)
    });
    let width = move || format!("{}px", app.prefs.with(|prefs| prefs.list_px));
    view! {
        <div class="frame">
            <a class="skip" href="#list" hidden=boolean(move || filling.get() != Filling::Mail)>{t.of(|w| w.skip)}</a>
            <Banner/>
            {part(move || journey.get().map(|id| once_loaded(app, |pages| (pages.journey)(id))).into_any())}
            <div class="mail" class:reading-open=boolean(move || app.reading.with(|r| r.id().is_some())) hidden=boolean(move || filling.get() == Filling::Journey) style:--list-width=width>
                <Side/>
                {part(move || match filling.get() {
                    Filling::Settings => once_loaded(app, |pages| (pages.settings)()),
                    Filling::NotFound => view! { <main class="lost"><h1>{t.of(|w| w.page_not_found)}</h1><a href="/mail/inbox">{t.of(|w| w.back_to_inbox)}</a></main> }.into_any(),
                    _ => ().into_any(),
                })}
                <main class="panes" hidden=boolean(move || !matches!(filling.get(), Filling::Mail))>
                    <Listing/>
                    <Divider/>
                    <MessagePane/>
                </main>
                {part(move || app.pages.get().map(|pages| (pages.compose)()).into_any())}
            </div>
        </div>
    }
}

/// A page of the second WebAssembly file, or that it is loading.
fn once_loaded(app: App, page: impl FnOnce(Pages) -> AnyView) -> AnyView {
    match app.pages.get() {
        Some(pages) => page(pages),
        None => {
            view! { <main class="waiting" aria-busy="true"><p>{app.t.of(|w| w.loading)}</p></main> }
                .into_any()
        }
    }
}

/// The banner shown while the connection is down.
#[component]
fn Banner() -> impl IntoView {
    let (app, t) = (use_app(), use_locale());
    view! {
        <div class="banner" role="status" hidden=boolean(move || app.link.get() != Link::Down)>
            <span class="pulse" aria-hidden="true"></span>
            <span>{static_text(move || if app.link.get() == Link::Down { t.offline } else { "" })}</span>
            <button type="button" class="link" on:click=click(move |_| app.reconnect_now())>{t.of(|w| w.retry_now)}</button>
        </div>
    }
}

/// The separator between list and message, moved with the pointer or the arrow keys.
#[component]
fn Divider() -> impl IntoView {
    let (app, t) = (use_app(), use_locale());
    let set = move |px: i64| {
        let px = px.clamp(i64::from(*LIST_PX.start()), i64::from(*LIST_PX.end())) as u32;
        app.prefs.update(|prefs| prefs.list_px = px);
    };
    let now = move || app.prefs.with_untracked(|prefs| i64::from(prefs.list_px));
    let dragging = RwSignal::new(None::<i64>);
    let down = move |event: PointerEvent| {
        if let Some(element) = event
            .target()
            .and_then(|target| target.dyn_into::<Element>().ok())
        {
            let _ = element.set_pointer_capture(event.pointer_id());
        }
        dragging.set(Some(now() - i64::from(event.client_x())));
    };
    let drag = move |event: PointerEvent| {
        if let Some(offset) = dragging.get_untracked() {
            set(offset + i64::from(event.client_x()));
        }
    };
    let key = move |event: KeyboardEvent| {
        match event.key().as_str() {
            "ArrowLeft" => set(now() - 16),
            "ArrowRight" => set(now() + 16),
            _ => return,
        }
        event.prevent_default();
    };
    view! {
        <div class="divider" role="separator" aria-orientation="vertical" tabindex="0" aria-label=t.of(|w| w.list_width)
            aria-valuemin=*LIST_PX.start() aria-valuemax=*LIST_PX.end() aria-valuenow=move || app.prefs.with(|prefs| prefs.list_px)
            class:dragging=boolean(move || dragging.get().is_some())
            on:pointerdown=down on:pointermove=drag on:pointerup=move |_| dragging.set(None) on:pointercancel=move |_| dragging.set(None) on:keydown=key></div>
    }
}
