//! The transport bar: play and pause, steps, start and end, the next thing worth seeing, speed, the
//! track, time and turn.

use super::deck::Deck;
use super::glyphs::{Sign, SignGlyph};
use super::track::Track;
use crate::bind::{maybe, text, word};
use crate::stage::caption::shortened;
use crate::stage::i18n::{clock, say};
use crate::stage::player::{Player, SPEEDS, speed_words};
use crate::stage::sentences::sentence;
use crate::stage::timeline::Unit;
use leptos::prelude::*;

/// A long reply is cut: two lines of a telephone.
const TOLD_COLUMNS_MAX: usize = 92;

/// The bar.
#[component]
pub fn Bar(deck: Deck) -> impl IntoView {
    let playing = move || deck.player.with(|p| p.playing);
    let play = Signal::derive(move || if playing() { Sign::Pause } else { Sign::Play });
    let language = move || deck.language();
    let play_word = move || {
        if playing() {
            say(language(), "暂停", "Pause")
        } else {
            say(language(), "播放", "Play")
        }
    };
    let told = move || {
        deck.timeline.with(|t| {
            shortened(
                &sentence(t, deck.position.get(), deck.language()),
                TOLD_COLUMNS_MAX,
            )
        })
    };
    let at_start = move || deck.position.get() == 0;
    let at_end = move || deck.timeline.with(|t| deck.position.get() >= t.last());
    view! {
        <div class="transport" role="group" aria-label=word(move || say(language(), "播放控制", "Playback"))>
            // Where the stage may be scrolled away; `Account` says it to screen readers.
            <p class="now-told" aria-hidden="true">{told}</p>
            <div class="presses">
                {button(deck, Sign::Start, "回到开头", "To the start", "Home", at_start, |p, t| p.go(t, 0))}
                {button(deck, Sign::Back, "后退一步", "Step back", "←", at_start, |p, t| p.step(t, false))}
                <button type="button" class="play" aria-label=word(play_word) title=text(move || format!("{} (Space)", play_word()))
                    on:click=move |_| deck.hands(Player::toggle)>
                    <SignGlyph sign=play size=24/>
                </button>
                {button(deck, Sign::Forward, "前进一步", "Step forward", "→", at_end, |p, t| p.step(t, true))}
                {button(deck, Sign::End, "到结尾", "To the end", "End", at_end, |p, t| p.go(t, t.last()))}
            </div>
            {units(deck)}
            <div class="way">
                {button(deck, Sign::EarlierNotable, "上一件大事", "Previous event of note", "[", at_start, |p, t| p.notable(t, false))}
                <Track deck/>
                {button(deck, Sign::LaterNotable, "下一件大事", "Next event of note", "]", at_end, |p, t| p.notable(t, true))}
            </div>
            {speeds(deck)}
            {reading(deck)}
        </div>
    }
}

fn button(
    deck: Deck,
    sign: Sign,
    zh: &'static str,
    en: &'static str,
    key: &'static str,
    idle: impl Fn() -> bool + Send + Sync + Copy + 'static,
    act: fn(&mut Player, &crate::stage::timeline::Timeline),
) -> impl IntoView {
    let called = move || say(deck.language(), zh, en);
    // Not `disabled`: the focus would be lost with the last step.
    view! {
        <button type="button" aria-label=word(called) title=text(move || format!("{} ({key})", called())) aria-disabled=maybe(move || idle().then_some("true"))
            on:click=move |_| deck.hands(act)>
            <SignGlyph sign=sign/>
        </button>
    }
}

/// What one press steps by.
fn units(deck: Deck) -> impl IntoView {
    let unit = move |unit: Unit, zh: &'static str, en: &'static str| {
        let chosen = move || deck.player.with(|p| p.unit == unit);
        view! {
            <button type="button" aria-pressed=word(move || if chosen() { "true" } else { "false" })
                on:click=move |_| deck.player.update(|p| p.unit = unit)>
                {move || say(deck.language(), zh, en)}
            </button>
        }
    };
    view! {
        <div class="units" role="group" aria-label=word(move || say(deck.language(), "每步", "Step by"))>
            {unit(Unit::Event, "事件", "event")}
            {unit(Unit::Turn, "回合", "turn")}
            {unit(Unit::Hop, "段", "hop")}
        </div>
    }
}

fn speeds(deck: Deck) -> impl IntoView {
    let chosen = move || deck.player.with(|p| p.speed.to_string());
    let choose = move |e: leptos::ev::Event| {
        if let Ok(speed) = event_target_value(&e).parse() {
            deck.player.update(|p| p.speed = speed);
        }
    };
    let option =
        |speed: f64| view! { <option value=speed.to_string()>{speed_words(speed)}</option> };
    view! {
        <select class="speed" aria-label=move || say(deck.language(), "速度", "Speed") prop:value=chosen on:change=choose>
            {SPEEDS.map(option).collect_view()}
        </select>
    }
}

/// Time of day, and `turn 12 of 31`.
fn reading(deck: Deck) -> impl IntoView {
    let step = move || {
        deck.timeline
            .with(|t| t.steps.get(deck.position.get()).copied())
    };
    let time = move || step().map(|s| clock(s.at, deck.east_minutes, true));
    let turn = move || {
        let (turn, all) = (
            step().map_or(0, |s| s.turn + 1),
            deck.timeline.with(|t| t.turns()),
        );
        match deck.language() {
            crate::i18n::Language::Chinese => format!("回合 {turn}/{all}"),
            crate::i18n::Language::English => format!("turn {turn} of {all}"),
        }
    };
    let live = move || {
        deck.live.get().then(|| {
            let title = move || say(deck.language(), "新的事件会自动接上", "New events are added as they happen");
            view! { <span class="live" title=title>{move || say(deck.language(), "实时", "live")}</span> }
        })
    };
    view! { <div class="hour">{live}<time>{time}</time><span>{turn}</span></div> }
}
