//! The journey of a letter in a folder: its events, fetched and followed, handed to the stage. Knows the letter's place and
//! subject; what is seen on the way is the stage's.

use crate::app::{App, FollowState, Reading, use_app};
use crate::bind::{effect, word};
use crate::stage::view::{Sign, SignGlyph, Theatre};
use crate::stage::words::say;
use crate::state::draft::Failure;
use crate::state::place::Mail;
use leptos::html;
use leptos::prelude::*;
use mail::MessageId;
use wire::{Ask, Problem};

/// The page of `/mail/:folder/:id/journey`. It is alone on the screen.
#[component]
pub fn JourneyPage(
    /// Which letter's.
    id: MessageId,
) -> impl IntoView {
    let app = use_app();
    let followed = app.follow(Ask::Follow { id });
    let nothing_yet = Memo::new(move |_| followed.events.with(Vec::is_empty));
    let stage = move || match (followed.state.get(), nothing_yet.get()) {
        (_, false) => view! { <Theatre events=followed.events live=followed.live/> }.into_any(),
        (FollowState::Loading, true) => aside(app, Sign::Clock, "正在取旅程…", "Fetching the journey…").into_any(),
        (FollowState::Live(_), true) => {
            aside(app, Sign::Return, "这封信的旅程没有留下记录。", "Nothing was recorded of this letter's journey.").into_any()
        }
        (FollowState::Failed(failure), true) => failed(app, &failure).into_any(),
    };
    view! {
        <main class="journey-page" aria-label=word(move || say(app.t.language(), "旅程", "Journey"))>
            {header(app, id)}
            {stage}
        </main>
    }
}

/// Back to the letter, and what it is about.
fn header(app: App, id: MessageId) -> impl IntoView {
    let back = app.mail_now().map_or_else(|| Mail::folder("inbox"), |mail| mail.at(Some(id)));
    let href = back.href();
    let go = move |e: leptos::ev::MouseEvent| {
        // With a key held, the browser opens it elsewhere.
        if !(e.ctrl_key() || e.meta_key() || e.shift_key()) {
            e.prevent_default();
            app.go(&back);
        }
    };
    // Whoever comes here by keyboard or hears the page begins at its heading.
    let heading = NodeRef::<html::H1>::new();
    effect(move || {
        heading.get().map(|h| h.focus());
    });
    let language = move || app.t.language();
    view! {
        <header>
            <a href=href on:click=go>
                <SignGlyph sign=Sign::Back size=18/>
                {move || say(language(), "回到信件", "Back to the letter")}
            </a>
            <h1 tabindex="-1" node_ref=heading>{move || subject(app, id)}</h1>
            <span class="kind">{move || say(language(), "旅程", "Journey")}</span>
        </header>
    }
}

fn subject(app: App, id: MessageId) -> String {
    let open = app.reading.with(|reading| match reading {
        Reading::Open(letter) if letter.row.id == id => Some(letter.row.subject.clone()),
        _ => None,
    });
    let known = open.or_else(|| app.rows.with(|rows| rows.row(id).map(|row| row.subject.clone())));
    known.filter(|s| !s.is_empty()).unwrap_or_else(|| say(app.t.language(), "（无主题）", "(no subject)").to_owned())
}

fn aside(app: App, sign: Sign, zh: &'static str, en: &'static str) -> impl IntoView {
    view! {
        <div class="aside-state" role="status">
            <SignGlyph sign size=40/>
            <p>{move || say(app.t.language(), zh, en)}</p>
        </div>
    }
}

fn failed(app: App, failure: &Failure) -> impl IntoView {
    match failure {
        Failure::Problem(Problem::Gone) => aside(app, Sign::Return, "这封信已经不在了。", "This letter is no longer there."),
        Failure::Problem(_) => aside(app, Sign::Return, "取不到这封信的旅程。", "The journey of this letter could not be fetched."),
        Failure::Lost => {
            aside(app, Sign::Clock, "连接断了，恢复后会自动再取。", "The connection broke; the journey is fetched again when it is back.")
        }
    }
}
