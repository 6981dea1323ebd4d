//! A console to the user's own server, over a WebSocket.

use super::client::name_of;
use super::terminal::{Terminal, TerminalIo};
use crate::console::dialogue::{Line, LineSource, PORTS, Port};
use crate::console::hints::TypingUser;
use crate::console::i18n::{self, Texts, texts};
use crate::console::socket::Console;
use crate::link::server;
use crate::workspace::Workspace;
use frontend::bind::{boolean, part, text};
use frontend::i18n::Language;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wire::console::{ConsoleInput, ConsoleOutput, EndReason};

/// Maximum number of lines kept.
const LINES_MAX: usize = 4_000;

/// The state of the console.
#[derive(Clone, Debug, Default, PartialEq)]
struct OwnServerState {
    lines: Vec<Line>,
    /// Host, address, and whether the browser's connection is encrypted.
    open: Option<(String, String, bool)>,
    sealed: bool,
    over: Option<EndReason>,
}

impl OwnServerState {
    fn receive(&mut self, output: ConsoleOutput) {
        match output {
            ConsoleOutput::Open {
                host,
                address,
                browser_tls,
            } => self.open = Some((host, address, browser_tls)),
            ConsoleOutput::Text(text) => {
                for line in text.lines() {
                    self.push(Line {
                        source: LineSource::Remote,
                        text: line.to_owned(),
                        sealed: self.sealed,
                    });
                }
            }
            ConsoleOutput::Tls { .. } => {
                self.sealed = true;
                self.push(Line {
                    source: LineSource::Console,
                    text: String::new(),
                    sealed: true,
                });
            }
            // The first reason is the actual one.
            ConsoleOutput::End(over) => drop(self.over.get_or_insert(over)),
        }
    }

    fn push(&mut self, line: Line) {
        if self.lines.len() >= LINES_MAX {
            self.lines.remove(0);
        }
        self.lines.push(line);
    }
}

/// The console to the user's own server, for signed-in users.
#[component]
pub fn OwnServer(workspace: Workspace) -> impl IntoView {
    let t = workspace.lab.t;
    let who = workspace.lab.who;
    part(move || {
        if who.with(Option::is_some) {
            view! { <OwnServerConsole workspace/> }.into_any()
        } else {
            view! { <p class="hint">{i18n::of(t, |w| w.own_sign_in)}</p><p><a class="primary" href="/sign-in">{i18n::of(t, |w| w.to_sign_in)}</a></p> }.into_any()
        }
    })
}

#[component]
fn OwnServerConsole(workspace: Workspace) -> impl IntoView {
    let t = workspace.lab.t;
    let state = RwSignal::new(OwnServerState::default());
    let console = StoredValue::new_local(None::<Console>);
    let port = RwSignal::new(PORTS[1]);
    let begun = RwSignal::new(false);
    let connect = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        state.set(OwnServerState::default());
        begun.set(true);
        let Some(service) = port.get_untracked().service() else {
            return;
        };
        console.set_value(Console::open(service, move |output| {
            state.try_update(|state| state.receive(output));
        }));
    };
    on_cleanup(move || console.set_value(None));
    let send = move |say: ConsoleInput| {
        console.with_value(|console| {
            if let Some(console) = console {
                console.send(&say);
            }
        });
    };
    let io = TerminalIo {
        protocol: Signal::derive(move || port.get().protocol),
        lines: Signal::derive(move || state.with(|state| state.lines.clone())),
        open: Signal::derive(move || {
            state.with(|state| state.open.is_some() && state.over.is_none())
        }),
        busy: Signal::derive(|| false),
        user: Signal::derive(move || {
            let address = workspace.lab.who.with(|who| {
                who.as_ref()
                    .map(|who| who.address.clone())
                    .unwrap_or_default()
            });
            TypingUser {
                machine: "lab.example".to_owned(),
                other: address.clone(),
                address,
                password: String::new(),
            }
        }),
        say: Callback::new(move |line: String| {
            state.update(|state| {
                let sealed = state.sealed;
                state.push(Line {
                    source: LineSource::Local,
                    text: line.clone(),
                    sealed,
                });
            });
            send(ConsoleInput::Line(line));
        }),
        seal: Callback::new(move |()| send(ConsoleInput::StartTls)),
        typed: RwSignal::new(String::new()),
    };
    let offered = offered(port);
    let ports = move || {
        let all = offered.get().into_iter().map(|one| {
            view! { <option value=one.number.to_string() selected=port.with_untracked(|port| *port == one)>{port_label(&one)}</option> }
        });
        all.collect_view().into_any()
    };
    let off = move || switched_off(t.language(), &offered.get());
    let none_on = move || offered.with(Vec::is_empty);
    let way = move || state.with(|state| state.open.as_ref().map(|(_, _, sealed)| *sealed));
    let as_whom = move || {
        state.with(|state| {
            state
                .open
                .as_ref()
                .map(|(host, address, _)| format!("{host} · {} {address}", texts(t).sign_in_as))
                .unwrap_or_default()
        })
    };
    let over = move || {
        state
            .with(|state| state.over)
            .map(|why| i18n::over(t.language(), why))
    };
    view! {
        <p class="hint">{i18n::of(t, |w| w.own_lead)}</p>
        <form class="quick-form where" on:submit=connect>
            <label class="field"><span>{i18n::of(t, |w| w.port)}</span><select name="own-port" on:change=move |e| if let Some(chosen) = event_target_value(&e).parse().ok().and_then(Port::of) { port.set(chosen) }>{part(ports)}</select></label>
            <button type="submit" class="primary" prop:disabled=none_on>{move || if begun.get() { texts(t).again } else { texts(t).connect }}</button>
        </form>
        <p class="hint" hidden=boolean(move || off().is_empty())>{off}</p>
        <p class="hint" role="status" hidden=boolean(move || way().is_none())>{text(as_whom)}</p>
        <p class=move || if way() == Some(true) { "ok-message" } else { "field-error" } hidden=boolean(move || way().is_none())>{move || if way() == Some(true) { texts(t).sealed_way } else { texts(t).open_way }}</p>
        {part(move || if begun.get() { view! { <Terminal workspace io/> }.into_any() } else { ().into_any() })}
        <p role="status" class="console-state">{over}</p>
    }
}

