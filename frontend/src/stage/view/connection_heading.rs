//! Shared parts of the connection panels: the heading, and who can read a line.

use super::handle::PlayerHandle;
use crate::stage::i18n::{host_name, protocol_name, say};
use crate::stage::visibility::{Visibility, observers};
use leptos::prelude::*;

pub(super) fn heading(handle: PlayerHandle, connection: Option<usize>) -> impl IntoView {
    let language = handle.language();
    let description = handle.timeline.with(|t| {
        let connection = t.connections.get(connection?)?;
        let host =
            |agent: usize| host_name(language, &t.topology.hosts[t.topology.agents[agent].host]);
        let port = connection
            .port()
            .map(|p| format!(" {p}"))
            .unwrap_or_default();
        Some((
            format!(
                "{} → {}",
                host(connection.client_agent),
                host(connection.server_agent)
            ),
            format!("{}{port}", protocol_name(language, connection.protocol)),
        ))
    });
    let (who, how) = description
        .unwrap_or_else(|| (say(language, "对话", "Dialogue").to_owned(), String::new()));
    view! { <span class="who">{who}</span><span class="how">{how}</span> }
}

/// Who can read a line, as the value of `data-open`: `all` on the way, or both `ends` only.
pub(super) fn readers_attribute(handle: PlayerHandle, i: usize) -> &'static str {
    let seen = handle.timeline.with(|t| observers(t, i, handle.language()));
    let outside = |w: &crate::stage::visibility::Observer| {
        matches!(
            w,
            crate::stage::visibility::Observer::Wifi
                | crate::stage::visibility::Observer::Carrier
                | crate::stage::visibility::Observer::Resolver
        )
    };
    if seen
        .iter()
        .any(|(w, s)| outside(w) && *s == Visibility::Reads)
    {
        "all"
    } else {
        "ends"
    }
}
