//! Act as server: one port of a host answers with suggested or typed replies, and a real client
//! reacts.

use super::client::{lines, name_of};
use super::exchange::{Exchange, options};
use crate::console::dialogue::{Line, LineSource, PORTS, Port, Protocol};
use crate::console::i18n::{self, texts};
use crate::console::replies::{self, Offer, offers};
use crate::state::network;
use crate::workspace::Workspace;
use event::Kind;
use frontend::bind::{boolean, click, part};
use frontend::stage::sentences::sentence;
use leptos::prelude::*;
use mail::session::Speaker;
use sim::api::{ApiRequest, ApiResponse, ConsoleTurn, ServeRequest, ServerState};
use sim::scenario::Runs;

/// Maximum number of events listed as consequences.
const AFTERWARDS_MAX: usize = 8;

/// The panel for acting as a server.
#[component]
pub fn Server(workspace: Workspace) -> impl IntoView {
    let t = workspace.lab.t;
    let (host, port) = (RwSignal::new(String::new()), RwSignal::new(25_u16));
    let replies = RwSignal::new(Vec::<Vec<ConsoleTurn>>::new());
    let exchange = Exchange::<ServerState>::new(workspace);
    let (served, busy) = (exchange.answer, exchange.busy);
    let typed = RwSignal::new(String::new());
    let play = move |all: Vec<Vec<ConsoleTurn>>| {
        replies.set(all.clone());
        let request = |plan| {
            ApiRequest::Serve(ServeRequest {
                plan,
                host: host.get_untracked(),
                port: port.get_untracked(),
                connections: all,
            })
        };
        exchange.ask(request, |answer| {
            if let ApiResponse::Served(served) = answer {
                Some(served)
            } else {
                None
            }
        });
    };
    let reply = Callback::new(move |turn: ConsoleTurn| {
        let Some(waiting) =
            served.with_untracked(|served| served.as_ref().and_then(|s| s.waiting.clone()))
        else {
            return;
        };
        let mut all = replies.get_untracked();
        while all.len() <= waiting.connection {
            all.push(Vec::new());
        }
        all[waiting.connection].push(turn);
        typed.set(String::new());
        play(all);
    });
    let back = move |_| {
        let mut all = replies.get_untracked();
        if let Some(last) = all.iter_mut().rev().find(|turns| !turns.is_empty()) {
            last.pop();
        }
        play(all);
    };
    let show = move |_| exchange.show(|served| &served.edits);
    let begin = Callback::new(move |()| {
        exchange.begin();
        play(Vec::new());
    });
    let begun = move || served.with(Option::is_some);
    view! {
        <p class="hint">{i18n::of(t, |w| w.play_lead)}</p>
        <ServeForm workspace host port begin/>
        {exchange.failed()}
        {part(move || served.get().map(|served| dialogue(workspace, &served)).into_any())}
        {part(move || served.get().map(|served| choices(workspace, &served, port.get(), host.get(), reply, typed, busy)).into_any())}
        {part(move || served.get().map(|served| afterwards(workspace, &served)).into_any())}
        <p class="actions" hidden=boolean(move || !begun())>
            <button type="button" class="quiet" prop:disabled=move || replies.with(|all| all.iter().all(Vec::is_empty)) || busy.get() on:click=click(back)>{i18n::of(t, |w| w.take_reply_back)}</button>
            <button type="button" class="primary" on:click=click(show)>{i18n::of(t, |w| w.show)}</button>
        </p>
    }
}

#[component]
fn ServeForm(
    workspace: Workspace,
    host: RwSignal<String>,
    port: RwSignal<u16>,
    begin: Callback<()>,
) -> impl IntoView {
    let t = workspace.lab.t;
    let hosts = Memo::new(move |_| {
        let all = workspace
            .original
            .with(|played| played.as_ref().map(|p| p.hosts.clone()).unwrap_or_default());
        all.into_iter()
            .filter(|host| host.runs != Runs::Nothing)
            .map(|host| host.name)
            .collect::<Vec<_>>()
    });
    // Preselects the last host, which is the recipient's server in most scenarios.
    Effect::new(move || {
        if host.with_untracked(String::is_empty) {
            host.set(hosts.get().last().cloned().unwrap_or_default());
        }
    });
    let options = move || options(hosts.get(), &host.get());
    let ports = PORTS.iter().filter(|port| !port.tls).map(|port| {
        let label = format!("{} {}", port.number, name_of(port.protocol));
        view! { <option value=port.number.to_string()>{label}</option> }
    });
    let ports = ports.collect_view();
    let go = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        begin.run(());
    };
    view! {
        <form class="quick-form where" on:submit=go>
            <label class="field"><span>{i18n::of(t, |w| w.serve_host)}</span><select name="serve-host" on:change=move |e| host.set(event_target_value(&e))>{part(move || options().into_any())}</select></label>
            <label class="field"><span>{i18n::of(t, |w| w.port)}</span><select name="serve-port" on:change=move |e| port.set(event_target_value(&e).parse().unwrap_or(25))>{ports}</select></label>
            <button type="submit" class="primary">{i18n::of(t, |w| w.serve)}</button>
        </form>
    }
}

