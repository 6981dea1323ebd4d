//! Every word of the console, Chinese and English side by side.

use super::replies::ClientReaction;
use frontend::i18n::{Language, Locale};
use wire::console::EndReason;

frontend::texts! {
    /// The console's fixed texts.
    pub Texts {
        type_to_host: "自己当客户端", "Be the client";
        play_server: "自己当服务器", "Be the server";
        own_server: "连自己的服务器", "My own server";
        lead: "像 telnet 或 openssl s_client 那样，一行一行打给场景里的任何一台主机。每打一行，这一幕就重演一遍，答复都是真的。", "Type line by line to any host of the scenario, as one does with telnet or openssl s_client. With each line the scene is played anew, and the replies are true.";
        play_lead: "选一台主机，替它回话；对面是真的邮件客户端，看它怎么应对。", "Choose a host and answer in its place. The other side is a real mail client: see what it does.";
        own_lead: "这是您自己的服务器，用您自己的账户。这里的信是真的，但只能写给这台服务器上的地址。", "This is your own server, with your own account. MessageTexts are real, but go to addresses of this server only.";
        own_sign_in: "登录邮箱之后，可以在这里用自己的账户连自己的服务器。", "Sign in to the webmail to connect to your own server with your own account here.";
        to_sign_in: "去登录", "Sign in";
        sealed_way: "浏览器到服务器的这一段已经由浏览器的 TLS 加密。", "The way from this browser to the server is sealed by the browser's own TLS.";
        open_way: "浏览器到服务器的这一段没有加密：在这里打的密码，路上的人都看得到。", "The way from this browser to the server is not sealed: whoever is on it can read the password that you type here.";
        none_on: "这台服务器没有打开任何邮件服务，没有可以连接的端口。", "No mail service is switched on at this server: there is no port to connect to.";
        switched_off: "没有打开：", "Switched off here: ";
        sign_in_as: "您能登录的只有", "You can sign in only as";
        from: "在哪台机器上", "On the machine";
        host: "连到主机", "To the host";
        port: "端口", "Port";
        person: "以谁的身份", "As";
        at: "什么时候", "When";
        connect: "连接", "Connect";
        again: "重新连接", "Connect anew";
        close: "断开", "Hang up";
        take_back: "收回上一行", "Take back the last line";
        wait: "等一分钟", "Wait a minute";
        seal: "完成 TLS 握手", "Make the TLS handshake";
        sealed: "—— TLS 握手完成，下面的话路上没有人读得懂 ——", "— TLS handshake done: nobody on the way can read what follows —";
        input: "要说的一行", "A line to say";
        say: "发送", "Send";
        empty_line: "（空行）", "(empty line)";
        hints: "接下来可以打", "What one might type next";
        no_machine: "这一幕里没有可以坐下来打字的机器。请在“搭建”里添加一台。", "There is no machine to type on in this scenario. Add one in Build.";
        meaning: "这一行是什么意思", "What this line means";
        meaning_hint: "点任何一行，看它的意思。", "Choose a line to see what it means.";
        no_meaning: "这一行没有说明。", "There is no explanation for this line.";
        unpacked: "base64 里装着", "In the base64 stands";
        base64: "base64 帮手", "Base64";
        base64_hint: "base64 只是换一种写法，谁都能还原，不是加密。", "Base64 is only another way of writing: anybody can undo it. It is no encryption.";
        plain_text: "原文", "Text";
        packed_text: "base64", "Base64";
        insert: "放进输入框", "Put it into the line";
        auth_plain: "AUTH PLAIN 的那一行", "The line of AUTH PLAIN";
        name: "用户名", "Name";
        password: "密码", "Password";
        copy: "复制对话", "Copy the dialogue";
        copied: "已复制", "Copied";
        show: "放上舞台", "Show it on the stage";
        shown: "已在舞台上", "It is on the stage";
        state: "会话状态", "State";
        over: "连接已经关闭。", "The connection is closed.";
        failed: "没有答复：", "There is no answer: ";
        not_connected: "还没有连接。", "Not connected yet.";

        serve: "开始", "Begin";
        replies: "可以这样回答", "You might reply";
        reply: "自己写一句答复", "A reply of your own";
        client_waits: "客户端在等您的答复。", "The client waits for your reply.";
        client_waits_greeting: "客户端连上来了，在等您先开口。", "The client has connected, and waits for you to speak first.";
        nobody_there: "没有客户端在等。", "No client is waiting.";
        decided: "已经发生的", "What has come of it so far";
        silence: "如果一直不回答", "If you never reply";
        afterwards: "后来怎样", "What happens afterwards";
        nothing_after: "没有别的事了。", "Nothing more happens.";
        take_reply_back: "收回上一句答复", "Take back the last reply";
        serve_host: "替哪台主机回答", "In the place of the host";
    }
}

