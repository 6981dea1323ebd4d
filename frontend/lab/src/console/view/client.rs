//! Act as client: each typed line is an edit, and the scenario runs again.

use super::exchange::{Exchange, options};
use super::terminal::{Terminal, TerminalIo};
use crate::build::generate;
use crate::console::dialogue::{Ending, Line, LineSource, PORTS, Port, Protocol};
use crate::console::hints::TypingUser;
use crate::console::i18n::{self, texts};
use crate::workspace::Workspace;
use frontend::bind::{boolean, click, part};
use leptos::prelude::*;
use mail::Duration;
use mail::session::Speaker;
use sim::api::{
    ApiRequest, ApiResponse, ConsoleRequest, ConsoleState, ConsoleTurn, DialogueLine, HostShown,
};
use sim::scenario::{Runs, Span};

/// The two ends of a connection, its port, and the time at which it is opened.
#[derive(Clone, Debug, PartialEq)]
struct ConnectionTarget {
    from: String,
    host: String,
    port: u16,
    at: Span,
}

/// The dialogue as lines of the console; `mine` is the side that the user types.
pub(super) fn lines(dialogue: &[DialogueLine], mine: Speaker) -> Vec<Line> {
    let mut sealed = false;
    let mut all = Vec::new();
    for one in dialogue {
        // The first encrypted line without text is the handshake; later ones are empty lines.
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

// The input of one connection, and the simulator's answer to it.
#[derive(Clone, Copy)]
struct ClientInput {
    workspace: Workspace,
    target: RwSignal<Option<ConnectionTarget>>,
    turns: RwSignal<Vec<ConsoleTurn>>,
    exchange: Exchange<ConsoleState>,
}

impl ClientInput {
    fn new(workspace: Workspace) -> ClientInput {
        ClientInput {
            workspace,
            target: RwSignal::new(None),
            turns: RwSignal::new(Vec::new()),
            exchange: Exchange::new(workspace),
        }
    }

    fn connect(self, to: ConnectionTarget) {
        self.exchange.begin();
        self.target.set(Some(to));
        self.play(Vec::new());
    }

    fn add(self, turn: ConsoleTurn) {
        let mut all = self.turns.get_untracked();
        all.push(turn);
        self.play(all);
    }

    // Removes the last turn; returns its line if it was a typed one.
    fn take_back(self) -> Option<String> {
        let mut all = self.turns.get_untracked();
        let last = all.pop();
        self.play(all);
        match last {
            Some(ConsoleTurn::Say(line)) => Some(line),
            _ => None,
        }
    }

    fn play(self, turns: Vec<ConsoleTurn>) {
        let Some(ConnectionTarget {
            from,
            host,
            port,
            at,
        }) = self.target.get_untracked()
        else {
            return;
        };
        self.turns.set(turns.clone());
        let tls = Port::of(port).is_some_and(|port| port.tls);
        let request = |plan| {
            ApiRequest::Console(ConsoleRequest {
                plan,
                from,
                host,
                port,
                tls,
                at,
                turns,
            })
        };
        self.exchange.ask(request, |answer| {
            if let ApiResponse::Typed(typed) = answer {
                Some(typed)
            } else {
                None
            }
        });
    }

    fn is_begun(self) -> bool {
        self.target.with(Option::is_some)
    }

    fn protocol(self) -> Protocol {
        self.target.with(|target| {
            target
                .as_ref()
                .and_then(|target| Port::of(target.port))
                .map_or(Protocol::Smtp, |port| port.protocol)
        })
    }

    // A value taken from the latest answer; the default before the first answer.
    fn answered<T: Default>(self, of: impl FnOnce(&ConsoleState) -> T) -> T {
        self.exchange
            .answer
            .with(|state| state.as_ref().map(|state| of(state)).unwrap_or_default())
    }

    fn is_on_stage(self) -> bool {
        self.answered(|state| {
            self.workspace
                .edits
                .with(|edits| edits.as_ref() == Some(&state.edits))
        })
    }
}

/// The console to a host of the scenario.
#[component]
pub fn Client(workspace: Workspace) -> impl IntoView {
    let t = workspace.lab.t;
    let input = ClientInput::new(workspace);
    let person = RwSignal::new(0_usize);
    let io = TerminalIo {
        protocol: Signal::derive(move || input.protocol()),
        lines: Signal::derive(move || input.answered(|state| lines(&state.lines, Speaker::Client))),
        open: Signal::derive(move || input.answered(|state| state.open)),
        busy: input.exchange.busy.into(),
        user: Signal::derive(move || user(workspace, &input.target.get(), person.get())),
        say: Callback::new(move |line| input.add(ConsoleTurn::Say(line))),
        seal: Callback::new(move |()| input.add(ConsoleTurn::Seal)),
        typed: RwSignal::new(String::new()),
    };
    let connect = Callback::new(move |to: ConnectionTarget| input.connect(to));
    let state = move || input.answered(|state| state.state.clone());
    let begun = Memo::new(move |_| input.is_begun());
    let ended = move || input.answered(|state| !state.open);
    let over = move |ending| match ending {
        Ending::HandshakeExpected => texts(t).over_handshake,
        Ending::Goodbye | Ending::ByHost => texts(t).over,
    };
    view! {
        <p class="hint">{i18n::of(t, |w| w.lead)}</p>
        <ConnectForm workspace connect person/>
        {input.exchange.failed()}
        {part(move || if begun.get() { view! { <Terminal workspace io/> }.into_any() } else { ().into_any() })}
        <p class="console-state" hidden=boolean(move || !input.is_begun())>
            <span hidden=boolean(move || state().is_empty())>{i18n::of(t, |w| w.state)}": "<b>{state}</b></span>
            <span role="status">{move || if ended() { over(io.lines.with(|lines| Ending::of(lines))) } else { "" }}</span>
        </p>
        <ClientActions input io/>
    }
}

#[component]
fn ClientActions(input: ClientInput, io: TerminalIo) -> impl IntoView {
    let t = input.workspace.lab.t;
    let busy = input.exchange.busy;
    let back = move |_| {
        if let Some(line) = input.take_back() {
            io.typed.set(line);
        }
    };
    let wait = move |_| input.add(ConsoleTurn::Wait(Span(Duration::from_secs(60))));
    let close = move |_| input.add(ConsoleTurn::Close);
    let show = move |_| input.exchange.show(|state| &state.edits);
    let unanswered = move || input.exchange.answer.with(Option::is_none);
    view! {
        <p class="actions" hidden=boolean(move || !input.is_begun())>
            <button type="button" class="quiet" prop:disabled=move || input.turns.with(Vec::is_empty) || busy.get() on:click=click(back)>{i18n::of(t, |w| w.take_back)}</button>
            <button type="button" class="quiet" prop:disabled=move || !io.open.get() || busy.get() on:click=click(wait)>{i18n::of(t, |w| w.wait)}</button>
            <button type="button" class="quiet" prop:disabled=move || !io.open.get() || busy.get() on:click=click(close)>{i18n::of(t, |w| w.close)}</button>
            <button type="button" class="primary" prop:disabled=move || unanswered() || input.is_on_stage() on:click=click(show)>{move || if input.is_on_stage() { texts(t).shown } else { texts(t).show }}</button>
        </p>
    }
}

// The user of the suggestions: one of the scenario's users, and another one as recipient.
fn user(workspace: Workspace, target: &Option<ConnectionTarget>, person: usize) -> TypingUser {
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
    let machine = target
        .as_ref()
        .map(|target| target.from.clone())
        .unwrap_or_default();
    TypingUser {
        machine,
        address: me.address.clone(),
        password: me.password.clone(),
        other: other.address.clone(),
    }
}

// The selection in the form: the computer, the server and its port.
#[derive(Clone, Copy)]
struct ConnectionChoice {
    hosts: Memo<Vec<HostShown>>,
    from: RwSignal<String>,
    host: RwSignal<String>,
    port: RwSignal<u16>,
}

impl ConnectionChoice {
    fn new(workspace: Workspace) -> ConnectionChoice {
        ConnectionChoice {
            hosts: Memo::new(move |_| {
                workspace
                    .played
                    .with(|played| played.as_ref().map(|p| p.hosts.clone()).unwrap_or_default())
            }),
            from: RwSignal::new(String::new()),
            host: RwSignal::new(String::new()),
            port: RwSignal::new(25),
        }
    }

    // Hosts on which no service runs.
    fn machines(self) -> Vec<String> {
        self.names(|host| host.runs == Runs::Nothing)
    }

    fn servers(self) -> Vec<String> {
        self.names(|host| host.runs != Runs::Nothing)
    }

    fn names(self, wanted: fn(&HostShown) -> bool) -> Vec<String> {
        self.hosts
            .get()
            .into_iter()
            .filter(wanted)
            .map(|host| host.name)
            .collect()
    }

    fn target(self, at: Span) -> ConnectionTarget {
        untrack(|| ConnectionTarget {
            from: picked(self.from, &self.machines()),
            host: picked(self.host, &self.servers()),
            port: self.port.get(),
            at,
        })
    }

    // The shell command that opens such a connection.
    fn command(self) -> String {
        Port::of(self.port.get())
            .map(|port| port.command(&picked(self.host, &self.servers())))
            .unwrap_or_default()
    }
}

// The chosen name, or the first one if the chosen one does not exist.
fn picked(chosen: RwSignal<String>, all: &[String]) -> String {
    chosen.with(|name| {
        if all.contains(name) {
            name.clone()
        } else {
            all.first().cloned().unwrap_or_default()
        }
    })
}

#[component]
fn ConnectForm(
    workspace: Workspace,
    connect: Callback<ConnectionTarget>,
    person: RwSignal<usize>,
) -> impl IntoView {
    let t = workspace.lab.t;
    let choice = ConnectionChoice::new(workspace);
    let ConnectionChoice {
        hosts,
        from,
        host,
        port,
    } = choice;
    let go = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        connect.run(choice.target(after_last_step(workspace)));
    };
    let options = move |all: Vec<String>, chosen: RwSignal<String>| {
        let now = picked(chosen, &all);
        options(all, &now)
    };
    let command = move || choice.command();
    let nobody = move || choice.machines().is_empty();
    view! {
        <form class="quick-form where" on:submit=go>
            <label class="field"><span>{i18n::of(t, |w| w.from)}</span><select name="from" on:change=move |e| from.set(event_target_value(&e))>{part(move || options(choice.machines(), from).into_any())}</select></label>
            <label class="field"><span>{i18n::of(t, |w| w.host)}</span><select name="host" on:change=move |e| host.set(event_target_value(&e))>{part(move || options(choice.servers(), host).into_any())}</select></label>
            <label class="field"><span>{i18n::of(t, |w| w.port)}</span><select name="port" on:change=move |e| port.set(event_target_value(&e).parse().unwrap_or(25))>{port_options()}</select></label>
            <PersonField workspace person/>
            <code class="command">"$ "{command}</code>
            <button type="submit" class="primary" prop:disabled=nobody>{i18n::of(t, |w| w.connect)}</button>
        </form>
        <p class="field-error" hidden=boolean(move || hosts.with(Vec::is_empty) || !nobody())>{i18n::of(t, |w| w.no_machine)}</p>
    }
}

fn port_options() -> impl IntoView {
    let option = |port: &Port| {
        let label = format!(
            "{} {}{}",
            port.number,
            name_of(port.protocol),
            if port.tls { " · TLS" } else { "" }
        );
        view! { <option value=port.number.to_string()>{label}</option> }
    };
    PORTS.iter().map(option).collect_view()
}

// The user whose address and password the hints use.
#[component]
fn PersonField(workspace: Workspace, person: RwSignal<usize>) -> impl IntoView {
    let t = workspace.lab.t;
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
    let choices = move || {
        people
            .get()
            .into_iter()
            .enumerate()
            .map(|(place, address)| view! { <option value=place.to_string() selected=place == person.get_untracked()>{address}</option> })
            .collect_view()
    };
    view! {
        <label class="field"><span>{i18n::of(t, |w| w.person)}</span><select name="person" on:change=move |e| person.set(event_target_value(&e).parse().unwrap_or(0))>{part(move || choices().into_any())}</select></label>
    }
}

pub(super) fn name_of(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Smtp => "SMTP",
        Protocol::Pop3 => "POP3",
        Protocol::Imap => "IMAP",
    }
}

// One minute after the last step of the scenario.
fn after_last_step(workspace: Workspace) -> Span {
    let steps = workspace.played.with_untracked(|played| {
        played
            .as_ref()
            .and_then(|p| p.scenario.steps.iter().map(|step| step.at).max())
    });
    Span(steps.map_or(Duration::ZERO, |at| at.0) + Duration::from_secs(60))
}
