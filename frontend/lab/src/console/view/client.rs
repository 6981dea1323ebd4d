//! Act as client: each typed line is an edit, and the scenario runs again.

use super::exchange::{Exchange, options};
use super::terminal::{Terminal, TerminalIo};
use crate::build::generate;
use crate::console::dialogue::{Line, LineSource, PORTS, Port, Protocol};
use crate::console::hints::TypingUser;
use crate::console::i18n::{self, texts};
use crate::workspace::Workspace;
use frontend::bind::{click, part, yes};
use leptos::prelude::*;
use mail::Duration;
use mail::session::Speaker;
use sim::api::{ApiRequest, ApiResponse, ConsoleRequest, ConsoleState, ConsoleTurn, DialogueLine};
use sim::scenario::{Runs, Span};

/// Where one types, and to what.
#[derive(Clone, Debug, PartialEq)]
struct ConnectionTarget {
    from: String,
    host: String,
    port: u16,
    at: Span,
}

/// What was said, as lines of the sheet; `mine` says which side types here.
pub(super) fn lines(said: &[DialogueLine], mine: Speaker) -> Vec<Line> {
    let mut sealed = false;
    let mut all = Vec::new();
    for one in said {
        // The first sealed thing without words is the handshake; later ones are empty lines.
        let handshake = one.sealed && !sealed && one.text.is_empty();
        let spoken = if one.speaker == mine {
            LineSource::Local
        } else {
            LineSource::Remote
        };
        all.push(Line {
            source: if handshake {
                LineSource::Console
            } else {
                spoken
            },
            text: one.text.clone(),
            sealed: one.sealed,
        });
        sealed |= one.sealed;
    }
    all
}

