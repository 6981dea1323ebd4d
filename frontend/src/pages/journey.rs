//! The journey page of a message. Its events, followed live, are passed to the player, which is
//! loaded from the Lab's bundle when the first journey is opened and draws the journey.

use crate::app::{App, FollowState, Followed, MessageState, use_app};
use crate::bind::{click, effect, static_text};
use crate::pages::message_notes::ReportedMessage;
use crate::parts::icon::Icon;
use crate::stage::i18n::say;
use crate::state::failure::Failure;
use crate::state::place::Mail;
use crate::web::player::{Player, load};
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use mail::StoredMessageId;
use wire::{DeliveryReport, EventList, Problem, Request};

/// The page `/mail/:folder/:id/journey`, which fills the screen.
#[component]
pub fn JourneyPage(
    /// The message.
    id: StoredMessageId,
) -> impl IntoView {
    let app = use_app();
    let followed = app.follow(Request::Follow { id });
    let nothing_yet = Memo::new(move |_| followed.journey.with(|known| known.events.is_empty()));
    let stage = move || match (followed.state.get(), nothing_yet.get()) {
        (_, false) => view! { <EmbeddedPlayer followed id/> }.into_any(),
        (FollowState::Loading, true) => {
            notice_view(app, "clock", "正在加载传输过程…", "Loading the journey…").into_any()
        }
        (FollowState::Live(_), true) => notice_view(
            app,
            "returned",
            "没有这封邮件的传输记录。",
            "There is no record of this message's journey.",
        )
        .into_any(),
        (FollowState::Failed(failure), true) => failed(app, &failure).into_any(),
    };
    view! {
        <main class="journey-page" aria-label=static_text(move || say(app.t.language(), "传输过程", "Journey"))>
            {header(app, id)}
            {stage}
        </main>
    }
}

/// The state of loading the player.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Loading {
    /// Loading, with the number of the attempt from 0.
    Attempt(u32),
    /// Loaded.
    Mounted,
    /// Failed after this many attempts.
    Failed(u32),
}

/// The player with the events.
#[component]
fn EmbeddedPlayer(followed: Followed, id: StoredMessageId) -> impl IntoView {
    let app = use_app();
    let place = NodeRef::<html::Div>::new();
    let loading = RwSignal::new(Loading::Attempt(0));
    let player = StoredValue::new_local(None::<Player>);
    effect(move || {
        let (Loading::Attempt(attempt), Some(_)) = (loading.get(), place.get()) else {
            return;
        };
        spawn_local(async move {
            let players = load(attempt).await;
            // The view may have been dropped in the meantime.
            let Some(Some(element)) = place.try_get_untracked() else {
                return;
            };
            let mounted = players.and_then(|players| {
                players.mount(
                    &element,
                    app.t.0.get_untracked().tag(),
                    followed.live.get_untracked(),
                )
            });
            mounted
                .iter()
                .for_each(|player| player.message(&format!("/api/message/{}/raw", id.0)));
            let there = mounted.is_some();
            player.set_value(mounted);
            loading.set(if there {
                Loading::Mounted
            } else {
                Loading::Failed(attempt + 1)
            });
        });
    });
    let with = move |tell: &dyn Fn(&Player)| {
        if loading.get() == Loading::Mounted {
            player.with_value(|player| player.iter().for_each(tell));
        }
    };
    effect(move || {
        with(&|player| {
            player.feed(
                &followed
                    .journey
                    .with(|known| EventList::join(&known.events)),
            );
        });
    });
    effect(move || with(&|player| player.language(app.t.language().tag())));
    effect(move || with(&|player| player.live(followed.live.get())));
    on_cleanup(move || {
        let _ = player.try_update_value(Option::take);
    });
    let notice = move || {
        match loading.get() {
        Loading::Attempt(_) => notice_view(app, "clock", "正在加载播放器…", "Loading the player…").into_any(),
        Loading::Mounted => ().into_any(),
        Loading::Failed(attempts) => view! {
            {notice_view(app, "returned", "播放器加载失败，请检查网络后重试。", "The player could not be loaded. Check your connection and try again.")}
            <p class="retry">
                <button type="button" class="quiet" on:click=click(move |_| loading.set(Loading::Attempt(attempts)))>{app.t.of(|w| w.retry)}</button>
            </p>
        }
        .into_any(),
    }
    };
    view! {
        {notice}
        <div class="played" node_ref=place></div>
    }
}

/// The link back to the message, and its subject.
fn header(app: App, id: StoredMessageId) -> impl IntoView {
    let back = app
        .mail_now()
        .map_or_else(|| Mail::folder("inbox"), |mail| mail.at(Some(id)));
    let href = back.href();
    let go = move |e: leptos::ev::MouseEvent| {
        // With a modifier key the browser opens it in another tab.
        if !(e.ctrl_key() || e.meta_key() || e.shift_key()) {
            e.prevent_default();
            app.go(&back);
        }
    };
    // Keyboard and screen reader users start at the heading.
    let heading = NodeRef::<html::H1>::new();
    effect(move || {
        heading.get().map(|h| h.focus());
    });
    let language = move || app.t.language();
    view! {
        <header>
            <a href=href on:click=go>
                <Icon name="back"/>
                {move || say(language(), "返回邮件", "Back to the message")}
            </a>
            <h1 tabindex="-1" node_ref=heading>{move || subject(app, id)}</h1>
            {move || report(app, id).map(|report| view! { <ReportedMessage report/> })}
            <span class="page-kind">{move || say(language(), "传输过程", "Journey")}</span>
        </header>
    }
}

/// The delivery report in the message, once it is loaded.
fn report(app: App, id: StoredMessageId) -> Option<DeliveryReport> {
    app.reading.with(|reading| match reading {
        MessageState::Open(message) if message.row.id == id => message.report,
        _ => None,
    })
}

fn subject(app: App, id: StoredMessageId) -> String {
    let open = app.reading.with(|reading| match reading {
        MessageState::Open(message) if message.row.id == id => Some(message.row.subject.clone()),
        _ => None,
    });
    let known = open.or_else(|| {
        app.rows
            .with(|rows| rows.row(id).map(|row| row.subject.clone()))
    });
    known
        .filter(|s| !s.is_empty())
        .unwrap_or_else(|| say(app.t.language(), "（无主题）", "(no subject)").to_owned())
}

fn notice_view(app: App, icon: &'static str, zh: &'static str, en: &'static str) -> impl IntoView {
    view! {
        <div class="journey-notice" role="status">
            <Icon name=icon/>
            <p>{move || say(app.t.language(), zh, en)}</p>
        </div>
    }
}

fn failed(app: App, failure: &Failure) -> impl IntoView {
    match failure {
        Failure::Problem(Problem::Gone) => notice_view(
            app,
            "returned",
            "这封邮件已不存在。",
            "This message no longer exists.",
        ),
        Failure::Problem(_) => notice_view(
            app,
            "returned",
            "无法加载这封邮件的传输过程。",
            "The journey of this message could not be loaded.",
        ),
        Failure::ConnectionLost => notice_view(
            app,
            "clock",
            "连接已断开，恢复后会自动重新加载。",
            "The connection was lost. The journey loads again when it is restored.",
        ),
    }
}
