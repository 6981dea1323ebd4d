//! From a framed command to its handler: allowed in this state, then parsed, then run; literals are
//! accepted or refused. Commands without a query to the role are run here: CAPABILITY, NOOP, CHECK,
//! LOGOUT, ID, ENABLE, NAMESPACE, STARTTLS.

use super::{Job, Reply, Server, State, Work};
use crate::code::Code;
use crate::command::{Command, Tag};
use crate::frame::Literal;
use crate::limits;
use crate::parse;
use crate::query::Query;
use crate::verb::{self, AllowedIn, Head, Verb};
use crate::write;
use mail::session::Step;

impl Server {
    pub(super) fn greet(&mut self) {
        let text = format!(
            "OK [CAPABILITY {}] {} Glasspost IMAP ready",
            self.capabilities(),
            self.config.host
        );
        let start = self.out.len();
        self.out.extend_from_slice(b"* ");
        write::text(&mut self.out, &text);
        self.out.extend_from_slice(b"\r\n");
        self.trace_reply(start, "imap.greeting");
    }

    pub(super) fn may_login(&self) -> bool {
        self.tls || self.config.plaintext_login
    }

    /// The capabilities in this state (RFC 3501 §6.1.1).
    pub(super) fn capabilities(&self) -> String {
        let mut list = String::from("IMAP4rev1 LITERAL+ SASL-IR ID ENABLE");
        if self.is_authenticated() {
            list.push_str(" IDLE NAMESPACE UIDPLUS UNSELECT CHILDREN SPECIAL-USE MOVE");
            list.push_str(&format!(" APPENDLIMIT={}", self.config.append_bytes_max));
            return list;
        }
        if self.config.starttls && !self.tls {
            list.push_str(" STARTTLS");
        }
        // RFC 3501 §6.2.3: LOGINDISABLED where LOGIN would be refused.
        list.push_str(if self.may_login() {
            " AUTH=PLAIN"
        } else {
            " LOGINDISABLED"
        });
        list
    }

    // The reply where the verb is not allowed in this state.
    fn rejection(&self, verb: &Verb) -> Option<Reply> {
        let lawful = match (verb.allowed_in, &self.state) {
            (AllowedIn::Always, _)
            | (AllowedIn::NotAuthenticated, State::NotAuthenticated)
            | (AllowedIn::Authenticated, State::Authenticated | State::Selected(_))
            | (AllowedIn::Unselected, State::Authenticated)
            | (AllowedIn::Selected, State::Selected(_)) => true,
            (
                _,
                State::NotAuthenticated | State::Authenticated | State::Selected(_) | State::Logout,
            ) => false,
        };
        if lawful {
            return (verb.secret && !self.may_login()).then(|| {
                Reply::no(
                    Code::PrivacyRequired,
                    "Plaintext authentication requires TLS; use STARTTLS or port 993",
                )
            });
        }
        let why = match verb.allowed_in {
            AllowedIn::NotAuthenticated => "already authenticated",
            AllowedIn::Unselected if self.is_authenticated() => "a mailbox is selected",
            AllowedIn::Selected if self.is_authenticated() => "no mailbox is selected",
            _ => "not authenticated",
        };
        Some(Reply::bad(format!(
            "{} is not allowed now: {why}",
            verb.name
        )))
    }

    /// Takes a complete command.
    pub(super) fn command(&mut self, text: &[u8]) {
        let Head {
            tag,
            verb,
            arguments,
        } = match verb::head(text) {
            Ok(head) => head,
            Err((tag, fault)) => {
                // Before login an unknown command may be a mistyped LOGIN.
                let shown = if self.is_authenticated() {
                    usize::MAX
                } else {
                    2
                };
                self.trace_command(text, shown, "imap.unknown");
                return self.reject(tag, fault.into());
            }
        };
        // Tag, LOGIN and user are shown; of AUTHENTICATE the mechanism.
        self.trace_command(text, if verb.secret { 3 } else { usize::MAX }, verb.explain);
        if let Some(reply) = self.rejection(verb) {
            return self.tagged(&tag, &reply);
        }
        match verb::arguments(verb, arguments) {
            Ok(command) => self.run(Job { tag, verb }, command),
            Err(fault) => self.tagged(&tag, &fault.into()),
        }
    }

    /// Accepts or refuses an announced literal.
    pub(super) fn literal(&mut self, literal: Literal) {
        let text = self.framer.text()[..literal.at].to_vec();
        let refusal = match verb::head(&text) {
            Err((tag, fault)) => Some((tag, fault.into())),
            Ok(Head {
                tag,
                verb,
                arguments,
            }) => match self.rejection(verb) {
                Some(reply) => Some((Some(tag), reply)),
                None if verb.name == "APPEND" => match parse::append_head(arguments) {
                    Ok(Some(head)) => {
                        self.trace_command(
                            &[&text[..], format!("{{{}}}", literal.bytes).as_bytes()].concat(),
                            usize::MAX,
                            verb.explain,
                        );
                        return self.append_announced(Job { tag, verb }, head, literal);
                    }
                    Ok(None) => self.too_big(literal).map(|reply| (Some(tag), reply)),
                    Err(fault) => Some((Some(tag), fault.into())),
                },
                None => self.too_big(literal).map(|reply| (Some(tag), reply)),
            },
        };
        match refusal {
            None if self.framer.accept(literal) => {
                if literal.synchronizing {
                    self.continuation("Ready for literal data");
                }
            }
            None => self.refuse_literal(
                literal,
                None,
                Reply::no(Code::TooBig, "Command line too long"),
            ),
            Some((tag, reply)) => {
                self.trace_command(&text, 2, "imap.unknown");
                self.refuse_literal(literal, tag, reply);
            }
        }
    }

