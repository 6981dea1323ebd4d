//! Reasons at the door: who comes, how often, for whom, and whether there is room; and what a host
//! answers to whom it does not let in.

use super::phrase::{Phrase, phrase};

pub(super) const PHRASES: &[Phrase] = &[
    // What weighs is told with its weight.
    phrase("door.weighs", "{r}: {w} points", "{0}：{1} 分"),
    phrase(
        "door.score",
        "{w} points: {t}; Junk from {w}, refused from {w}",
        "合计 {0} 分（{1}）；{2} 分起放进垃圾邮件，{3} 分起拒收",
    ),
    phrase(
        "door.score-none",
        "{w} points; Junk from {w}, refused from {w}",
        "合计 {0} 分；{1} 分起放进垃圾邮件，{2} 分起拒收",
    ),
    phrase(
        "door.score-refused",
        "{w} points: {t}; refused from {w}",
        "合计 {0} 分（{1}）；{2} 分起拒收",
    ),
    phrase("ptr.none", "{w} has no name (PTR)", "{0} 没有名字（PTR）"),
    phrase(
        "ptr.confirmed",
        "{w} is {w}, and {w} is {w}",
        "{0} 的名字是 {1}，{2} 也指回 {3}",
    ),
    phrase(
        "ptr.unknown",
        "{w}: its address is not known",
        "{0}：查不到它的地址",
    ),
    phrase(
        "ptr.unconfirmed",
        "{w} calls itself {w}, but that name does not lead back to it",
        "{0} 自称 {1}，可是这个名字并不指回它",
    ),
    phrase("helo.ours", "{w} is our own name", "{0} 是我们自己的名字"),
    phrase(
        "helo.literal",
        "{w} is the client's address",
        "{0} 正是客户端的地址",
    ),
    phrase(
        "helo.other-literal",
        "{w} is not the client's address {w}",
        "{0} 不是客户端的地址 {1}",
    ),
    phrase("helo.short", "{w} is no full domain", "{0} 不是完整的域名"),
    phrase(
        "helo.own-domain",
        "{w} is our own domain, and not {w}",
        "{0} 是我们自己的域，并不是 {1}",
    ),
    phrase(
        "helo.elsewhere",
        "{w} is known, but not as {w}",
        "DNS 认得 {0}，但它不是 {1}",
    ),
    phrase("helo.silent", "{w}: DNS does not answer", "{0}：DNS 不回答"),
    phrase("helo.unknown", "{w} is not known to DNS", "DNS 不认得 {0}"),
    phrase("list.not-on", "{w} is not on {t}", "{0} 不在 {1} 上"),
    phrase(
        "list.on-why",
        "{w} is on {w}: {w} ({t})",
        "{0} 在 {1} 上：{2}（“{3}”）",
    ),
    phrase("list.on", "{w} is on {w}: {w}", "{0} 在 {1} 上：{2}"),
    phrase("list.silent", "no answer from {t}", "{0} 没有回答"),
    phrase("list.denied", "not accepted here: {t}", "这里不收：“{0}”"),
    phrase(
        "list.denied-plain",
        "not accepted here, by decision of this host",
        "这台主机决定不收",
    ),
    phrase(
        "early",
        "{t} was said before the greeting",
        "还没等到问候就说了 {0}",
    ),
    phrase(
        "early.reply",
        "Speak after the greeting, not before it",
        "请等问候之后再说话",
    ),
    phrase(
        "greylist.known",
        "{w} came back before",
        "{0} 以前按时回来过",
    ),
    phrase(
        "greylist.back",
        "{t}: came back after {w} s",
        "{0}：过了 {1} 秒又来",
    ),
    phrase(
        "greylist.wait",
        "{t}: to come back in {w} s",
        "{0}：请 {1} 秒后再来",
    ),
    phrase(
        "greylist.reply",
        "you are new here; please try again in {w} seconds",
        "您是第一次来，请 {0} 秒后再试",
    ),
    phrase(
        "tarpit",
        "{w} refusals: the next answer waits {w} s",
        "已拒绝 {0} 次，下一句回答要等 {1} 秒",
    ),
    phrase(
        "rate.over",
        "more than {w} {r} in {w} s from {w}",
        "来自 {3} 的{1}在 {2} 秒内超过 {0}",
    ),
    phrase(
        "rate.reply",
        "too many {r}; try again in {w} seconds",
        "{0}太多，请 {1} 秒后再试",
    ),
    phrase("counted.connections", "connections", "连接"),
    phrase("counted.messages", "messages", "信"),
    phrase("counted.recipients", "recipients", "收件人"),
    phrase("counted.unknown", "unknown recipients", "不存在的收件人"),
    phrase("counted.errors", "errors", "错误"),
    phrase("counted.octets", "octets", "字节"),
    phrase(
        "quota.whole",
        "{w} octets, the quota is {w}",
        "信有 {0} 字节，配额只有 {1}",
    ),
    phrase(
        "quota.used",
        "{w} of {w} octets are used",
        "{1} 字节里已用了 {0}",
    ),
    phrase(
        "relay.passed",
        "{w} is in {w}, so mail for {w} is passed on",
        "{0} 属于 {1}，所以寄往 {2} 的信可以转出去",
    ),
    phrase(
        "recipient.forged",
        "this host did not write the address",
        "这个地址不是本机写出来的",
    ),
    phrase(
        "reply.not-yours",
        "<{w}> is not an address of yours",
        "<{0}> 不是您的地址",
    ),
    phrase(
        "right.not-yours",
        "{w} is not an address of {w}",
        "{0} 不是 {1} 的地址",
    ),
    phrase("right.network", "{w} from {w}", "{0}，来自 {1}"),
    phrase("login", "{w} by {w} with {r}", "{0} 用 {1} 登录，凭{2}"),
    phrase("login.password", "the account's password", "账户密码"),
    phrase("login.app", "the app password “{t}”", "应用密码“{0}”"),
    phrase(
        "login.shared",
        "the account's shared secret",
        "账户的共享密钥",
    ),
    phrase("login.token", "an access token", "访问令牌"),
    phrase(
        "loop.hops",
        "more than {w} Received lines",
        "Received 行超过 {0} 条",
    ),
    phrase(
        "header.large",
        "the header of a message may have {w} octets here",
        "这里的信头最多 {0} 字节",
    ),
    phrase(
        "message.octets",
        "a message may have {w} octets here",
        "这里的信最多 {0} 字节",
    ),
    phrase(
        "message.recipients",
        "a message may have {w} recipients here",
        "这里一封信最多 {0} 个收件人",
    ),
    // What it answers.
    phrase("reply.refused", "refused: {r}", "拒收：{0}"),
    phrase(
        "reply.nobody",
        "<{w}>: nobody has this address here",
        "这里没有人用 <{0}> 这个地址",
    ),
    phrase(
        "reply.whole-mailbox",
        "<{w}>: the message is larger than the whole mailbox may be",
        "信比 <{0}> 的整个邮箱配额还大",
    ),
    phrase(
        "reply.full",
        "<{w}>: the mailbox is full",
        "<{0}> 的邮箱满了",
    ),
    phrase("reply.forged", "<{w}>: {r}", "<{0}>：{1}"),
    phrase(
        "reply.hops",
        "the message has passed too many hosts: it loops",
        "这封信经过的主机太多：它在兜圈子",
    ),
    phrase(
        "reply.alias-loop",
        "the message has been through this alias before: it loops",
        "这封信已经走过这个别名：它在兜圈子",
    ),
    phrase(
        "reply.relay",
        "mail for {w} is not taken here: relaying is refused",
        "这里不收寄往 {0} 的信：拒绝中继",
    ),
    phrase(
        "reply.percent",
        "mail is not passed on by way of the local part: relaying is refused",
        "不按地址的本地部分转信：拒绝中继",
    ),
    phrase(
        "reply.notice",
        "a message from <> is a notice and has one recipient",
        "寄件人为 <> 的是通知，只能寄给一人",
    ),
    phrase(
        "reply.no-room",
        "no space is left here; try again later",
        "这里没有空间了，请以后再试",
    ),
    phrase(
        "reply.cannot-keep",
        "this host cannot keep the message now; try again later",
        "这台主机现在存不下信，请以后再试",
    ),
    phrase(
        "reply.spf",
        "{w} does not let this host send in its name (SPF)",
        "{0} 不许这台主机以它的名义发信（SPF）",
    ),
    phrase(
        "reply.spf-explained",
        "{r}; {w} explains: {t}",
        "{0}；{1} 的说明：“{2}”",
    ),
    phrase(
        "reply.dmarc",
        "{w} wants messages refused that it does not vouch for, and it does not vouch for this one (DMARC)",
        "{0} 要求拒收它不作保的信，而它不为这封信作保（DMARC）",
    ),
];
