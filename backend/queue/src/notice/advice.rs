//! What a failure means for the sender and what the sender can do, in both languages: for this
//! host's own reasons by their type, for another host's reply by its enhanced status code (RFC
//! 3463, RFC 5248) and, without one, by the reply code. Does not decide whether a message is given
//! up.

use event::catalogue::delivery::{QueueReason, RouteReason, TransportReason};
use event::catalogue::inbound::Rejection;
use event::{Diagnostic, Reason};
use mail::Reply;

/// The sentences of one language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sentences {
    /// What happened.
    pub(crate) what: &'static str,
    /// What the sender can do.
    pub(crate) todo: &'static str,
}

/// The sentences of both languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Advice {
    pub(crate) english: Sentences,
    pub(crate) chinese: Sentences,
}

/// The advice for a temporary or permanent failure.
pub(crate) fn advice(diagnostic: &Diagnostic) -> Advice {
    match &diagnostic.cause {
        Some(Reason::Queue(reason)) => queue(reason),
        Some(Reason::Route(reason)) => route(reason),
        Some(Reason::Transport(reason)) => transport(reason),
        Some(Reason::Security(_)) => NOT_SECURE,
        Some(Reason::Rejection(Rejection::ContainsNul)) => HOLDS_NUL,
        Some(_) => LOCAL_FAILURE,
        None => remote(&diagnostic.reply),
    }
}

fn queue(reason: &QueueReason) -> Advice {
    match reason {
        QueueReason::NoMailbox { .. } => NO_MAILBOX,
        QueueReason::MailboxFull { .. } => MAILBOX_FULL,
        QueueReason::AliasLoop => LOOP,
        QueueReason::Removed | QueueReason::ByOperator => REMOVED,
        QueueReason::DestinationBusy => BUSY,
        QueueReason::AttemptTimeout => NO_ANSWER,
        _ => LOCAL_FAILURE,
    }
}

fn route(reason: &RouteReason) -> Advice {
    match reason {
        RouteReason::NoDomain => BAD_ADDRESS,
        RouteReason::NoSuchDomain { .. } => NO_DOMAIN,
        RouteReason::Dns { .. } => DNS_FAILURE,
        RouteReason::LoopsBack { .. } => LOOP,
        RouteReason::NullMx { .. } => NULL_MX,
        RouteReason::DestinationBusy { .. } => BUSY,
        RouteReason::NoAddress { .. } | RouteReason::NoTransport { .. } => NO_ROUTE,
        RouteReason::Hosts { .. }
        | RouteReason::SmartHost { .. }
        | RouteReason::ConnectionReused { .. }
        | RouteReason::NoHostTried => NO_ANSWER,
    }
}

fn transport(reason: &TransportReason) -> Advice {
    match reason {
        TransportReason::Unreachable { .. }
        | TransportReason::ConnectionLostAt { .. }
        | TransportReason::ConnectionLost
        | TransportReason::TimeoutAt { .. }
        | TransportReason::NotSmtp
        | TransportReason::UnexpectedReply { .. }
        | TransportReason::UnsolicitedReply => NO_ANSWER,
        TransportReason::HandshakeFailed { .. }
        | TransportReason::HandshakeFailedUnknown
        | TransportReason::TlsNotOffered
        | TransportReason::LoginWithoutTls
        | TransportReason::RequireTlsNotOffered => NOT_SECURE,
        TransportReason::NoLoginMechanism
        | TransportReason::ServerNotAuthenticated
        | TransportReason::MessageUnreadable => LOCAL_FAILURE,
        TransportReason::TooManyRecipients => BUSY,
        TransportReason::ExtensionNotOffered { extension } => match extension.as_str() {
            "SMTPUTF8" => NOT_INTERNATIONAL,
            "8BITMIME" => SEVEN_BIT_ONLY,
            _ => NOT_BINARY,
        },
        TransportReason::TooLarge => TOO_LARGE,
    }
}