/// The console to a host of the scenario.
#[component]
pub fn Client(workspace: Workspace) -> impl IntoView {
    let t = workspace.lab.t;
    let way = RwSignal::new(None::<ConnectionTarget>);
    let turns = RwSignal::new(Vec::<ConsoleTurn>::new());
    let exchange = Exchange::<ConsoleState>::new(workspace);
    let (typed, busy) = (exchange.answer, exchange.busy);
    let play = move |said: Vec<ConsoleTurn>| {
        let Some(ConnectionTarget {
            from,
            host,
            port,
            at,
        }) = way.get_untracked()
        else {
            return;
        };
        turns.set(said.clone());
        let tls = Port::of(port).is_some_and(|port| port.tls);
        let request = |plan| {
            ApiRequest::Console(ConsoleRequest {
                plan,
                from,
                host,
                port,
                tls,
                at,
                turns: said,
            })
        };
        exchange.ask(request, |answer| {
            if let ApiResponse::Typed(typed) = answer {
                Some(typed)
            } else {
                None
            }
        });
    };
    let add = move |generation: ConsoleTurn| {
        let mut all = turns.get_untracked();
        all.push(generation);
        play(all);
    };
    let connect = Callback::new(move |to: ConnectionTarget| {
        exchange.begin();
        way.set(Some(to));
        play(Vec::new());
    });
    let protocol = Signal::derive(move || {
        way.with(|way| {
            way.as_ref()
                .and_then(|way| Port::of(way.port))
                .map_or(Protocol::Smtp, |port| port.protocol)
        })
    });
    let person = RwSignal::new(0_usize);
    let io = TerminalIo {
        protocol,
        lines: Signal::derive(move || {
            typed.with(|typed| {
                typed
                    .as_ref()
                    .map(|typed| lines(&typed.lines, Speaker::Client))
                    .unwrap_or_default()
            })
        }),
        open: Signal::derive(move || {
            typed.with(|typed| typed.as_ref().is_some_and(|typed| typed.open))
        }),
        busy: busy.into(),
        user: Signal::derive(move || user(workspace, &way.get(), person.get())),
        say: Callback::new(move |line| add(ConsoleTurn::Say(line))),
        seal: Callback::new(move |()| add(ConsoleTurn::Seal)),
        typed: RwSignal::new(String::new()),
    };
    let back = move |_| {
        let mut all = turns.get_untracked();
        if let Some(ConsoleTurn::Say(line)) = all.pop() {
            io.typed.set(line);
        }
        play(all);
    };
    let show = move |_| exchange.show(|typed| &typed.edits);
    let on_stage = move || {
        typed.with(|typed| {
            typed.as_ref().is_some_and(|typed| {
                workspace
                    .edits
                    .with(|edits| edits.as_ref() == Some(&typed.edits))
            })
        })
    };
    let state = move || {
        typed.with(|typed| {
            typed
                .as_ref()
                .map(|typed| typed.state.clone())
                .unwrap_or_default()
        })
    };
    let begun = Memo::new(move |_| way.with(Option::is_some));
    let ended = move || typed.with(|typed| typed.as_ref().is_some_and(|typed| !typed.open));
    view! {
        <p class="hint">{i18n::of(t, |w| w.lead)}</p>
        <ConnectForm workspace connect person/>
        {exchange.failed()}
        {part(move || if begun.get() { view! { <Terminal workspace io/> }.into_any() } else { ().into_any() })}
        <p class="console-state" hidden=yes(move || way.with(Option::is_none))>
            <span hidden=yes(move || state().is_empty())>{i18n::of(t, |w| w.state)}": "<b>{state}</b></span>
            <span role="status">{move || if ended() { texts(t).over } else { "" }}</span>
        </p>
        <p class="actions" hidden=yes(move || way.with(Option::is_none))>
            <button type="button" class="quiet" prop:disabled=move || turns.with(Vec::is_empty) || busy.get() on:click=click(back)>{i18n::of(t, |w| w.take_back)}</button>
            <button type="button" class="quiet" prop:disabled=move || !io.open.get() || busy.get() on:click=click(move |_| add(ConsoleTurn::Wait(Span(Duration::from_secs(60)))))>{i18n::of(t, |w| w.wait)}</button>
            <button type="button" class="quiet" prop:disabled=move || !io.open.get() || busy.get() on:click=click(move |_| add(ConsoleTurn::Close))>{i18n::of(t, |w| w.close)}</button>
            <button type="button" class="primary" prop:disabled=move || typed.with(Option::is_none) || on_stage() on:click=click(show)>{move || if on_stage() { texts(t).shown } else { texts(t).show }}</button>
        </p>
    }
}

// Who types there: a person of that host, and somebody else to write to.
fn user(workspace: Workspace, way: &Option<ConnectionTarget>, person: usize) -> TypingUser {
    let Some((file, edits)) = workspace
        .original
        .with(|played| played.as_ref().map(|p| p.scenario.clone()))
        .zip(workspace.edits.get())
    else {
        return TypingUser::default();
    };
    let all = generate::mail_users(&file, &edits);
    let Some(me) = all.get(person).or(all.first()) else {
        return TypingUser::default();
    };
    let other = all
        .iter()
        .find(|writer| writer.address != me.address)
        .unwrap_or(me);
    let machine = way.as_ref().map(|way| way.from.clone()).unwrap_or_default();
    TypingUser {
        machine,
        address: me.address.clone(),
        password: me.password.clone(),
        other: other.address.clone(),
    }
}

