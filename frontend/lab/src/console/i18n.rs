//! The texts of the console in both languages.

use super::replies::ClientReaction;
use frontend::i18n::{Language, Locale};
use wire::console::EndReason;

frontend::texts! {
    /// The console's fixed texts.
    pub Texts {
        type_to_host: "模拟客户端", "Act as client";
        play_server: "模拟服务器", "Act as server";
        own_server: "连接我的服务器", "My server";
        lead: "像使用 telnet 或 openssl s_client 一样，逐行输入命令发给场景里的任何主机。每输入一行，场景都会重新运行，应答都是真实的。", "Type commands line by line to any host of the scenario, as with telnet or openssl s_client. The scenario runs again with every line, and the replies are real.";
        play_lead: "选择一台主机，替它应答。对面是真正的邮件客户端，看看它如何反应。", "Choose a host and answer in its place. The other side is a real mail client: see how it reacts.";
        own_lead: "这是你自己的服务器和账户。邮件会真的发出，但只能发给这台服务器上的地址。", "This is your own server and your own account. Messages are real, but can only be sent to addresses on this server.";
        own_sign_in: "请先登录邮箱，再用你的账户连接服务器。", "Sign in to the webmail to connect to your server with your account.";
        to_sign_in: "登录", "Sign in";
        sealed_way: "浏览器与服务器之间的连接已由 TLS 加密。", "The connection between this browser and the server is encrypted with TLS.";
        open_way: "浏览器与服务器之间的连接没有加密：在这里输入的密码可能被他人看到。", "The connection between this browser and the server is not encrypted: others on the network can read a password typed here.";
        none_on: "这台服务器没有启用任何邮件服务，没有可以连接的端口。", "No mail service is enabled on this server: there is no port to connect to.";
        switched_off: "未启用：", "Not enabled: ";
        sign_in_as: "仅可使用以下账户登录", "You can sign in only as";
        from: "源主机", "From host";
        host: "目标主机", "To host";
        port: "端口", "Port";
        person: "身份", "User";
        at: "时间", "Time";
        connect: "连接", "Connect";
        again: "重新连接", "Reconnect";
        close: "断开", "Disconnect";
        take_back: "撤回上一行", "Undo the last line";
        wait: "等待一分钟", "Wait one minute";
        seal: "进行 TLS 握手", "Start the TLS handshake";
        sealed: "—— TLS 握手完成，此后的内容已加密 ——", "— TLS handshake complete: everything below is encrypted —";
        input: "输入一行", "Line to send";
        say: "发送", "Send";
        empty_line: "（空行）", "(empty line)";
        hints: "接下来可以输入", "Suggested next lines";
        no_machine: "这个场景里没有可用的电脑。请在“搭建”里添加一台。", "This scenario has no computer to type on. Add one in Build.";
        meaning: "这一行的含义", "What this line means";
        meaning_hint: "点击任意一行查看含义。", "Select a line to see what it means.";
        no_meaning: "这一行没有说明。", "There is no explanation for this line.";
        unpacked: "base64 解码结果：", "Base64 decodes to";
        base64: "base64 工具", "Base64 tool";
        base64_hint: "base64 只是编码，任何人都能还原，不是加密。", "Base64 is an encoding that anybody can reverse. It is not encryption.";
        plain_text: "原文", "Text";
        packed_text: "base64", "Base64";
        insert: "填入输入框", "Insert into the line";
        auth_plain: "AUTH PLAIN 的内容", "AUTH PLAIN response";
        name: "用户名", "User name";
        password: "密码", "Password";
        copy: "复制对话", "Copy the dialogue";
        copied: "已复制", "Copied";
        show: "在播放器中显示", "Show in the player";
        shown: "已在播放器中显示", "Shown in the player";
        state: "会话状态", "Session state";
        over: "连接已关闭。", "The connection is closed.";
        over_handshake: "连接已关闭：这里主机等的是 TLS 握手，收到的却是文字。撤回上一行，再点“进行 TLS 握手”。", "The connection is closed: the host expected a TLS handshake here, and what came is text. Undo the last line, then choose “Start the TLS handshake”.";
        failed: "没有应答：", "No reply: ";
        not_connected: "尚未连接。", "Not connected.";

        serve: "开始", "Start";
        replies: "可选的应答", "Suggested replies";
        reply: "自定义应答", "Your own reply";
        client_waits: "客户端正在等待你的应答。", "The client is waiting for your reply.";
        client_waits_greeting: "客户端已连接，正在等待问候语。", "The client has connected and is waiting for the greeting.";
        nobody_there: "没有客户端在等待。", "No client is waiting.";
        decided: "已经发生", "What has happened so far";
        silence: "若始终不应答", "If you never reply";
        afterwards: "后续", "What happens next";
        nothing_after: "之后没有其他事件。", "Nothing else happens.";
        take_reply_back: "撤回上一条应答", "Undo the last reply";
        serve_host: "代替的主机", "Act as host";
    }
}

/// The texts in the current language; tracked.
pub fn texts(t: Locale) -> &'static Texts {
    Texts::of(t.language())
}

/// One of the texts in the current language; tracked.
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

/// How a client reacts to a reply.
pub fn then(language: Language, then: ClientReaction) -> &'static str {
    match then {
        ClientReaction::Continues => say(
            language,
            "客户端会继续下一条命令。",
            "The client continues with its next command.",
        ),
        ClientReaction::RetriesLater => say(
            language,
            "暂时失败：客户端保留邮件，稍后重试。",
            "Temporary failure: the client keeps the message and retries later.",
        ),
        ClientReaction::GivesUp => say(
            language,
            "永久失败：客户端放弃投递，并向发件人退信。",
            "Permanent failure: the client gives up and notifies the sender.",
        ),
        ClientReaction::GivesUpOne => say(
            language,
            "只放弃这一个收件人，其余继续。",
            "The client gives up on this recipient only and continues with the others.",
        ),
        ClientReaction::Leaves => say(language, "客户端会断开连接。", "The client disconnects."),
        ClientReaction::FallsBack => say(
            language,
            "客户端会改用 HELO。",
            "The client falls back to HELO.",
        ),
        ClientReaction::ContinuesLogin => say(
            language,
            "客户端会继续发送登录信息。",
            "The client continues with its login.",
        ),
    }
}

/// Why a console to the user's own server was closed.
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
            "这一行太长或包含换行，没有发送。",
            "The line was too long or contained a line break, and was not sent.",
        ),
        EndReason::LimitReached => say(
            language,
            "这条连接已达数据量上限，已断开。",
            "The connection reached its data limit and was closed.",
        ),
        EndReason::Idle => say(
            language,
            "十分钟没有输入，已断开。",
            "The connection was closed after ten minutes without input.",
        ),
        EndReason::TooMany => say(
            language,
            "已打开三个控制台，请先关闭一个。",
            "Three consoles are already open. Close one first.",
        ),
        EndReason::SignIn => say(
            language,
            "登录已经失效，请重新登录。",
            "Your session has expired. Sign in again.",
        ),
        EndReason::Disabled => say(
            language,
            "这台服务器没有启用此服务。请换一个端口，或联系管理员。",
            "This service is not enabled on this server. Choose another port or contact the administrator.",
        ),
        EndReason::Stopping => say(language, "服务器正在停机。", "The server is stopping."),
    }
}
