//! The top bar of the Lab with language and theme, and the message for a failed load.

use crate::app::{Lab, use_lab};
use crate::i18n::{self, texts};
use crate::link::server::FetchError;
use frontend::bind::{click, text};
use frontend::i18n::{Language, Locale};
use frontend::parts::icon::{Brand, Icon};
use frontend::state::prefs::Theme;
use leptos::prelude::*;

/// The top bar of the catalogue and of error pages.
#[component]
pub fn TopBar() -> impl IntoView {
    let lab = use_lab();
    let t = lab.t;
    view! {
        <header class="lab-bar">
            <a class="brand" href="/lab/"><Brand/><span>{i18n::of(t, |w| w.product)}</span><b>{i18n::of(t, |w| w.lab)}</b></a>
            <span class="gap"></span>
            <a class="quiet" href="/mail/inbox"><Icon name="mail"/><span>{i18n::of(t, |w| w.to_mail)}</span></a>
            <DisplaySettings/>
        </header>
    }
}

/// Buttons for the language and the dark theme.
#[component]
pub fn DisplaySettings() -> impl IntoView {
    let lab = use_lab();
    let t = lab.t;
    let other = move || {
        if t.language() == Language::Chinese {
            Language::English
        } else {
            Language::Chinese
        }
    };
    let set_language = move |_| {
        let language = other();
        lab.prefs.update(|prefs| prefs.language = Some(language));
    };
    let dark = move || frontend::web::page::is_dark(lab.prefs.with(|prefs| prefs.theme));
    let toggle_theme = move |_| {
        let theme = if dark() { Theme::Light } else { Theme::Dark };
        lab.prefs.update(|prefs| prefs.theme = theme);
    };
    view! {
        <button type="button" class="tool worded language" lang=move || other().tag() aria-label=text(move || format!("{}: {}", texts(t).language, other().name()))
            on:click=click(set_language)>{move || if other() == Language::Chinese { "中文" } else { "English" }}</button>
        <button type="button" class="tool" aria-pressed=text(move || dark().to_string()) aria-label=text(move || theme_text(t)) title=text(move || theme_text(t)) on:click=click(toggle_theme)>
            <Icon name=Signal::derive(move || if dark() { "sun" } else { "moon" })/>
        </button>
    }
}

fn theme_text(t: Locale) -> String {
    if t.language() == Language::Chinese {
        "深色".to_owned()
    } else {
        "Dark".to_owned()
    }
}

/// The message for a failed load, with a button to retry.
pub fn fetch_error(lab: Lab, why: FetchError, again: impl Fn() + 'static) -> impl IntoView {
    let t = lab.t;
    let message = move || match why {
        FetchError::Invalid => texts(t).catalogue_broken,
        FetchError::Unreachable | FetchError::NotFound => texts(t).catalogue_failed,
    };
    view! {
        <div class="lab-error" role="alert">
            <Icon name="warning"/>
            <p>{message}</p>
            <button type="button" class="quiet" on:click=click(move |_| again())>{i18n::of(t, |w| w.retry)}</button>
        </div>
    }
}
