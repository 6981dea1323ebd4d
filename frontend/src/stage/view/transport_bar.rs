//! The transport bar: play and pause, steps, notable steps, speed, timeline track, time and
//! position.

use super::glyphs::{Icon, IconGlyph};
use super::handle::PlayerHandle;
use super::track::Track;
use crate::bind::{optional, static_text, text};
use crate::stage::i18n::say;
use crate::stage::outcome::is_settled;
use crate::stage::player::{Player, SPEEDS, speed_text};
use crate::stage::sentences::sentence;
use crate::stage::text_width::shortened;
use crate::stage::timeline::StepUnit;
use leptos::prelude::*;

/// Maximum width of the current step in columns: two lines on a phone.
const STEP_COLUMNS_MAX: usize = 92;

/// The bar.
#[component]
pub fn TransportBar(handle: PlayerHandle) -> impl IntoView {
    let playing = move || handle.player.with(|p| p.playing);
    let play = Signal::derive(move || if playing() { Icon::Pause } else { Icon::Play });
    let language = move || handle.language();
    let play_word = move || {
        if playing() {
            say(language(), "暂停", "Pause")
        } else {
            say(language(), "播放", "Play")
        }
    };
    let description = move || {
        handle.timeline.with(|t| {
            shortened(
                &sentence(t, handle.position.get(), handle.language()),
                STEP_COLUMNS_MAX,
            )
        })
    };
    let at_start = move || handle.position.get() == 0;
    let at_end = move || handle.timeline.with(|t| handle.position.get() >= t.last());
    view! {
        <div class="transport" role="group" aria-label=static_text(move || say(language(), "播放控制", "Playback"))>
            // Visible when the diagram is scrolled out of view; `Narration` announces it to screen
            // readers.
            <p class="current-step" aria-hidden="true">{description}</p>
            <div class="step-buttons">
                {button(handle, Icon::Start, "回到开头", "To the start", "Home", at_start, |p, t| p.go(t, 0))}
                {button(handle, Icon::Back, "后退一步", "Step back", "←", at_start, |p, t| p.step(t, false))}
                <button type="button" class="play" aria-label=static_text(play_word) title=text(move || format!("{} (Space)", play_word()))
                    on:click=move |_| handle.update_player(Player::toggle)>
                    <IconGlyph icon=play size=24/>
                </button>
                {button(handle, Icon::Forward, "前进一步", "Step forward", "→", at_end, |p, t| p.step(t, true))}
                {button(handle, Icon::End, "到结尾", "To the end", "End", at_end, |p, t| p.go(t, t.last()))}
            </div>
            {units(handle)}
            <div class="timeline-row">
                {button(handle, Icon::EarlierNotable, "上一个关键事件", "Previous key event", "[", at_start, |p, t| p.notable(t, false))}
                <Track handle/>
                {button(handle, Icon::LaterNotable, "下一个关键事件", "Next key event", "]", at_end, |p, t| p.notable(t, true))}
            </div>
            {speeds(handle)}
            {reading(handle)}
        </div>
    }
}

fn button(
    handle: PlayerHandle,
    icon: Icon,
    zh: &'static str,
    en: &'static str,
    key: &'static str,
    idle: impl Fn() -> bool + Send + Sync + Copy + 'static,
    act: fn(&mut Player, &crate::stage::model::Timeline),
) -> impl IntoView {
    let called = move || say(handle.language(), zh, en);
    // Not `disabled`: the focus would be lost with the last step.
    view! {
        <button type="button" aria-label=static_text(called) title=text(move || format!("{} ({key})", called())) aria-disabled=optional(move || idle().then_some("true"))
            on:click=move |_| handle.update_player(act)>
            <IconGlyph icon=icon/>
        </button>
    }
}

/// The unit of the step buttons.
fn units(handle: PlayerHandle) -> impl IntoView {
    let unit = move |unit: StepUnit, zh: &'static str, en: &'static str| {
        let chosen = move || handle.player.with(|p| p.unit == unit);
        view! {
            <button type="button" aria-pressed=static_text(move || if chosen() { "true" } else { "false" })
                on:click=move |_| handle.player.update(|p| p.unit = unit)>
                {move || say(handle.language(), zh, en)}
            </button>
        }
    };
    view! {
        <div class="units" role="group" aria-label=static_text(move || say(handle.language(), "每步", "Step by"))>
            {unit(StepUnit::Event, "事件", "event")}
            {unit(StepUnit::Exchange, "应答", "exchange")}
            {unit(StepUnit::Hop, "连接", "hop")}
        </div>
    }
}

fn speeds(handle: PlayerHandle) -> impl IntoView {
    let chosen = move || handle.player.with(|p| p.speed.to_string());
    let choose = move |e: leptos::ev::Event| {
        if let Ok(speed) = event_target_value(&e).parse() {
            handle.player.update(|p| p.speed = speed);
        }
    };
    let option =
        |speed: f64| view! { <option value=speed.to_string()>{speed_text(speed)}</option> };
    view! {
        <select class="speed" aria-label=move || say(handle.language(), "速度", "Speed") prop:value=chosen on:change=choose>
            {SPEEDS.map(option).collect_view()}
        </select>
    }
}

/// Time of day, and `exchange 12 of 31`.
fn reading(handle: PlayerHandle) -> impl IntoView {
    let step = move || {
        handle
            .timeline
            .with(|t| t.steps.get(handle.position.get()).copied())
    };
    let time = move || step().map(|s| handle.clock(s.at, true));
    let exchange = move || {
        let (exchange, all) = (
            step().map_or(0, |s| s.exchange + 1),
            handle.timeline.with(|t| t.exchanges()),
        );
        // The first step of the first exchange: pressing → shows the rest of it.
        let at_start = handle.position.get() == 0 && all > 1;
        match handle.language() {
            crate::i18n::Language::Chinese if at_start => format!("开头，共 {all} 轮应答"),
            crate::i18n::Language::English if at_start => format!("start of {all} exchanges"),
            crate::i18n::Language::Chinese => format!("第 {exchange}/{all} 轮应答"),
            crate::i18n::Language::English => format!("exchange {exchange} of {all}"),
        }
    };
    // Once every copy has reached its end, the journey is a recording, although its reading may
    // still be added.
    let is_live = Memo::new(move |_| handle.live.get() && handle.timeline.with(|t| !is_settled(t)));
    let live = move || {
        is_live.get().then(|| {
            let title = move || say(handle.language(), "新事件会自动显示", "New events are added as they happen");
            view! { <span class="live" title=title>{move || say(handle.language(), "实时", "live")}</span> }
        })
    };
    view! { <div class="position-info">{live}<time>{time}</time><span>{exchange}</span></div> }
}
