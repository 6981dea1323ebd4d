//! The list of the player's keys, opened with `?`.

use super::handle::PlayerHandle;
use crate::bind::static_text;
use crate::stage::i18n::say;
use leptos::prelude::*;

/// Keys, with their effects in Chinese and English.
const KEYS: [(&str, &str, &str); 11] = [
    ("Space", "播放或暂停", "Play or pause"),
    ("← →", "后退或前进一步", "Step back or forward"),
    (
        "Shift ← →",
        "上一个或下一个连接",
        "Previous or next connection",
    ),
    (
        "PageUp PageDown",
        "上一轮或下一轮应答（翻页笔）",
        "Previous or next exchange (presenter remote)",
    ),
    ("Home End", "开头或结尾", "Start or end"),
    (
        "[ ]",
        "上一个或下一个关键事件",
        "Previous or next key event",
    ),
    ("+ −", "加快或放慢", "Faster or slower"),
    (
        "1 2 3 4",
        "地图、主机、对话、字节",
        "Map, hosts, dialogue, bytes",
    ),
    ("F", "大字全屏", "Large type, full screen"),
    ("B", "黑屏", "Blank the screen"),
    ("W", "可读范围着色", "Color by reader"),
];

/// The list of keys; empty while it is closed.
#[component]
pub fn KeysHelp(handle: PlayerHandle) -> impl IntoView {
    let row = move |(key, zh, en): (&'static str, &'static str, &'static str)| {
        view! { <div><dt><kbd>{key}</kbd></dt><dd>{move || say(handle.language(), zh, en)}</dd></div> }
    };
    move || {
        handle.help.get().then(|| {
            view! {
                <section class="keys-help" role="dialog" aria-label=static_text(move || say(handle.language(), "快捷键", "Keyboard shortcuts"))>
                    <h2>{move || say(handle.language(), "快捷键", "Keyboard shortcuts")}</h2>
                    <dl>{KEYS.map(row).collect_view()}</dl>
                    <button type="button" class="quiet" on:click=move |_| handle.help.set(false)>{move || say(handle.language(), "关闭", "Close")}</button>
                </section>
            }
        })
    }
}
