//! Which messages, from whom, to whom. Their texts lie beside, as they go over the wire
//! (`messages/`).

use super::DOMAIN;

/// One message.
pub(crate) struct Seed {
    /// For words about it.
    pub(crate) name: &'static str,
    /// The envelope's sender: one of ours comes by submission, a stranger by port 25.
    pub(crate) from: &'static str,
    /// The envelope's recipients.
    pub(crate) to: &'static [&'static str],
    /// What a stranger's host calls itself.
    pub(crate) helo: &'static str,
    /// How old its Date says it is.
    pub(crate) hours_ago: u64,
    /// Header and body; `{date}` is filled in.
    pub(crate) text: &'static str,
}

const _: () = assert!(
    DOMAIN.len() == "glasspost.test".len(),
    "the messages speak of glasspost.test"
);

const ALICE: &str = "alice@glasspost.test";
const BOB: &str = "bob@glasspost.test";
const TEACHER: &str = "teacher@glasspost.test";

const fn ours(
    name: &'static str,
    from: &'static str,
    to: &'static [&'static str],
    text: &'static str,
) -> Seed {
    Seed {
        name,
        from,
        to,
        helo: "",
        hours_ago: 0,
        text,
    }
}

const fn foreign(
    name: &'static str,
    from: &'static str,
    helo: &'static str,
    hours_ago: u64,
    text: &'static str,
) -> Seed {
    Seed {
        name,
        from,
        to: &[ALICE],
        helo,
        hours_ago,
        text,
    }
}

/// All of them, in the order in which they come.
pub(crate) const MESSAGES: &[Seed] = &[
    foreign(
        "list",
        "bounces@lists.test",
        "mx.lists.test",
        30,
        include_str!("../messages/10-list.eml"),
    ),
    foreign(
        "newsletter",
        "news@weekly.test",
        "out.weekly.test",
        26,
        include_str!("../messages/03-newsletter.eml"),
    ),
    foreign(
        "phishing",
        "security@g1asspost.test",
        "host-7.elsewhere.test",
        20,
        include_str!("../messages/09-phish.eml"),
    ),
    ours(
        "thread 1",
        BOB,
        &[ALICE],
        include_str!("../messages/06-thread-1.eml"),
    ),
    ours(
        "thread 2",
        ALICE,
        &[BOB],
        include_str!("../messages/07-thread-2.eml"),
    ),
    ours(
        "thread 3",
        BOB,
        &[ALICE, TEACHER],
        include_str!("../messages/08-thread-3.eml"),
    ),
    ours(
        "to nobody",
        ALICE,
        &["friend@nomail.test"],
        include_str!("../messages/11-bounced.eml"),
    ),
    ours(
        "to a host asleep",
        ALICE,
        &["host@asleep.test"],
        include_str!("../messages/12-waiting.eml"),
    ),
    ours(
        "question",
        ALICE,
        &[TEACHER],
        include_str!("../messages/13-teacher.eml"),
    ),
    foreign(
        "GB18030",
        "lin@campus.test",
        "mail.campus.test",
        3,
        include_str!("../messages/02-gb18030.eml"),
    ),
    ours(
        "inline picture",
        BOB,
        &[ALICE],
        include_str!("../messages/04-inline.eml"),
    ),
    ours(
        "attachments",
        TEACHER,
        &[ALICE, BOB],
        include_str!("../messages/05-attachments.eml"),
    ),
    ours(
        "welcome",
        TEACHER,
        &[ALICE, BOB],
        include_str!("../messages/01-welcome.eml"),
    ),
];