fn remote(reply: &Reply) -> Advice {
    match reply.enhanced.map(|e| (e.1, e.2)) {
        Some((1, 1)) => NO_MAILBOX,
        Some((1, 2)) => NO_DOMAIN,
        Some((1, 3)) => BAD_ADDRESS,
        Some((1, 6)) => MOVED,
        Some((1, 10)) => NULL_MX,
        Some((2, 1)) => DISABLED,
        Some((2, 2)) => MAILBOX_FULL,
        Some((2, 3) | (3, 4)) => TOO_LARGE,
        Some((4, 1) | (4, 2)) => NO_ANSWER,
        Some((4, 3)) => DNS_FAILURE,
        Some((4, 4)) => NO_ROUTE,
        Some((4, 6)) => LOOP,
        Some((4, 7)) => EXPIRED,
        // RFC 6531 §4.2
        Some((6, 7..=10)) => NOT_INTERNATIONAL,
        Some((6, 2 | 3 | 5)) => NOT_CONVERTIBLE,
        Some((6, _)) => BAD_CONTENT,
        Some((7, 5 | 10 | 30)) => NOT_SECURE,
        Some((7, 20..=29)) => NOT_AUTHENTICATED,
        Some((7, _)) => REJECTED,
        Some((3, 1) | (4, 5)) => BUSY,
        _ => match reply.code {
            552 => TOO_LARGE,
            551 => MOVED,
            553 => BAD_ADDRESS,
            556 => NULL_MX,
            400..=499 => BUSY,
            _ => REJECTED,
        },
    }
}

macro_rules! advice {
    ($what:literal, $todo:literal, $zh_what:literal, $zh_todo:literal) => {
        Advice {
            english: Sentences {
                what: $what,
                todo: $todo,
            },
            chinese: Sentences {
                what: $zh_what,
                todo: $zh_todo,
            },
        }
    };
}

