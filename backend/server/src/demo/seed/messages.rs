//! The list of sample messages. Their texts are in `demo/messages/`.

use super::DOMAIN;

/// A sample message.
pub(crate) struct Seed {
    /// Name in error messages.
    pub(crate) name: &'static str,
    /// Envelope sender: a local account sends by submission, anyone else on port 25.
    pub(crate) from: &'static str,
    /// Envelope recipients.
    pub(crate) to: &'static [&'static str],
    /// HELO name of a remote host.
    pub(crate) helo: &'static str,
    /// Age according to its Date field.
    pub(crate) hours_ago: u64,
    /// Header and body; `{date}` is replaced.
    pub(crate) text: &'static str,
}

const _: () = assert!(
    DOMAIN.len() == "glasspost.test".len(),
    "the sample messages contain glasspost.test"
);

const ALICE: &str = "alice@glasspost.test";
const BOB: &str = "bob@glasspost.test";
const TEACHER: &str = "teacher@glasspost.test";

const fn local(
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

const fn remote(
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

/// All sample messages, in the order in which they are sent.
pub(crate) const MESSAGES: &[Seed] = &[
    remote(
        "list",
        "bounces@lists.test",
        "mx.lists.test",
        30,
        include_str!("../messages/10-list.eml"),
    ),
    remote(
        "newsletter",
        "news@weekly.test",
        "out.weekly.test",
        26,
        include_str!("../messages/03-newsletter.eml"),
    ),
    remote(
        "phishing",
        "security@g1asspost.test",
        "host-7.elsewhere.test",
        20,
        include_str!("../messages/09-phish.eml"),
    ),
    local(
        "thread 1",
        BOB,
        &[ALICE],
        include_str!("../messages/06-thread-1.eml"),
    ),
    local(
        "thread 2",
        ALICE,
        &[BOB],
        include_str!("../messages/07-thread-2.eml"),
    ),
    local(
        "thread 3",
        BOB,
        &[ALICE, TEACHER],
        include_str!("../messages/08-thread-3.eml"),
    ),
    local(
        "bounced",
        ALICE,
        &["friend@nomail.test"],
        include_str!("../messages/11-bounced.eml"),
    ),
    local(
        "deferred",
        ALICE,
        &["host@asleep.test"],
        include_str!("../messages/12-waiting.eml"),
    ),
    local(
        "question",
        ALICE,
        &[TEACHER],
        include_str!("../messages/13-teacher.eml"),
    ),
    remote(
        "GB18030",
        "lin@campus.test",
        "mail.campus.test",
        3,
        include_str!("../messages/02-gb18030.eml"),
    ),
    local(
        "inline picture",
        BOB,
        &[ALICE],
        include_str!("../messages/04-inline.eml"),
    ),
    local(
        "attachments",
        TEACHER,
        &[ALICE, BOB],
        include_str!("../messages/05-attachments.eml"),
    ),
    local(
        "welcome",
        TEACHER,
        &[ALICE, BOB],
        include_str!("../messages/01-welcome.eml"),
    ),
];
