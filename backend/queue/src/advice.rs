//! What a refusal means in plain words and what its sender can do, in both languages, by the
//! enhanced status code (RFC 3463, RFC 5248) and, where the other host gave none, by the reply
//! code. Does not decide whether a message is given up.

use mail::Reply;

/// One language's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Words {
    /// What happened.
    pub(crate) what: &'static str,
    /// What to do.
    pub(crate) todo: &'static str,
}

/// Both languages' words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Advice {
    pub(crate) english: Words,
    pub(crate) chinese: Words,
}

macro_rules! advice {
    ($what:literal, $todo:literal, $zh_what:literal, $zh_todo:literal) => {
        Advice {
            english: Words {
                what: $what,
                todo: $todo,
            },
            chinese: Words {
                what: $zh_what,
                todo: $zh_todo,
            },
        }
    };
}

/// What a final or passing reply means to the sender.
pub(crate) fn advice(reply: &Reply) -> Advice {
    match reply.enhanced.map(|e| (e.1, e.2)) {
        Some((1, 1)) => NOBODY,
        Some((1, 2)) => NO_DOMAIN,
        Some((1, 3)) => BAD_ADDRESS,
        Some((1, 6)) => MOVED,
        Some((1, 10)) => NO_MAIL_THERE,
        Some((2, 1)) => DISABLED,
        Some((2, 2)) => FULL,
        Some((2, 3) | (3, 4)) => TOO_LARGE,
        Some((4, 1) | (4, 2)) => NO_ANSWER,
        Some((4, 3)) => DNS,
        Some((4, 4)) => NO_WAY,
        Some((4, 6)) => LOOP,
        Some((4, 7)) => EXPIRED,
        Some((6, _)) => CANNOT_CARRY,
        Some((7, 5 | 10 | 30)) => NOT_SAFE,
        Some((7, 20..=29)) => NOT_PROVEN,
        Some((7, _)) => REFUSED,
        Some((3, 1)) | Some((4, 5)) => SHORT,
        _ => match reply.code {
            552 => TOO_LARGE,
            551 => MOVED,
            553 => BAD_ADDRESS,
            556 => NO_MAIL_THERE,
            400..=499 => SHORT,
            _ => REFUSED,
        },
    }
}

