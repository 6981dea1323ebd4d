//! The encodings of keys: numbers are big-endian, so that keys sort like their values.

use mail::{AccountId, JourneyId, MailboxId, QueueId, Time};

pub(crate) fn account(id: AccountId) -> Vec<u8> {
    [b"a".as_slice(), &id.0.to_be_bytes()].concat()
}

pub(crate) const ACCOUNTS: &[u8] = b"a";

/// The address of an account, in its normalized form.
pub(crate) fn address(key: &str) -> Vec<u8> {
    [b"@", key.as_bytes()].concat()
}

pub(crate) fn domain(name: &str) -> Vec<u8> {
    [b"d", name.as_bytes()].concat()
}

pub(crate) const DOMAINS: &[u8] = b"d";

/// A counter: the highest number of an account or mailbox, the number of openings.
pub(crate) fn counter(name: &str) -> Vec<u8> {
    [b"#", name.as_bytes()].concat()
}

pub(crate) fn mailbox(account: AccountId, mailbox: MailboxId) -> Vec<u8> {
    [account.0.to_be_bytes(), mailbox.0.to_be_bytes()].concat()
}

pub(crate) fn mailboxes_of(account: AccountId) -> Vec<u8> {
    account.0.to_be_bytes().to_vec()
}

/// The prefix of a mailbox's rows.
pub(crate) fn in_mailbox(mailbox: MailboxId) -> Vec<u8> {
    mailbox.0.to_be_bytes().to_vec()
}

pub(crate) fn message(mailbox: MailboxId, uid: u32) -> Vec<u8> {
    [mailbox.0.to_be_bytes().as_slice(), &uid.to_be_bytes()].concat()
}

/// The UID in the key of a message.
pub(crate) fn uid_of(key: &[u8]) -> Option<u32> {
    key.get(8..12)?.try_into().ok().map(u32::from_be_bytes)
}

pub(crate) fn content(id: u64) -> Vec<u8> {
    id.to_be_bytes().to_vec()
}

/// The reference count of a content; absent means one.
pub(crate) fn shares(kind: u8, id: u64) -> Vec<u8> {
    [[b's', kind].as_slice(), &id.to_be_bytes()].concat()
}

pub(crate) fn journey(id: JourneyId) -> Vec<u8> {
    id.0.to_be_bytes().to_vec()
}

pub(crate) fn journey_part(id: JourneyId, at: Time, seq: u64) -> Vec<u8> {
    [id.0.to_be_bytes(), at.0.to_be_bytes(), seq.to_be_bytes()].concat()
}

/// A bundle of events.
pub(crate) fn bundle(number: u64) -> Vec<u8> {
    number.to_be_bytes().to_vec()
}

pub(crate) fn bundled(id: JourneyId, bundle: u64) -> Vec<u8> {
    [id.0.to_be_bytes(), bundle.to_be_bytes()].concat()
}

/// The bundle in a key of [`bundled`].
pub(crate) fn bundle_of(key: &[u8]) -> Option<u64> {
    key.get(8..16)?.try_into().ok().map(u64::from_be_bytes)
}

pub(crate) fn queued(id: QueueId) -> Vec<u8> {
    id.0.to_be_bytes().to_vec()
}

pub(crate) fn due(at: Time, id: QueueId) -> Vec<u8> {
    [at.0.to_be_bytes(), id.0.to_be_bytes()].concat()
}

/// The administrator's command for a message.
pub(crate) fn order(id: QueueId) -> Vec<u8> {
    [b"o".as_slice(), &id.0.to_be_bytes()].concat()
}

/// The row that changes when the queue is changed from outside of the server.
pub(crate) const QUEUE_CHANGED: &[u8] = b"#";

/// The SRS secret.
pub(crate) const SENDING_SECRET: &[u8] = b"k";

/// The MTA-STS policy of another domain.
pub(crate) fn policy(domain: &str) -> Vec<u8> {
    [b"p", domain.as_bytes()].concat()
}