fn port_label(one: &Port) -> String {
    format!(
        "{} {}{}",
        one.number,
        name_of(one.protocol),
        if one.tls { " · TLS" } else { "" }
    )
}

/// The ports to choose from: all until the server has listed its enabled services. The server
/// refuses a disabled one with an explanation.
fn offered(port: RwSignal<Port>) -> RwSignal<Vec<Port>> {
    let offered = RwSignal::new(PORTS.to_vec());
    spawn_local(async move {
        let Some(services) = server::services().await else {
            return;
        };
        let on = |port: &Port| {
            port.service()
                .is_some_and(|service| services.contains(&service))
        };
        let on: Vec<Port> = PORTS.into_iter().filter(on).collect();
        let first = on
            .iter()
            .copied()
            .find(|one| *one == PORTS[1])
            .or(on.first().copied());
        // The view may have been removed meanwhile.
        if offered.try_set(on).is_none()
            && let Some(first) = first
        {
            port.set(first);
        }
    });
    offered
}

/// The ports that are disabled, in a sentence; empty if all are enabled.
fn switched_off(language: Language, on: &[Port]) -> String {
    let words = Texts::of(language);
    let off: Vec<String> = PORTS
        .iter()
        .filter(|one| !on.contains(one))
        .map(port_label)
        .collect();
    match off.len() {
        0 => String::new(),
        all if all == PORTS.len() => words.none_on.to_owned(),
        _ => format!(
            "{}{}",
            words.switched_off,
            off.join(if language == Language::Chinese {
                "、"
            } else {
                ", "
            })
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_is_split_into_lines_and_the_first_reason_is_kept() {
        let mut state = OwnServerState::default();
        state.receive(ConsoleOutput::Open {
            host: "mx.a.test".into(),
            address: "alice@a.test".into(),
            browser_tls: false,
        });
        state.receive(ConsoleOutput::Text("220-one\r\n220 two\r\n".into()));
        state.receive(ConsoleOutput::Tls {
            version: "TLS 1.3".into(),
            cipher: "x".into(),
        });
        state.receive(ConsoleOutput::Text("250 ok\r\n".into()));
        state.receive(ConsoleOutput::End(EndReason::Idle));
        state.receive(ConsoleOutput::End(EndReason::Closed));
        let lines: Vec<_> = state
            .lines
            .iter()
            .map(|line| (line.text.as_str(), line.sealed))
            .collect();
        assert_eq!(
            lines,
            [
                ("220-one", false),
                ("220 two", false),
                ("", true),
                ("250 ok", true)
            ]
        );
        assert_eq!(state.over, Some(EndReason::Idle));
    }

    #[test]
    fn disabled_ports_are_listed() {
        let check = |on: &[Port], zh: &str, en: &str| {
            assert_eq!(switched_off(Language::Chinese, on), zh);
            assert_eq!(switched_off(Language::English, on), en);
        };
        check(&PORTS, "", "");
        check(
            &PORTS[..5],
            "未启用：143 IMAP、993 IMAP · TLS",
            "Not enabled: 143 IMAP, 993 IMAP · TLS",
        );
        let none = "No mail service is enabled on this server: there is no port to connect to.";
        check(
            &[],
            "这台服务器没有启用任何邮件服务，没有可以连接的端口。",
            none,
        );
    }

    #[test]
    fn a_long_dialogue_keeps_its_latest_lines() {
        let mut state = OwnServerState::default();
        for n in 0..=LINES_MAX {
            state.receive(ConsoleOutput::Text(format!("{n}\r\n")));
        }
        assert_eq!(
            (state.lines.len(), state.lines[0].text.as_str()),
            (LINES_MAX, "1")
        );
    }
}