const NOBODY: Advice = advice!(
    "There is no such mailbox.",
    "Check the part before the @ for a slip of the pen, or ask for the current address.",
    "对方没有这个邮箱。",
    "请核对 @ 前面的部分有没有写错，或向对方询问现在的地址。"
);
const NO_DOMAIN: Advice = advice!(
    "There is no such domain.",
    "Check the part behind the @: a letter may be missing or swapped.",
    "这个域名不存在。",
    "请核对 @ 后面的部分，可能少了字母或顺序颠倒。"
);
const BAD_ADDRESS: Advice = advice!(
    "The other host does not take this form of address.",
    "Check the address for blanks and stray characters, then send it again.",
    "对方主机不接受这种写法的地址。",
    "请检查地址里有没有空格或多余的字符，然后重发。"
);
const MOVED: Advice = advice!(
    "The receiver has another address now.",
    "Look in the other host's words below for the new address, or ask the receiver.",
    "收件人已换用其他地址。",
    "请在下面对方主机的原话里找新地址，或直接询问收件人。"
);
const NO_MAIL_THERE: Advice = advice!(
    "This domain takes no mail at all.",
    "It may be a slip of the pen, or a domain that only sends; reach the receiver in another way.",
    "这个域名完全不收邮件。",
    "可能是地址写错，或这个域名只用来发信；请用其他方式联系对方。"
);
const DISABLED: Advice = advice!(
    "The mailbox exists but takes nothing at present.",
    "Reach the receiver in another way, or try again in some days.",
    "邮箱存在，但目前不收信。",
    "请用其他方式联系收件人，或过几天再试。"
);
const FULL: Advice = advice!(
    "The receiver's mailbox is full.",
    "Tell the receiver in another way to make room, then send it again.",
    "收件人的邮箱已满。",
    "请用其他方式告诉收件人清理邮箱，之后重发。"
);
const TOO_LARGE: Advice = advice!(
    "The message is larger than the other side takes.",
    "Send the attachments in parts or smaller, or put them where they can be fetched and send the link.",
    "邮件超过了对方允许的大小。",
    "请把附件拆分或压缩，或上传到别处后只发链接。"
);
const NO_ANSWER: Advice = advice!(
    "The other domain's mail host does not answer, or breaks off.",
    "The fault is not in your message. If the address is right, send it again later or reach the receiver in another way.",
    "对方域名的邮件主机没有应答，或中途断开。",
    "问题不在您的邮件。如果地址无误，请稍后重发，或用其他方式联系对方。"
);
const DNS: Advice = advice!(
    "The Internet's directory (DNS) gives no answer about this domain.",
    "Check the part behind the @. If it is right, the fault lies with the domain's owner; send it again later.",
    "互联网的名录（DNS）没有给出这个域名的答案。",
    "请核对 @ 后面的部分；如果无误，问题在域名所有者一方，请稍后重发。"
);
const NO_WAY: Advice = advice!(
    "The domain names no host that could take its mail.",
    "Check the part behind the @; if it is right, tell the domain's owner in another way.",
    "这个域名没有指明收信主机。",
    "请核对 @ 后面的部分；如果无误，请用其他方式告知域名所有者。"
);
const LOOP: Advice = advice!(
    "The message would go in circles: hosts hand it to each other for ever.",
    "The fault lies in how a domain or a forwarding is set up. Tell whoever looks after it.",
    "邮件在兜圈子：几台主机不停地互相转交。",
    "这是域名或转发设置有误，请告知负责的管理员。"
);
const EXPIRED: Advice = advice!(
    "It was tried again and again and could not be delivered in time.",
    "If the address is right, send it again later or reach the receiver in another way.",
    "系统反复尝试，仍未能按时送达。",
    "如果地址无误，请稍后重发，或用其他方式联系对方。"
);
const CANNOT_CARRY: Advice = advice!(
    "The other host cannot carry a message of this kind.",
    "Write it with a plain address and simple attachments, or use another address of the receiver.",
    "对方主机无法传送这种类型的邮件。",
    "请改用普通的英文地址和简单的附件，或使用收件人的其他地址。"
);
const NOT_SAFE: Advice = advice!(
    "The message must travel safely, and the other host could not prove itself or offered no encryption.",
    "Nothing was sent in the clear. Tell the receiver in another way; the fault is in the setting up of their host.",
    "这封信必须安全传送，而对方主机未能证明身份，或不支持加密。",
    "没有任何内容以明文发出。请用其他方式告知收件人，问题在对方主机的设置。"
);
const NOT_PROVEN: Advice = advice!(
    "The other host does not believe that the message really comes from your domain.",
    "Tell whoever looks after your mail: SPF, DKIM, DMARC or the name of the sending host need attention.",
    "对方主机不相信这封信确实来自您的域名。",
    "请告知您的邮件管理员：SPF、DKIM、DMARC 或发信主机的名称需要检查。"
);
const REFUSED: Advice = advice!(
    "The other host refuses the message by its rules.",
    "Read its words below: they often name the reason. Else reach the receiver in another way.",
    "对方主机按其规则拒绝了这封信。",
    "请看下面它的原话，里面常写明原因；否则请用其他方式联系收件人。"
);
const SHORT: Advice = advice!(
    "The other host cannot take the message at present.",
    "The fault is not in your message. Nothing needs to be done while it is still being tried.",
    "对方主机目前无法接收。",
    "问题不在您的邮件。系统仍在尝试时，您无需操作。"
);

#[cfg(test)]
mod tests {
    use super::*;

    fn check(reply: Reply, expected: Advice) {
        assert_eq!(advice(&reply), expected, "{reply}");
    }

    #[test]
    fn the_enhanced_code_tells_and_without_it_the_reply_code() {
        check(Reply::new(550, (5, 1, 1), "no such user"), NOBODY);
        check(Reply::new(452, (4, 2, 2), "full"), FULL);
        check(Reply::new(550, (5, 7, 26), "unauthenticated"), NOT_PROVEN);
        check(Reply::new(550, (5, 7, 30), "REQUIRETLS"), NOT_SAFE);
        check(Reply::new(550, (5, 7, 1), "spam"), REFUSED);
        check(Reply::plain(552, "too big"), TOO_LARGE);
        check(Reply::plain(451, "later"), SHORT);
        check(Reply::plain(550, "no"), REFUSED);
    }
}
