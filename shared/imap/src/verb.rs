//! The table of verbs: the states in which each is allowed, whether it carries a secret, and which
//! untagged updates may precede its reply; and the head of a command, which names its verb. Checked
//! before any handler runs.

use crate::code::Fault;
use crate::command::{Command, Tag};
use crate::parse::{self, Input, Parsed};
use AllowedIn::{Always, Authenticated, NotAuthenticated, Selected, Unselected};
use UntaggedUpdates::{All, NumbersKept};

/// The states in which a command is allowed (RFC 3501 §3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AllowedIn {
    Always,
    NotAuthenticated,
    /// Authenticated or selected.
    Authenticated,
    /// Authenticated, without a selected mailbox.
    Unselected,
    Selected,
}

/// The changes of the selected mailbox that are sent before the tagged reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UntaggedUpdates {
    None,
    /// All but EXPUNGE: message numbers must not change (RFC 3501 §7.4.1).
    NumbersKept,
    All,
}

#[derive(Debug)]
pub(crate) struct Verb {
    /// As in commands and, in lower case, in explanation keys.
    pub(crate) name: &'static str,
    pub(crate) allowed_in: AllowedIn,
    /// Carries a password: not accepted in clear text.
    pub(crate) secret: bool,
    pub(crate) updates: UntaggedUpdates,
    /// Names messages by UID.
    pub(crate) by_uid: bool,
    pub(crate) parse: fn(&mut Input<'_>) -> Parsed<Command>,
    pub(crate) explain: &'static str,
}

const fn verb(
    name: &'static str,
    explain: &'static str,
    allowed_in: AllowedIn,
    updates: UntaggedUpdates,
    parse: fn(&mut Input<'_>) -> Parsed<Command>,
) -> Verb {
    Verb {
        name,
        allowed_in,
        secret: false,
        updates,
        by_uid: false,
        parse,
        explain,
    }
}

const fn uid(
    name: &'static str,
    explain: &'static str,
    parse: fn(&mut Input<'_>) -> Parsed<Command>,
) -> Verb {
    // RFC 3501 §7.4.1 forbids EXPUNGE during FETCH, STORE and SEARCH; the UID commands use no
    // message numbers and are different commands.
    Verb {
        name,
        allowed_in: Selected,
        secret: false,
        updates: All,
        by_uid: true,
        parse,
        explain,
    }
}

const fn secret(mut verb: Verb) -> Verb {
    verb.secret = true;
    verb
}

static VERBS: [Verb; 36] = [
    verb("FETCH", "imap.fetch", Selected, NumbersKept, parse::fetch),
    uid("UID FETCH", "imap.uid-fetch", parse::fetch_uids),
    verb("STORE", "imap.store", Selected, NumbersKept, parse::store),
    uid("UID STORE", "imap.uid-store", parse::store),
    verb(
        "SEARCH",
        "imap.search",
        Selected,
        NumbersKept,
        parse::search,
    ),
    uid("UID SEARCH", "imap.uid-search", parse::search),
    verb("COPY", "imap.copy", Selected, All, parse::copy),
    uid("UID COPY", "imap.uid-copy", parse::copy),
    verb("MOVE", "imap.move", Selected, All, parse::moving),
    uid("UID MOVE", "imap.uid-move", parse::moving),
    verb("EXPUNGE", "imap.expunge", Selected, All, |_| {
        parse::bare(Command::Expunge(None))
    }),
    uid("UID EXPUNGE", "imap.uid-expunge", parse::expunge_uids),
    verb("NOOP", "imap.noop", Always, All, |_| {
        parse::bare(Command::Noop)
    }),
    verb("CHECK", "imap.check", Selected, All, |_| {
        parse::bare(Command::Check)
    }),
    verb("IDLE", "imap.idle", Authenticated, All, |_| {
        parse::bare(Command::Idle)
    }),
    verb(
        "CLOSE",
        "imap.close",
        Selected,
        UntaggedUpdates::None,
        |_| parse::bare(Command::Close),
    ),
    verb(
        "UNSELECT",
        "imap.unselect",
        Selected,
        UntaggedUpdates::None,
        |_| parse::bare(Command::Unselect),
    ),
    verb("CAPABILITY", "imap.capability", Always, All, |_| {
        parse::bare(Command::Capability)
    }),
    verb(
        "LOGOUT",
        "imap.logout",
        Always,
        UntaggedUpdates::None,
        |_| parse::bare(Command::Logout),
    ),
    verb("ID", "imap.id", Always, All, parse::id),
    verb(
        "STARTTLS",
        "imap.starttls",
        NotAuthenticated,
        UntaggedUpdates::None,
        |_| parse::bare(Command::StartTls),
    ),
    secret(verb(
        "AUTHENTICATE",
        "imap.authenticate",
        NotAuthenticated,
        UntaggedUpdates::None,
        parse::authenticate,
    )),
    secret(verb(
        "LOGIN",
        "imap.login",
        NotAuthenticated,
        UntaggedUpdates::None,
        parse::login,
    )),
    verb(
        "ENABLE",
        "imap.enable",
        Unselected,
        UntaggedUpdates::None,
        parse::enable,
    ),
    verb(
        "SELECT",
        "imap.select",
        Authenticated,
        UntaggedUpdates::None,
        |i| parse::select(i, false),
    ),
    verb(
        "EXAMINE",
        "imap.examine",
        Authenticated,
        UntaggedUpdates::None,
        |i| parse::select(i, true),
    ),
    verb("CREATE", "imap.create", Authenticated, All, parse::create),
    verb("DELETE", "imap.delete", Authenticated, All, parse::delete),
    verb("RENAME", "imap.rename", Authenticated, All, parse::rename),
    verb(
        "SUBSCRIBE",
        "imap.subscribe",
        Authenticated,
        All,
        parse::subscribe,
    ),
    verb(
        "UNSUBSCRIBE",
        "imap.unsubscribe",
        Authenticated,
        All,
        parse::unsubscribe,
    ),
    verb("LIST", "imap.list", Authenticated, All, parse::list),
    verb("LSUB", "imap.lsub", Authenticated, All, parse::lsub),
    verb("NAMESPACE", "imap.namespace", Authenticated, All, |_| {
        parse::bare(Command::Namespace)
    }),
    verb("STATUS", "imap.status", Authenticated, All, parse::status),
    verb("APPEND", "imap.append", Authenticated, All, parse::append),
];

/// The verb of a name in any case; UID commands with one space between the words.
pub(crate) fn find(name: &[u8]) -> Option<&'static Verb> {
    VERBS
        .iter()
        .find(|v| v.name.as_bytes().eq_ignore_ascii_case(name))
}

/// The head of a command: its tag, its verb, and its unparsed arguments.
pub(crate) struct Head<'a> {
    pub(crate) tag: Tag,
    pub(crate) verb: &'static Verb,
    pub(crate) arguments: Input<'a>,
}

/// `command = tag SP (command-any / command-auth / command-nonauth / command-select) CRLF`
///
/// # Errors
/// The tag, where it could be read, and what is wrong.
pub(crate) fn head(text: &[u8]) -> Result<Head<'_>, (Option<Tag>, Fault)> {
    let mut input = Input::new(text);
    let word = input.take_while(|b| b != b' ');
    let Some(tag) = Tag::new(word) else {
        return Err((
            None,
            Fault::Bad("Missing command tag; expected for example a1 NOOP"),
        ));
    };
    let found = (|| {
        input.space()?;
        let start = input.offset();
        let mut name = input.atom()?;
        if name.eq_ignore_ascii_case(b"UID") {
            input.space()?;
            input.atom()?;
            name = input.since(start);
        }
        find(name).ok_or(Fault::Bad("Unknown command"))
    })();
    match found {
        Ok(verb) => Ok(Head {
            tag,
            verb,
            arguments: input,
        }),
        Err(fault) => Err((Some(tag), fault)),
    }
}

/// The arguments of a verb, up to the end of the command.
///
/// # Errors
/// [`Fault`].
pub(crate) fn arguments(verb: &Verb, mut input: Input<'_>) -> Parsed<Command> {
    let command = (verb.parse)(&mut input)?;
    input.end()?;
    Ok(command)
}