const NO_MAILBOX: Advice = advice!(
    "The mailbox does not exist.",
    "Check the part of the address before the @ for typos, or ask the recipient for the current address.",
    "收件人的邮箱不存在。",
    "请检查地址中 @ 前面的部分是否有误，或向对方确认邮箱地址。"
);
const NO_DOMAIN: Advice = advice!(
    "The domain does not exist.",
    "Check the part of the address after the @ for typos.",
    "收件人地址的域名不存在。",
    "请检查地址中 @ 后面的部分是否有误。"
);
const BAD_ADDRESS: Advice = advice!(
    "The recipient's server does not accept an address of this form.",
    "Check the address for spaces and stray characters, then send the message again.",
    "对方服务器不接受这种格式的地址。",
    "请检查地址中是否有空格或多余的字符，然后重新发送。"
);
const MOVED: Advice = advice!(
    "The recipient has a new address.",
    "Look for the new address in the reply below, or ask the recipient.",
    "收件人已更换邮箱地址。",
    "请在下面的应答中查找新地址，或向收件人确认。"
);
const NULL_MX: Advice = advice!(
    "The domain does not accept mail.",
    "Check the address for typos, or contact the recipient in another way.",
    "该域名不接收邮件。",
    "请检查地址是否有误，或通过其他方式联系收件人。"
);
const DISABLED: Advice = advice!(
    "The mailbox exists but does not accept mail at present.",
    "Try again in a few days, or contact the recipient in another way.",
    "收件人的邮箱目前不接收邮件。",
    "请过几天再试，或通过其他方式联系收件人。"
);
const MAILBOX_FULL: Advice = advice!(
    "The recipient's mailbox is full.",
    "Ask the recipient in another way to free some space, then send the message again.",
    "收件人的邮箱空间已满。",
    "请通过其他方式提醒收件人清理邮箱，然后重新发送。"
);
const TOO_LARGE: Advice = advice!(
    "The message is larger than the recipient's server accepts.",
    "Send fewer or smaller attachments, or upload them elsewhere and send a link.",
    "邮件大小超过对方服务器的限制。",
    "请减少或压缩附件，或将附件上传到网盘后发送链接。"
);
const NO_ANSWER: Advice = advice!(
    "The recipient's server does not answer, or the connection was lost.",
    "There is nothing wrong with your message. If the address is correct, send it again later or contact the recipient in another way.",
    "对方服务器没有响应，或连接中断。",
    "你的邮件没有问题。如果地址无误，请稍后重新发送，或通过其他方式联系收件人。"
);
const DNS_FAILURE: Advice = advice!(
    "The domain could not be looked up in DNS.",
    "Check the part of the address after the @. If it is correct, the problem is on the domain's side; send the message again later.",
    "无法通过 DNS 查询该域名。",
    "请检查地址中 @ 后面的部分；如果无误，则是对方域名的问题，请稍后重新发送。"
);
const NO_ROUTE: Advice = advice!(
    "The domain has no server that accepts mail.",
    "Check the part of the address after the @. If it is correct, contact the recipient in another way.",
    "该域名没有可以接收邮件的服务器。",
    "请检查地址中 @ 后面的部分；如果无误，请通过其他方式联系收件人。"
);
const LOOP: Advice = advice!(
    "The message was caught in a mail loop between servers.",
    "A domain or a forwarding rule is misconfigured. Contact the responsible administrator.",
    "邮件在服务器之间循环转发。",
    "域名或转发设置有误，请联系相关管理员。"
);
const EXPIRED: Advice = advice!(
    "The message could not be delivered in time.",
    "If the address is correct, send the message again later or contact the recipient in another way.",
    "邮件未能在期限内送达。",
    "如果地址无误，请稍后重新发送，或通过其他方式联系收件人。"
);
const NOT_INTERNATIONAL: Advice = advice!(
    "The message has an address or a header with characters other than ASCII, and the recipient's server does not support that (SMTPUTF8).",
    "Write from an address with ASCII characters only to such an address of the recipient. If all addresses are like that, send the message from the webmail, which encodes names and subject.",
    "邮件的地址或邮件头中有非 ASCII 字符，而对方服务器不支持（SMTPUTF8）。",
    "请用纯 ASCII 的发件地址，发往对方的纯 ASCII 地址；如果地址都已如此，请改用网页邮箱发送，姓名和主题会自动编码。"
);
const SEVEN_BIT_ONLY: Advice = advice!(
    "The recipient's server takes ASCII text only (it does not offer 8BITMIME), and the message has other characters where they may not be encoded: in a signed or encrypted part, in a header, or in an attached message.",
    "There is nothing wrong with the address. Send the text from the webmail, or without a signature; it is encoded then.",
    "对方服务器只接受 ASCII 文本（不支持 8BITMIME），而邮件中不能重新编码的部分有其他字符：已签名或加密的部分、邮件头，或作为附件的邮件。",
    "地址没有问题。请改用网页邮箱发送，或去掉数字签名后重发，系统会自动编码。"
);
const NOT_BINARY: Advice = advice!(
    "The message contains unencoded binary data, which the recipient's server does not take (it does not offer BINARYMIME).",
    "There is nothing wrong with the address. Send the file as an ordinary attachment from the webmail or another mail program; it is encoded then.",
    "邮件中有未编码的二进制数据，对方服务器不接受（不支持 BINARYMIME）。",
    "地址没有问题。请用网页邮箱或其他邮件程序将文件作为普通附件发送，文件会自动编码。"
);
const HOLDS_NUL: Advice = advice!(
    "The message contains a NUL character, which mail does not permit.",
    "There is nothing wrong with the address. Copy the text into a new message, or send the data as an attachment.",
    "邮件中含有空字符（NUL），不符合邮件标准。",
    "地址没有问题。请把文字复制到新邮件中，或将数据作为附件发送。"
);
const NOT_CONVERTIBLE: Advice = advice!(
    "The message has text or data that a server on its way cannot pass on unchanged, and that it may not or cannot convert.",
    "There is nothing wrong with the address. Send the message from the webmail, without a digital signature; everything is encoded then.",
    "邮件中有途经的服务器无法原样传递、也不能转换的文本或数据。",
    "地址没有问题。请改用网页邮箱发送，并去掉数字签名，内容会自动编码。"
);
const BAD_CONTENT: Advice = advice!(
    "The recipient's server does not accept the form or the content of the message.",
    "The reply below often gives the reason. Otherwise send it as plain text without attachments, or contact the recipient in another way.",
    "对方服务器不接受邮件的格式或内容。",
    "下面的应答中通常写有原因；否则请改发不带附件的纯文本邮件，或通过其他方式联系收件人。"
);
const NOT_SECURE: Advice = advice!(
    "The message requires a secure connection, and the recipient's server could not prove its identity or does not support encryption.",
    "Nothing was sent unencrypted. Contact the recipient in another way; their server is misconfigured.",
    "邮件要求加密传输，而对方服务器未能证明身份，或不支持加密。",
    "邮件内容没有以明文发出。请通过其他方式联系收件人，对方服务器的设置有问题。"
);
const NOT_AUTHENTICATED: Advice = advice!(
    "The recipient's server could not verify that the message comes from your domain.",
    "Contact your mail administrator: check SPF, DKIM, DMARC and the name of the sending server.",
    "对方服务器无法验证这封邮件来自你的域名。",
    "请联系你的邮件管理员，检查 SPF、DKIM、DMARC 以及发件服务器的名称。"
);
const REJECTED: Advice = advice!(
    "The recipient's server rejected the message.",
    "The reply below often gives the reason. Otherwise contact the recipient in another way.",
    "对方服务器拒绝接收这封邮件。",
    "下面的应答中通常写有原因；否则请通过其他方式联系收件人。"
);
const REMOVED: Advice = advice!(
    "An administrator of this mail system removed the message from the queue.",
    "Contact the administrator of this mail system.",
    "本邮件系统的管理员已将邮件移出发送队列。",
    "请联系本邮件系统的管理员。"
);
const LOCAL_FAILURE: Advice = advice!(
    "This mail system could not process the message.",
    "There is nothing wrong with your message. Contact the administrator of this mail system if the problem persists.",
    "本邮件系统无法处理这封邮件。",
    "你的邮件没有问题。如果问题持续存在，请联系本邮件系统的管理员。"
);
const BUSY: Advice = advice!(
    "The recipient's server cannot accept the message at present.",
    "There is nothing wrong with your message. While delivery is still being attempted, you do not need to do anything.",
    "对方服务器暂时无法接收邮件。",
    "你的邮件没有问题。系统仍在尝试投递时，你无需操作。"
);