fn dialogue(workspace: Workspace, served: &ServerState) -> AnyView {
    let t = workspace.lab.t;
    let all = served.connections.iter().enumerate().map(|(place, io)| {
        let rows = lines(&io.lines, Speaker::Server).into_iter().map(|line| line_of(workspace, line)).collect_view();
        view! { <p class="dialogue-note">{move || i18n::connection(t.language(), place + 1)}" · "{io.client.clone()}</p>{rows} }
    });
    let all = all.collect_view();
    view! { <div class="dialogue-log" role="log" aria-live="polite" tabindex="0">{all}</div> }
        .into_any()
}

fn line_of(workspace: Workspace, line: Line) -> AnyView {
    let t = workspace.lab.t;
    let (mark, mine) = match line.source {
        LineSource::Local => ("S", true),
        LineSource::Remote => ("C", false),
        LineSource::Console => {
            return view! { <p class="dialogue-note">{move || texts(t).sealed}</p> }.into_any();
        }
    };
    view! { <p class="dialogue-line" class:local=mine class:encrypted=line.sealed><b>{mark}</b><span>{line.text}</span></p> }.into_any()
}

fn choices(
    workspace: Workspace,
    served: &ServerState,
    port: u16,
    host: String,
    reply: Callback<ConsoleTurn>,
    typed: RwSignal<String>,
    busy: RwSignal<bool>,
) -> AnyView {
    let t = workspace.lab.t;
    let Some(waiting) = served.waiting.clone() else {
        return view! { <p role="status" class="hint">{move || texts(t).nobody_there}</p> }
            .into_any();
    };
    let protocol = Port::of(port).map_or(Protocol::Smtp, |port| port.protocol);
    let last = match (protocol, served.connections.get(waiting.connection)) {
        (Protocol::Smtp, Some(io)) => replies::pending(&lines(&io.lines, Speaker::Server)),
        _ => waiting.last.clone(),
    };
    let greeting = last.is_empty();
    let chip = |Offer { reply: text, then }: Offer| {
        let reply_text = text.clone();
        view! {
            <li><button type="button" class="chip" prop:disabled=busy on:click=click(move |_| reply.run(ConsoleTurn::Say(reply_text.clone())))>{text.replace('\n', " ⏎ ")}</button>
                <small>{move || i18n::then(t.language(), then)}</small></li>
        }
    };
    let all = offers(protocol, &last, &host)
        .into_iter()
        .map(chip)
        .collect_view();
    let then = {
        let last = last.clone();
        move || {
            typed
                .with(|text| replies::then(text, &last))
                .map(|then| i18n::then(t.language(), then))
        }
    };
    let send = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        reply.run(ConsoleTurn::Say(typed.get_untracked().replace("\\n", "\n")));
    };
    view! {
        <p role="status">{move || if greeting { texts(t).client_waits_greeting } else { texts(t).client_waits }}" "<code>{last}</code></p>
        <ul class="offers" aria-label=i18n::of(t, |w| w.replies)>{all}</ul>
        <form class="dialogue-input" on:submit=send>
            <input type="text" name="reply" autocomplete="off" spellcheck="false" placeholder="250 2.0.0 Ok" aria-label=i18n::of(t, |w| w.reply) prop:value=typed on:input=move |e| typed.set(event_target_value(&e))/>
            <button type="submit" class="primary" prop:disabled=busy>{i18n::of(t, |w| w.say)}</button>
            <button type="button" class="quiet" prop:disabled=busy on:click=click(move |_| reply.run(ConsoleTurn::Close))>{i18n::of(t, |w| w.close)}</button>
        </form>
        <small class="hint">{then}</small>
    }
    .into_any()
}

/// What has already happened, and what happens if the user sends no further reply.
fn afterwards(workspace: Workspace, served: &ServerState) -> AnyView {
    let t = workspace.lab.t;
    let waits = served.waiting.is_some();
    let events = &served.played.events;
    let timeline = StoredValue::new(network::timeline(&served.played));
    let is_listed = |at: &usize| {
        let kind = &events[*at].kind;
        matches!(
            kind,
            Kind::Deferred { .. }
                | Kind::Bounced { .. }
                | Kind::Relayed { .. }
                | Kind::Delivered { .. }
                | Kind::Attempt { .. }
        )
    };
    let item = move |at: usize| {
        let words = move || {
            timeline.with_value(|timeline| {
                timeline
                    .position_of_event(at)
                    .map(|position| sentence(timeline, position, t.language()))
                    .unwrap_or_default()
            })
        };
        view! { <li>{words}</li> }
    };
    // Events before the first delivery attempt are unrelated to the replies.
    let begun = events
        .iter()
        .position(|event| matches!(event.kind, Kind::Attempt { .. }))
        .unwrap_or(0);
    let happened = served.happened.min(events.len());
    let decided: Vec<usize> = (begun.min(happened)..happened)
        .filter(is_listed)
        .take(AFTERWARDS_MAX)
        .collect();
    let after: Vec<usize> = (happened..events.len())
        .filter(is_listed)
        .take(AFTERWARDS_MAX)
        .collect();
    let nothing = after.is_empty();
    let decided =
        (!decided.is_empty()).then(|| view! { <h3>{move || texts(t).decided}</h3><ol>{decided.into_iter().map(item).collect_view()}</ol> });
    view! {
        <section class="afterwards">{decided}<h3>{move || if waits { texts(t).silence } else { texts(t).afterwards }}</h3>
            {nothing.then(|| view! { <p class="hint">{move || texts(t).nothing_after}</p> })}
            <ol>{after.into_iter().map(item).collect_view()}</ol></section>
    }
    .into_any()
}