/// The connection counts of a day for a domain, by one opening of the store.
pub(crate) fn tally(day: u32, domain: &str, opening: u64) -> Vec<u8> {
    [
        tallies_of(day).as_slice(),
        domain.as_bytes(),
        &[0],
        &opening.to_be_bytes(),
    ]
    .concat()
}

pub(crate) fn tallies_of(day: u32) -> Vec<u8> {
    [b"t".as_slice(), &day.to_be_bytes()].concat()
}

/// The subscriptions of an account (RFC 9051 §6.3.7).
pub(crate) fn subscriptions(account: AccountId) -> Vec<u8> {
    [b"s".as_slice(), &account.0.to_be_bytes()].concat()
}

/// The login secrets of an account besides its password hash.
pub(crate) fn secrets(account: AccountId) -> Vec<u8> {
    [b"k".as_slice(), &account.0.to_be_bytes()].concat()
}

/// An account's progress in the Lab.
pub(crate) fn progress(account: AccountId) -> Vec<u8> {
    [b"l".as_slice(), &account.0.to_be_bytes()].concat()
}

/// The secret from which SCRAM salts of unknown names are derived.
pub(crate) const SALT_SECRET: &[u8] = b"#salt-secret";

/// A session of the webmail, by the digest of its token.
pub(crate) fn web_session(digest: &[u8; 32]) -> Vec<u8> {
    [WEB_SESSIONS, digest.as_slice()].concat()
}

pub(crate) const WEB_SESSIONS: &[u8] = b"w";

/// An uploaded file.
pub(crate) fn upload(account: AccountId, id: &str) -> Vec<u8> {
    [uploads_of(account).as_slice(), id.as_bytes()].concat()
}

pub(crate) fn uploads_of(account: AccountId) -> Vec<u8> {
    [UPLOADS, account.0.to_be_bytes().as_slice()].concat()
}

pub(crate) const UPLOADS: &[u8] = b"u";

/// When a greylist triplet was first seen, by its digest.
pub(crate) fn greylist_triplet(digest: &[u8; 16]) -> Vec<u8> {
    [GREY_TRIPLETS, digest.as_slice()].concat()
}

pub(crate) const GREY_TRIPLETS: &[u8] = b"gt";

/// When a known network of the greylist was last seen.
pub(crate) fn greylist_network(network: &str) -> Vec<u8> {
    [GREY_NETWORKS, network.as_bytes()].concat()
}

pub(crate) const GREY_NETWORKS: &[u8] = b"gn";

/// An alias, or `@domain` of a catch-all, in its normalized form.
pub(crate) fn alias(key: &str) -> Vec<u8> {
    [ALIASES, key.as_bytes()].concat()
}

pub(crate) const ALIASES: &[u8] = b"f";

/// A DKIM key, by domain and selector.
pub(crate) fn signing(domain: &str, selector: &str) -> Vec<u8> {
    [signing_of(domain).as_slice(), selector.as_bytes()].concat()
}

pub(crate) fn signing_of(domain: &str) -> Vec<u8> {
    [SIGNING, domain.as_bytes(), &[0]].concat()
}

pub(crate) const SIGNING: &[u8] = b"K";

/// The DMARC counts of a day for a domain, by one opening of the store.
pub(crate) fn dmarc_tally(day: u32, domain: &str, opening: u64) -> Vec<u8> {
    [
        dmarc_tallies_of(day).as_slice(),
        domain.as_bytes(),
        &[0],
        &opening.to_be_bytes(),
    ]
    .concat()
}

pub(crate) fn dmarc_tallies_of(day: u32) -> Vec<u8> {
    [b"d".as_slice(), &day.to_be_bytes()].concat()
}

/// The first UID of a mailbox that is `\Recent`.
pub(crate) fn first_recent(mailbox: MailboxId) -> Vec<u8> {
    [b"R".as_slice(), &mailbox.0.to_be_bytes()].concat()
}

/// A received report.
pub(crate) fn received_report(at: Time, number: u64) -> Vec<u8> {
    [RECEIVED_REPORTS, &at.0.to_be_bytes(), &number.to_be_bytes()].concat()
}

pub(crate) const RECEIVED_REPORTS: &[u8] = b"r";