/// The texts in the current language; tracked.
pub fn texts(t: Locale) -> &'static Texts {
    Texts::of(t.language())
}

/// A word, followed.
pub fn of(
    t: Locale,
    word: fn(&'static Texts) -> &'static str,
) -> impl Fn() -> &'static str + Copy + Send + Sync + 'static {
    move || word(texts(t))
}

fn say(language: Language, zh: &'static str, en: &'static str) -> &'static str {
    if language == Language::Chinese {
        zh
    } else {
        en
    }
}

/// `Connection 2`
pub fn connection(language: Language, number: usize) -> String {
    match language {
        Language::Chinese => format!("第 {number} 条连接"),
        Language::English => format!("Connection {number}"),
    }
}

/// What a client does with a reply.
pub fn then(language: Language, then: ClientReaction) -> &'static str {
    match then {
        ClientReaction::GoesOn => say(
            language,
            "它会继续下一步。",
            "It goes on to its next command.",
        ),
        ClientReaction::ComesAgain => say(
            language,
            "暂时的失败：它留着信，过一阵再来。",
            "A failure for now: it keeps the message and comes again later.",
        ),
        ClientReaction::GivesUp => say(
            language,
            "永久的失败：它放弃这封信，退信告诉寄信人。",
            "A failure for good: it gives the message up and tells the sender.",
        ),
        ClientReaction::GivesUpOne => say(
            language,
            "只放弃这一个收信人，其余的继续。",
            "It gives up this recipient only; the others go on.",
        ),
        ClientReaction::Leaves => say(language, "它会挂断。", "It hangs up."),
        ClientReaction::FallsBack => say(
            language,
            "它会改用老式的 HELO。",
            "It falls back to the old HELO.",
        ),
        ClientReaction::SaysMore => say(
            language,
            "它会接着说登录信息。",
            "It says more of its login.",
        ),
    }
}

/// Why a console to one's own server is over.
pub fn over(language: Language, over: EndReason) -> &'static str {
    match over {
        EndReason::Closed => say(
            language,
            "服务器关闭了连接。",
            "The server closed the connection.",
        ),
        EndReason::Handshake => say(language, "TLS 握手没有成功。", "The TLS handshake failed."),
        EndReason::Malformed => say(
            language,
            "这一行太长，或者里面有换行，没有送出去。",
            "The line was too long or had a line end in it, and was not sent.",
        ),
        EndReason::LimitReached => say(
            language,
            "这条连接上说得够多了，已经断开。",
            "So much was said on this connection that it was closed.",
        ),
        EndReason::Idle => say(
            language,
            "十分钟没有打字，已经断开。",
            "Nothing was typed for ten minutes, so it was closed.",
        ),
        EndReason::TooMany => say(
            language,
            "您已经开着三个控制台。先关掉一个。",
            "You have three consoles open. Close one first.",
        ),
        EndReason::SignIn => say(
            language,
            "登录已经失效，请重新登录。",
            "You are no longer signed in. Sign in again.",
        ),
        EndReason::Disabled => say(
            language,
            "这台服务器上没有开这项服务。换一个端口，或请管理员打开。",
            "This service is switched off on this server. Choose another port, or ask its administrator.",
        ),
        EndReason::Stopping => say(language, "服务器正在停机。", "The server is stopping."),
    }
}