#[component]
fn ConnectForm(
    workspace: Workspace,
    connect: Callback<ConnectionTarget>,
    person: RwSignal<usize>,
) -> impl IntoView {
    let t = workspace.lab.t;
    let hosts = Memo::new(move |_| {
        workspace
            .played
            .with(|played| played.as_ref().map(|p| p.hosts.clone()).unwrap_or_default())
    });
    let people = Memo::new(move |_| {
        let both = workspace
            .original
            .with(|played| played.as_ref().map(|p| p.scenario.clone()))
            .zip(workspace.edits.get());
        both.map(|(file, edits)| {
            generate::mail_users(&file, &edits)
                .into_iter()
                .map(|writer| writer.address)
                .collect::<Vec<_>>()
        })
        .unwrap_or_default()
    });
    let machines = move || {
        hosts
            .get()
            .into_iter()
            .filter(|host| host.runs == Runs::Nothing)
            .map(|host| host.name)
            .collect::<Vec<_>>()
    };
    let servers = move || {
        hosts
            .get()
            .into_iter()
            .filter(|host| host.runs != Runs::Nothing)
            .map(|host| host.name)
            .collect::<Vec<_>>()
    };
    let (from, host, port) = (
        RwSignal::new(String::new()),
        RwSignal::new(String::new()),
        RwSignal::new(25_u16),
    );
    let picked = move |chosen: RwSignal<String>, all: Vec<String>| {
        chosen.with(|name| {
            if all.contains(name) {
                name.clone()
            } else {
                all.first().cloned().unwrap_or_default()
            }
        })
    };
    let go = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let (from, host) = untrack(|| (picked(from, machines()), picked(host, servers())));
        connect.run(ConnectionTarget {
            from,
            host,
            port: port.get_untracked(),
            at: after_all(workspace),
        });
    };
    let options = move |all: Vec<String>, chosen: RwSignal<String>| {
        let now = picked(chosen, all.clone());
        options(all, &now)
    };
    let ports = PORTS.iter().map(|port| {
        let (number, of) = (port.number, *port);
        let description = format!(
            "{number} {}{}",
            name_of(of.protocol),
            if of.tls { " · TLS" } else { "" }
        );
        view! { <option value=number.to_string()>{description}</option> }
    });
    let ports = ports.collect_view();
    let command = move || {
        Port::of(port.get())
            .map(|port| port.command(&picked(host, servers())))
            .unwrap_or_default()
    };
    let whose = move || {
        people
            .get()
            .into_iter()
            .enumerate()
            .map(|(place, address)| view! { <option value=place.to_string() selected=place == person.get_untracked()>{address}</option> })
            .collect_view()
    };
    let nobody = move || machines().is_empty();
    view! {
        <form class="quick-form where" on:submit=go>
            <label class="field"><span>{i18n::of(t, |w| w.from)}</span><select name="from" on:change=move |e| from.set(event_target_value(&e))>{part(move || options(machines(), from).into_any())}</select></label>
            <label class="field"><span>{i18n::of(t, |w| w.host)}</span><select name="host" on:change=move |e| host.set(event_target_value(&e))>{part(move || options(servers(), host).into_any())}</select></label>
            <label class="field"><span>{i18n::of(t, |w| w.port)}</span><select name="port" on:change=move |e| port.set(event_target_value(&e).parse().unwrap_or(25))>{ports}</select></label>
            <label class="field"><span>{i18n::of(t, |w| w.person)}</span><select name="person" on:change=move |e| person.set(event_target_value(&e).parse().unwrap_or(0))>{part(move || whose().into_any())}</select></label>
            <code class="command">"$ "{command}</code>
            <button type="submit" class="primary" prop:disabled=nobody>{i18n::of(t, |w| w.connect)}</button>
        </form>
        <p class="field-error" hidden=yes(move || hosts.with(Vec::is_empty) || !nobody())>{i18n::of(t, |w| w.no_machine)}</p>
    }
}

pub(super) fn name_of(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Smtp => "SMTP",
        Protocol::Pop3 => "POP3",
        Protocol::Imap => "IMAP",
    }
}

// A minute after the last thing that happens by itself.
fn after_all(workspace: Workspace) -> Span {
    let steps = workspace.played.with_untracked(|played| {
        played
            .as_ref()
            .and_then(|p| p.scenario.steps.iter().map(|step| step.at).max())
    });
    Span(steps.map_or(Duration::ZERO, |at| at.0) + Duration::from_secs(60))
}
