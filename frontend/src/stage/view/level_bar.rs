//! The bar above the diagram: level of detail, selected message, visibility colours, presentation
//! mode.

use super::glyphs::{Icon, IconGlyph};
use super::handle::PlayerHandle;
use crate::bind::{optional, static_text, text};
use crate::stage::i18n::say;
use crate::stage::zoom::Zoom;
use leptos::prelude::*;

/// The bar.
#[component]
pub fn LevelBar(handle: PlayerHandle) -> impl IntoView {
    let level = move |zoom: Zoom| {
        let chosen = move || handle.zoom.get() == zoom;
        let fixed = move || handle.zoom_fixed.get().is_some() && !chosen();
        view! {
            <button type="button" aria-pressed=static_text(move || if chosen() { "true" } else { "false" }) aria-disabled=optional(move || fixed().then_some("true"))
                title=text(move || format!("{} ({})", zoom.words(handle.language()), zoom.key())) on:click=move |_| handle.set_zoom(zoom)>
                {move || zoom.words(handle.language())}
            </button>
        }
    };
    let lens = move || handle.lens.get();
    view! {
        <div class="level-bar">
            <div class="levels" role="group" aria-label=static_text(move || say(handle.language(), "视图层级", "View"))>{Zoom::ALL.map(level).collect_view()}</div>
            {move || messages(handle)}
            <span class="spacer"></span>
            <button type="button" class="quiet" aria-pressed=static_text(move || if lens() { "true" } else { "false" })
                title=text(move || format!("{} (W)", say(handle.language(), "按可读范围为每一行着色", "Color each line by who can read it")))
                on:click=move |_| handle.lens.update(|l| *l = !*l)>
                {move || say(handle.language(), "可读范围着色", "Color by reader")}
            </button>
            <button type="button" class="quiet" aria-pressed=static_text(move || if handle.present.get() { "true" } else { "false" })
                title=text(move || format!("{} (F)", say(handle.language(), "投影模式：大字全屏", "For a projector: large type, full screen")))
                on:click=move |_| handle.set_present(!handle.present.get_untracked())>
                <IconGlyph icon=Icon::Large size=18/>{move || say(handle.language(), "大字", "Large type")}
            </button>
        </div>
    }
}

/// The selection of a message, if there are several.
fn messages(handle: PlayerHandle) -> Option<impl IntoView> {
    let description = handle.timeline.with(|t| {
        let one = |(i, p): (usize, &crate::stage::model::TrackedMessage)| {
            let to = p.recipients.first().cloned().unwrap_or_default();
            let more = if p.recipients.len() > 1 {
                format!(" +{}", p.recipients.len() - 1)
            } else {
                String::new()
            };
            let from = p.sender.clone().map_or("?".to_owned(), |s| {
                if s.is_empty() { "<>".to_owned() } else { s }
            });
            (i, format!("{} · {from} → {to}{more}", i + 1))
        };
        t.messages.iter().enumerate().map(one).collect::<Vec<_>>()
    });
    (description.len() > 1).then(|| {
        let chosen = move || handle.interest.get().map_or(String::new(), |l| l.to_string());
        let choose = move |e: leptos::ev::Event| handle.interest.set(event_target_value(&e).parse().ok());
        let follow = move || say(handle.language(), "跟随当前邮件", "Current message");
        view! {
            <select class="message-select" aria-label=move || say(handle.language(), "选择邮件", "Message") prop:value=chosen on:change=choose>
                <option value="">{follow}</option>
                {description.into_iter().map(|(i, words)| view! { <option value=i.to_string()>{words}</option> }).collect_view()}
            </select>
        }
    })
}
