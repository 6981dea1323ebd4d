//! The settings of this device: language, theme, density, signature, notifications, shortcuts.

use crate::app::use_app;
use crate::bind::{boolean, click, part, static_text};
use crate::i18n::{Language, TextKey, label, use_locale};
use crate::parts::icon::{Icon, IconButton};
use crate::state::mailto;
use crate::state::prefs::{Density, Theme};
use crate::web::page;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The page.
#[component]
pub fn Settings() -> impl IntoView {
    let (app, t) = (use_app(), use_locale());
    let prefs = app.prefs;
    let language = move || t.language();
    view! {
        <main class="settings">
            <div class="settings-head">
                <IconButton icon="menu" class="menu-button" label=label(|w| w.folders) press=move |_| app.drawer.set(true)/>
                <h1>{t.of(|w| w.settings)}</h1>
                <a class="tool" href="/mail/inbox" aria-label=t.of(|w| w.back_to_inbox) title=t.of(|w| w.back_to_inbox)><Icon name="close"/></a>
            </div>
            <p class="hint">{t.of(|w| w.settings_hint)}</p>
            {choices("language", |w| w.language, vec![
                (Language::Chinese, |_| Language::Chinese.name()), (Language::English, |_| Language::English.name()),
            ], language, move |l| prefs.update(|p| p.language = Some(l)))}
            {choices("theme", |w| w.theme, vec![
                (Theme::System, |w| w.theme_system), (Theme::Light, |w| w.theme_light), (Theme::Dark, |w| w.theme_dark),
            ], move || prefs.with(|p| p.theme), move |theme| prefs.update(|p| p.theme = theme))}
            {choices("density", |w| w.density, vec![
                (Density::Comfortable, |w| w.density_comfortable), (Density::Compact, |w| w.density_compact),
            ], move || prefs.with(|p| p.density), move |density| prefs.update(|p| p.density = density))}
            <fieldset>
                <legend>{t.of(|w| w.settings_composing)}</legend>
                <label class="field">{t.of(|w| w.signature)}
                    <textarea rows="4" prop:value=prefs.with_untracked(|p| p.signature.clone())
                        on:input=move |e| { let text = event_target_value(&e); prefs.update(|p| p.signature = text); }></textarea>
                </label>
                <p class="hint">{t.of(|w| w.signature_hint)}</p>
                <MailLinks/>
            </fieldset>
            <fieldset>
                <legend>{t.of(|w| w.settings_notifications)}</legend>
                <Notify/>
                <label class="check">
                    <input type="checkbox" prop:checked=boolean(move || prefs.with(|p| p.shortcuts)) on:change=move |e| { let on = event_target_checked(&e); prefs.update(|p| p.shortcuts = on); }/>
                    <span>{t.of(|w| w.shortcuts)}<small>{t.of(|w| w.shortcuts_hint)}</small></span>
                </label>
            </fieldset>
            <Account/>
        </main>
    }
}

type Named<T> = Vec<(T, TextKey)>;

/// A group of radio buttons.
fn choices<T: Copy + PartialEq + Send + Sync + 'static>(
    name: &'static str,
    legend: TextKey,
    named: Named<T>,
    now: impl Fn() -> T + Copy + Send + Sync + 'static,
    set: impl Fn(T) + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let one = move |(value, words): (T, TextKey)| {
        view! {
            <label><input type="radio" name=name prop:checked=boolean(move || now() == value) on:change=move |_| set(value)/><span>{use_locale().of(words)}</span></label>
        }
    };
    view! {
        <fieldset>
            <legend>{use_locale().of(legend)}</legend>
            <div class="segments">{named.into_iter().map(one).collect_view()}</div>
        </fieldset>
    }
}

/// Registers the webmail for `mailto:` links in this browser.
#[component]
fn MailLinks() -> impl IntoView {
    let t = use_locale();
    let asked = RwSignal::new(None::<bool>);
    let ask = move |_| asked.set(Some(page::handle_mailto(mailto::PATH)));
    let hint = move || match asked.get() {
        None => t.mailto_handler_hint,
        Some(true) => t.mailto_handler_asked,
        Some(false) => t.mailto_handler_unsupported,
    };
    view! {
        <button type="button" class="quiet" on:click=click(ask)>{t.of(|w| w.mailto_handler)}</button>
        <p class="hint" role="status">{static_text(hint)}</p>
    }
}

/// Desktop notifications, which need the browser's permission.
#[component]
fn Notify() -> impl IntoView {
    let (app, t) = (use_app(), use_locale());
    let refused = RwSignal::new(page::may_notify() == Some(false));
    let change = move |wanted: bool| {
        spawn_local(async move {
            let on = wanted && page::ask_to_notify().await;
            refused.set(wanted && !on);
            app.prefs.update(|p| p.notify = on);
        });
    };
    view! {
        <label class="check">
            <input type="checkbox" prop:checked=boolean(move || app.prefs.with(|p| p.notify)) on:change=move |e| change(event_target_checked(&e))/>
            <span>{t.of(|w| w.notify)}<small>{static_text(move || if refused.get() { t.notify_blocked } else { t.notify_hint })}</small></span>
        </label>
    }
}

/// The account and its server.
#[component]
fn Account() -> impl IntoView {
    let (app, t) = (use_app(), use_locale());
    let welcome = move || app.welcome.get();
    view! {
        <fieldset>
            <legend>{t.of(|w| w.account)}</legend>
            {part(move || welcome().map(|w| view! {
                <p class="account-line"><b>{w.who.name}</b> " " {w.who.address}</p>
                <p class="hint">{t.at_host(&w.host)}</p>
                {(!w.demo_addresses.is_empty()).then(|| view! { <p class="hint">{t.demo_hint(&w.demo_addresses.join(", "))}</p> })}
            }).into_any())}
            <button type="button" class="quiet" on:click=click(move |_| app.sign_out())><Icon name="sign-out"/>{t.of(|w| w.sign_out)}</button>
        </fieldset>
    }
}
