//! Who can read the current step, and how each hop of the message was encrypted.

use super::glyphs::{Icon, IconGlyph};
use super::handle::PlayerHandle;
use crate::stage::i18n::{host_name, say};
use crate::stage::visibility::{
    Encryption, HopEncryption, Observer, Visibility, encryption_text, hop_encryptions,
    observer_text, observers, visibility_text,
};
use leptos::prelude::*;

/// The panel.
#[component]
pub fn VisibilityPanel(handle: PlayerHandle) -> impl IntoView {
    let seen = move || {
        let (position, language) = (handle.position.get(), handle.language());
        handle.timeline.with(|t| observers(t, position, language))
    };
    let passed = move || {
        let (position, message) = (handle.position.get(), handle.scene.with(|s| s.message));
        handle
            .timeline
            .with(|t| message.map_or(vec![], |l| hop_encryptions(t, l, position)))
    };
    view! {
        <div class="visibility" tabindex="0">
            <h3>{move || say(handle.language(), "谁能看到这一步？", "Who can see this step?")}</h3>
            <ul class="observers">{move || seen().into_iter().map(|(w, s)| observer(handle, &w, s)).collect_view()}</ul>
            <h3>{move || say(handle.language(), "邮件经过的连接", "Hops of the message")}</h3>
            <ol class="hops">{move || passed().into_iter().map(|s| hop(handle, &s)).collect_view()}</ol>
            <p class="description">
                {move || say(
                    handle.language(),
                    "TLS 只保护一段连接：中间的人看不到内容，但每台主机的管理员都能读到整封邮件。锁形图标不代表端到端加密。",
                    "TLS protects one hop at a time: nobody in between can read it, but the administrators of every host can read the whole message. The lock does not mean end-to-end encryption.",
                )}
            </p>
        </div>
    }
}

fn observer(
    handle: PlayerHandle,
    observer: &Observer,
    visibility: Visibility,
) -> impl IntoView + use<> {
    let language = handle.language();
    let class = match visibility {
        Visibility::Reads => "reads",
        Visibility::Traffic => "traffic",
    };
    view! {
        <li class=class><span class="visibility-mark" aria-hidden="true">{if visibility == Visibility::Reads { "◉" } else { "◌" }}</span>
            <b>{observer_text(language, observer)}</b><span>{visibility_text(language, visibility)}</span></li>
    }
}

fn hop(handle: PlayerHandle, hop: &HopEncryption) -> impl IntoView + use<> {
    let language = handle.language();
    let name = |agent: usize| {
        handle
            .timeline
            .with(|t| host_name(language, &t.topology.hosts[t.topology.agents[agent].host]))
    };
    let class = if hop.encryption == Encryption::Plain {
        "plain"
    } else {
        "encrypted"
    };
    let lock = (hop.encryption != Encryption::Plain)
        .then(|| view! { <IconGlyph icon=Icon::Lock size=15/> });
    view! { <li class=class>{name(hop.from)}" → "{name(hop.to)}" "<span class="encryption">{lock}{encryption_text(language, hop.encryption)}</span></li> }
}
