//! What stands at the top of every page of the Lab: the way back, language, light and dark. And how
//! trouble is told.

use crate::app::{Lab, use_lab};
use crate::i18n::{self, texts};
use crate::link::engine::NoAnswer;
use crate::link::server::Missing;
use crate::state::catalogue::in_words;
use crate::work::Trouble;
use frontend::bind::{click, text};
use frontend::i18n::{Language, Locale};
use frontend::parts::icon::{Brand, Icon};
use frontend::state::prefs::Theme;
use leptos::prelude::*;
use sim::api::Refused;

/// The top of the catalogue and of pages that are lost.
#[component]
pub fn Bar() -> impl IntoView {
    let lab = use_lab();
    let t = lab.t;
    view! {
        <header class="lab-bar">
            <a class="brand" href="/lab/"><Brand/><span>{i18n::of(t, |w| w.product)}</span><b>{i18n::of(t, |w| w.lab)}</b></a>
            <span class="gap"></span>
            <a class="quiet" href="/mail/inbox"><Icon name="mail"/><span>{i18n::of(t, |w| w.to_mail)}</span></a>
            <Choices/>
        </header>
    }
}

/// Language, and light or dark.
#[component]
pub fn Choices() -> impl IntoView {
    let lab = use_lab();
    let t = lab.t;
    let other = move || {
        if t.language() == Language::Chinese {
            Language::English
        } else {
            Language::Chinese
        }
    };
    let speak = move |_| {
        let language = other();
        lab.prefs.update(|prefs| prefs.language = Some(language));
    };
    let dark = move || frontend::web::page::is_dark(lab.prefs.with(|prefs| prefs.theme));
    let turn = move |_| {
        let theme = if dark() { Theme::Light } else { Theme::Dark };
        lab.prefs.update(|prefs| prefs.theme = theme);
    };
    view! {
        <button type="button" class="tool worded language" lang=move || other().tag() aria-label=text(move || format!("{}: {}", texts(t).language, other().name()))
            on:click=click(speak)>{move || if other() == Language::Chinese { "中文" } else { "English" }}</button>
        <button type="button" class="tool" aria-pressed=text(move || dark().to_string()) aria-label=text(move || theme_words(t)) title=text(move || theme_words(t)) on:click=click(turn)>
            <Icon name=Signal::derive(move || if dark() { "sun" } else { "moon" })/>
        </button>
    }
}

fn theme_words(t: Locale) -> String {
    if t.language() == Language::Chinese {
        "深色".to_owned()
    } else {
        "Dark".to_owned()
    }
}

/// What was missing, in a sentence, with another try.
pub fn missing(lab: Lab, why: Missing, again: impl Fn() + 'static) -> impl IntoView {
    let t = lab.t;
    let told = move || match why {
        Missing::Broken => texts(t).catalogue_broken,
        Missing::Lost | Missing::NotThere => texts(t).catalogue_failed,
    };
    view! {
        <div class="lab-trouble" role="alert">
            <Icon name="warning"/>
            <p>{told}</p>
            <button type="button" class="quiet" on:click=click(move |_| again())>{i18n::of(t, |w| w.retry)}</button>
        </div>
    }
}

/// Why the engine refuses something: where, if that is known, and the sentence.
fn refused_words(language: Language, refused: &Refused) -> String {
    let told = in_words(&refused.why, language);
    let told = if told.ends_with(['.', '。', '!', '?', '！', '？']) {
        told.to_owned()
    } else {
        format!("{told}.")
    };
    match (refused.place, language) {
        (Some(place), Language::Chinese) => format!("{}：{told}", i18n::place(language, place)),
        (Some(place), Language::English) => format!("{}: {told}", i18n::place(language, place)),
        (None, _) => told,
    }
}

/// Why there is no run, in a sentence.
pub fn trouble_words(t: Locale, trouble: &Trouble) -> String {
    let w = texts(t);
    match trouble {
        Trouble::File(_) => w.scenario_failed.to_owned(),
        Trouble::Engine(NoAnswer::NotLoaded) => w.engine_failed.to_owned(),
        Trouble::Engine(NoAnswer::Died) => w.engine_died.to_owned(),
        Trouble::Engine(NoAnswer::TooLong) => w.too_long.to_owned(),
        Trouble::Foreign => w.answer_broken.to_owned(),
        Trouble::Refused(refused) => refused_words(t.language(), refused),
    }
}