#[cfg(test)]
mod tests {
    use super::*;

    fn check(diagnostic: impl Into<Diagnostic>, expected: Advice) {
        let diagnostic = diagnostic.into();
        assert_eq!(advice(&diagnostic), expected, "{diagnostic:?}");
    }

    #[test]
    fn own_reason_decides_by_its_type() {
        let own = |reason: Reason| Diagnostic::own(451, (4, 0, 0), reason);
        let address = "bob@a.test".to_owned();
        check(own(QueueReason::NoMailbox { address }.into()), NO_MAILBOX);
        check(own(QueueReason::Removed.into()), REMOVED);
        check(own(RouteReason::NoDomain.into()), BAD_ADDRESS);
        check(own(TransportReason::TooLarge.into()), TOO_LARGE);
        for (extension, expected) in [
            ("SMTPUTF8", NOT_INTERNATIONAL),
            ("8BITMIME", SEVEN_BIT_ONLY),
            ("BINARYMIME", NOT_BINARY),
        ] {
            let extension = extension.to_owned();
            let reason = TransportReason::ExtensionNotOffered { extension };
            check(own(reason.into()), expected);
        }
    }

    #[test]
    fn remote_reply_decides_by_its_enhanced_code_else_by_its_code() {
        check(Reply::new(550, (5, 1, 1), "no such user"), NO_MAILBOX);
        check(Reply::new(452, (4, 2, 2), "full"), MAILBOX_FULL);
        check(
            Reply::new(550, (5, 7, 26), "unauthenticated"),
            NOT_AUTHENTICATED,
        );
        check(Reply::new(550, (5, 7, 30), "REQUIRETLS"), NOT_SECURE);
        check(Reply::new(550, (5, 7, 1), "spam"), REJECTED);
        for (detail, expected) in [
            (7, NOT_INTERNATIONAL),
            (9, NOT_INTERNATIONAL),
            (3, NOT_CONVERTIBLE),
            (2, NOT_CONVERTIBLE),
            (0, BAD_CONTENT),
            (1, BAD_CONTENT),
        ] {
            check(Reply::new(554, (5, 6, detail), "no"), expected);
        }
        check(Reply::plain(552, "too big"), TOO_LARGE);
        check(Reply::plain(451, "later"), BUSY);
        check(Reply::plain(550, "no"), REJECTED);
    }
}