    fn too_big(&self, literal: Literal) -> Option<Reply> {
        let max = if self.is_authenticated() {
            limits::LITERAL_BYTES_MAX
        } else {
            limits::LITERAL_BYTES_MAX_BEFORE_LOGIN
        };
        (literal.bytes > max).then(|| Reply::no(Code::TooBig, "Literal too long for this command"))
    }

    /// RFC 7888 §4: an unwanted non-synchronizing literal is discarded, or the connection ends.
    pub(super) fn refuse_literal(&mut self, literal: Literal, tag: Option<Tag>, reply: Reply) {
        let skipped_max = if self.is_authenticated() {
            limits::SKIPPED_BYTES_MAX
        } else {
            limits::LITERAL_BYTES_MAX
        };
        self.framer.refuse(literal);
        if !literal.synchronizing && literal.bytes > skipped_max {
            return self.send_bye(Some(Code::TooBig), "Literal too long");
        }
        self.reject(tag, reply);
    }

    fn run(&mut self, job: Job, command: Command) {
        match command {
            Command::Capability => {
                let list = self.capabilities();
                self.untagged(|out| out.extend_from_slice(format!("CAPABILITY {list}").as_bytes()));
                self.finish(job, Reply::ok("Capability completed"));
            }
            Command::Noop => self.finish(job, Reply::ok("NOOP completed")),
            Command::Check => self.finish(job, Reply::ok("CHECK completed")),
            Command::Logout => {
                self.untagged(|out| out.extend_from_slice(b"BYE Logging out"));
                self.tagged(&job.tag, &Reply::ok("LOGOUT completed"));
                if !matches!(self.work, Work::Closed) {
                    self.close();
                }
            }
            Command::Id(_) => {
                let version = self.config.version.clone();
                self.untagged(|out| {
                    out.extend_from_slice(b"ID (\"name\" \"Glasspost\" \"version\" ");
                    write::string(out, version.as_bytes());
                    out.push(b')');
                });
                self.finish(job, Reply::ok("ID completed"));
            }
            Command::StartTls => self.start_tls(&job),
            Command::Authenticate(mechanism, initial) => {
                self.authenticate(job, &mechanism, initial);
            }
            Command::Login(user, password) => self.ask(
                Query::Login {
                    user,
                    password,
                    acting_as: None,
                },
                Work::Login(job),
            ),
            // RFC 5161 §3.1: unknown names are ignored; no extension here needs to be enabled.
            Command::Enable(_) => {
                self.untagged(|out| out.extend_from_slice(b"ENABLED"));
                self.finish(job, Reply::ok("ENABLE completed"));
            }
            Command::Namespace => {
                // RFC 2342 §5: own mailboxes only, separator /.
                self.untagged(|out| out.extend_from_slice(b"NAMESPACE ((\"\" \"/\")) NIL NIL"));
                self.finish(job, Reply::ok("NAMESPACE completed"));
            }
            Command::Idle => self.idle(job),
            Command::Select { mailbox, read_only } => self.select(job, mailbox, read_only),
            Command::Close => self.leave(job, true),
            Command::Unselect => self.leave(job, false),
            Command::Create(name) => self.ask(Query::Create(name), Work::Plain(job)),
            Command::Delete(name) => self.ask(Query::Delete(name.clone()), Work::Delete(job, name)),
            Command::Rename(from, to) => self.ask(Query::Rename(from, to), Work::Plain(job)),
            Command::Subscribe(name) => self.ask(Query::Subscribe(name, true), Work::Plain(job)),
            Command::Unsubscribe(name) => self.ask(Query::Subscribe(name, false), Work::Plain(job)),
            Command::List(request) => self.list(job, request),
            Command::Status(name, items) => {
                self.ask(
                    Query::Status(name.clone(), items.clone()),
                    Work::Status(job, Box::new((name, items))),
                );
            }
            Command::Expunge(set) => self.expunge(job, set.as_ref()),
            Command::Search(key) => self.search(job, key),
            Command::Fetch(set, items) => self.fetch(job, &set, items),
            Command::Store(set, change) => self.store(job, &set, change),
            Command::Copy(set, to) => self.copy(job, &set, to, false),
            Command::Move(set, to) => self.copy(job, &set, to, true),
        }
    }

    fn start_tls(&mut self, job: &Job) {
        if self.tls {
            return self.tagged(&job.tag, &Reply::bad("TLS is already active"));
        }
        if !self.config.starttls {
            return self.tagged(&job.tag, &Reply::bad("STARTTLS is not available"));
        }
        self.tagged(&job.tag, &Reply::ok("Begin TLS negotiation now"));
        self.flush();
        // Input after STARTTLS in the clear must not survive the handshake: it may have been
        // injected.
        self.framer.discard();
        self.work = Work::Tls;
        self.steps.push_back(Step::StartTls);
    }
}
