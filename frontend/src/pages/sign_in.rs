//! The sign-in page.

use crate::app::use_app;
use crate::bind::{boolean, click, part, static_text, text};
use crate::i18n::{Language, use_locale};
use crate::parts::icon::{Brand, Icon};
use crate::state::failure::Failure;
use crate::web::page;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wire::{Credentials, Problem};

/// The page.
#[component]
pub fn SignIn(
    /// Whether the session ended other than by signing out in this tab.
    ended_elsewhere: bool,
) -> impl IntoView {
    let (app, t) = (use_app(), use_locale());
    let address = RwSignal::new(String::new());
    let password = RwSignal::new(String::new());
    let remember = RwSignal::new(false);
    let seen = RwSignal::new(false);
    let busy = RwSignal::new(false);
    let failed = RwSignal::new(None::<Failure>);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        failed.set(None);
        let credentials = Credentials {
            address: address.get_untracked().trim().to_owned(),
            password: password.get_untracked(),
            remember: remember.get_untracked(),
        };
        spawn_local(async move {
            if let Err(failure) = app.sign_in(credentials).await {
                busy.set(false);
                let wrong = failure == Failure::Problem(Problem::Credentials);
                failed.set(Some(failure));
                page::focus(if wrong { "#password" } else { "#address" });
            }
        });
    };
    let eye = move || if seen.get() { "eye-off" } else { "eye" };
    view! {
        <main class="sign-in">
            <form class="sign-in-form" on:submit=submit aria-busy=text(move || busy.get().to_string())>
                <Brand/>
                <h1>{t.of(|w| w.product)}</h1>
                <p class="motto">{t.of(|w| w.motto)}</p>
                {ended_elsewhere.then(|| view! { <p class="ended" role="status"><Icon name="warning"/><span>{t.of(|w| w.signed_out_elsewhere)}</span></p> })}
                <label class="field">{t.of(|w| w.address)}
                    <input id="address" name="username" type="text" inputmode="email" autocomplete="username" autocapitalize="off" spellcheck="false"
                        required autofocus prop:value=move || address.get() on:input=move |e| address.set(event_target_value(&e))/>
                </label>
                <label class="field" for="password">{t.of(|w| w.password)}</label>
                <div class="with-eye">
                    <input id="password" name="password" type=move || if seen.get() { "text" } else { "password" } autocomplete="current-password"
                        required prop:value=move || password.get() on:input=move |e| password.set(event_target_value(&e))/>
                    <button type="button" class="tool" aria-pressed=text(move || seen.get().to_string()) aria-label=t.of(|w| w.show_password)
                        on:click=click(move |_| seen.update(|s| *s = !*s))><Icon name=Signal::derive(eye)/></button>
                </div>
                <label class="check">
                    <input type="checkbox" prop:checked=boolean(move || remember.get()) on:change=move |e| remember.set(event_target_checked(&e))/>
                    {t.of(|w| w.remember)}
                </label>
                <div role="alert" class="wrong" hidden=boolean(move || failed.with(Option::is_none))>
                    {part(move || failed.get().map(|f| view! { <Icon name="warning"/><span>{app.failure_text(&f)}</span> }).into_any())}
                </div>
                <button type="submit" class="primary wide" disabled=boolean(move || busy.get())>
                    {static_text(move || if busy.get() { t.signing_in } else { t.sign_in })}
                </button>
            </form>
            <a class="to-lab" href="/lab/"><Icon name="lab"/><span>{t.of(|w| w.lab_open)}</span></a>
            <Languages/>
        </main>
    }
}

/// The language choice, each language in its own name.
#[component]
fn Languages() -> impl IntoView {
    let (app, t) = (use_app(), use_locale());
    let choose = move |language| app.prefs.update(|prefs| prefs.language = Some(language));
    view! {
        <div class="languages" role="group" aria-label=t.of(|w| w.language)>
            {Language::ALL.map(|language| view! {
                <button type="button" lang=language.tag() aria-pressed=text(move || (t.language() == language).to_string()) on:click=click(move |_| choose(language))>
                    {language.name()}
                </button>
            }).collect_view()}
        </div>
    }
}
