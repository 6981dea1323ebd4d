//! Every word of the Lab's pages, Chinese and English side by side; the texts of scenarios are in
//! their files. Complete by compilation.

use crate::state::route::Mode;
use frontend::i18n::{Language, Locale};
use sim::scenario::Part;

frontend::texts! {
    /// All fixed texts of the Lab.
    pub Texts {
        lab: "实验室", "The Lab";
        product: "玻璃邮局", "Glasspost";
        hero: "一整个可以暂停、弄坏、看懂的邮件互联网", "A whole Internet of mail to pause, break and understand";
        hero_lead: "每一幕都由真正的邮件服务器演出：您看到的每一行，都是它真的说过的话。先猜，再看，再改。", "Every scene is played by the real mail server: each line you see was really said. Predict, watch, then change it.";
        to_mail: "回到邮箱", "Back to the mail";
        to_lab: "全部场景", "All scenarios";
        language: "语言", "Language";
        theme: "外观", "Appearance";
        loading: "正在载入…", "Loading…";
        lost: "这里没有页面", "There is no page here";
        retry: "再试一次", "Try again";

        find: "按编号或词语查找", "Find by number or word";
        find_nothing: "没有这样的场景。换个词，或输入编号试试。", "No scenario fits. Try another word, or a number.";
        tracks: "路线", "Tracks";
        tracks_hint: "为一类学习者选好的次序。", "Scenarios in an order, for one kind of learner.";
        whole_collection: "全部", "The whole collection";
        done: "已完成", "done";
        begun: "已开始", "begun";
        fresh: "还没开始", "not begun";
        catalogue_failed: "场景目录没有载入成功。请检查网络，再试一次。", "The catalogue could not be loaded. Check the network and try again.";
        catalogue_broken: "场景目录读不出来。请重新安装玻璃邮局，或告诉管理员。", "The catalogue cannot be read. Install Glasspost again, or tell its administrator.";
        no_such_scenario: "没有这个编号的场景", "There is no scenario of this number";

        modes: "怎么学", "Modes";
        running: "正在演…", "Playing it through…";
        scenario_failed: "场景文件没有载入成功。请检查网络，再试一次。", "The scenario could not be loaded. Check the network and try again.";
        engine_failed: "演出引擎没有载入成功。请检查网络，再试一次。", "The engine could not be loaded. Check the network and try again.";
        engine_died: "演到一半，引擎停了。这是我们的错；可以取消刚才的改动，或再试一次。", "The engine stopped in the middle of the run. The fault is ours: take your last change back, or try again.";
        too_long: "这次演出十秒还没结束，已经停下。多半是改动引出了没完没了的来回；取消刚才的改动再试。", "This run was not over after ten seconds and was stopped. Most likely a change makes hosts answer each other for ever: take it back and try again.";
        refused: "这样演不了：", "It cannot be played like this:";
        start_over: "取消全部改动", "Take all changes back";
        answer_broken: "引擎的答复看不懂：页面和引擎不是同一个版本。请重新载入页面。", "The engine's answer is not understood: page and engine are of different versions. Load the page anew.";

        lead: "这一幕", "What happens";
        lesson: "看完应当知道", "What one knows afterwards";
        hide: "收起", "Put away";
        next_scenario: "下一幕", "Next";
        predict_now: "先猜一猜", "Predict it";
        change_it: "改一改再看", "Change it and watch again";

        predict_lead: "放映会停在关键的一句之前。先说出您的预测，再看真的发生了什么。", "Playback stops before the decisive line. Say what you expect, then see what really happens.";
        predict_start: "开始放映", "Start";
        predict_go_on: "继续放映", "Go on";
        predict_wait: "放映到这里会停下来问您。", "Playback will stop here and ask you.";
        you_said: "您的预测", "You said";
        truth: "真的发生了", "What happened";
        right: "猜对了", "That is right";
        wrong: "和您想的不一样", "It went otherwise";
        none_right: "这次的改动让原来的选项都不成立。真的发生的是：", "After your change none of the answers holds. What happened is:";
        also_right: "这一次还有别的选项也成立。", "In this run another answer holds as well.";
        no_questions: "这一幕没有预测题。", "Nothing is asked about this scenario.";
        questions_gone: "改动之后，这一幕再也走不到原来提问的地方。", "After your changes the run never comes to what was asked.";
        all_answered: "题目都答完了。放到结尾，看看学到了什么。", "Everything is answered. Play to the end and see what it comes to.";
        ask_again: "重新作答", "Answer again";

        tweak_lead: "选一处改动，这一幕会从头真的再演一遍。", "Choose a change: the whole scene is really played anew.";
        tweaks: "改动", "Changes";
        cards: "故障卡", "Fault cards";
        cards_lead: "在眼下这一刻发生，和没有发生的那一次并排放映。", "It happens at the present moment, and is shown beside the run without it.";
        moment: "眼下", "Now";
        what_if: "如果此刻……", "What if, just now …";
        compare: "并排对照", "Side by side";
        keep: "就这样改", "Keep it";
        take_back: "拿掉", "Remove";
        changed: "已改动", "Changed";
        without: "没有改动", "Without";
        with: "改动之后", "With the change";
        no_difference: "两次演出没有差别。", "The two runs do not differ.";
        first_difference: "第一处不同", "The first difference";
        go_there: "看那一刻", "Go there";
        no_tweaks: "这一幕没有现成的改动。", "This scenario proposes no changes.";
        outcome: "结局", "How it ends";
        outcome_nothing: "没有信留在任何地方。", "No message is left anywhere.";

        broken_world: "坏掉的世界", "The broken world";
        exercise_lead: "先修好它，再读为什么。只看结果，不看用了什么办法。", "Mend it first, then read why. Only what comes of it counts, not how you did it.";
        begin_exercise: "开始", "Begin";
        leave_exercise: "离开练习", "Leave the exercise";
        hint: "给我一个提示", "Give me a hint";
        no_more_hints: "提示都给了。", "There are no more hints.";
        solution: "看一种解法", "Show one solution";
        solved: "修好了！", "Mended!";
        not_solved: "还没修好", "Not mended yet";
        only_seems: "看起来管用、其实不行的办法", "What only seems to mend it";
        goal: "还差什么", "What is still missing";
        mend_with: "用什么修", "Tools";
        edit_records: "编辑记录和主机", "Edit records and hosts";
        no_exercises: "这一幕没有练习。", "This scenario has no exercise.";

        present_lead: "投影给全班看：大字、全屏，翻页笔可用。", "For a projector: large type, full screen, a presenter's remote works.";
        full_screen: "全屏", "Full screen";
        zoom_level: "固定远近", "Fix the level";
        zoom_free: "不固定", "Not fixed";
        class_link: "发给全班的链接", "Link for the class";
        copy: "复制", "Copy";
        copied: "已复制", "Copied";
        vote: "全班表决", "Ask the class";
        vote_first: "第一轮：各想各的，先不讨论", "Round one: everybody alone, no talking";
        vote_talk: "第一轮结束。和邻座讨论，说服对方。", "Round one is closed. Talk to your neighbour and convince each other.";
        vote_second: "第二轮：讨论之后再举手", "Round two: hands again, after talking";
        vote_truth: "看看真的发生了什么", "Now see what happens";
        close_round: "这一轮结束", "Close the round";
        begin_second: "开始第二轮", "Begin round two";
        show_truth: "揭晓", "Show the truth";
        hands: "举手人数", "Hands";
        one_more: "加一", "One more";
        one_less: "减一", "One less";
        round_one: "第一轮", "Round one";
        round_two: "第二轮", "Round two";
        skip_vote: "跳过", "Skip";
        keys_hint: "空格 播放 · PageDown/PageUp 翻页笔 · 1–4 远近 · B 黑屏 · F 大字", "Space plays · PageDown/PageUp the remote · 1–4 level · B blank · F large";

        build: "搭建", "Build";
        build_lead: "这一幕由这些主机、人和记录搭成。", "The scene is made of these hosts, people and records.";
        hosts: "主机", "Hosts";
        records: "域名记录", "DNS records";
        people: "信箱", "Mailboxes";
    }
}

/// The texts in the current language; tracked.
pub fn texts(t: Locale) -> &'static Texts {
    Texts::of(t.language())
}

/// A word of the Lab's table, followed: what views bind.
pub fn of(
    t: Locale,
    word: fn(&'static Texts) -> &'static str,
) -> impl Fn() -> &'static str + Copy + Send + Sync + 'static {
    move || word(texts(t))
}

/// A mode's name.
pub fn mode(language: Language, mode: Mode) -> &'static str {
    let (zh, en) = match mode {
        Mode::Watch => ("观看", "Watch"),
        Mode::Predict => ("预测", "Predict"),
        Mode::Tweak => ("改动", "Tweak"),
        Mode::Build => ("搭建", "Build"),
        Mode::Console => ("动手", "Console"),
        Mode::Mend => ("修理", "Mend"),
        Mode::Present => ("讲解", "Present"),
    };
    if language == Language::Chinese {
        zh
    } else {
        en
    }
}

/// A part's name.
pub fn part(language: Language, part: Part) -> &'static str {
    let (zh, en) = match part {
        Part::Basics => ("角色与基础", "Roles and basics"),
        Part::Submission => (
            "提交、认证、加密与端口",
            "Submission, authentication, TLS, ports",
        ),
        Part::Routing => ("域名与路由", "DNS and routing"),
        Part::Policy => ("接收策略", "Inbound policy"),
        Part::Authenticity => (
            "SPF、DKIM、DMARC 与转发",
            "SPF, DKIM, DMARC, indirect flows",
        ),
        Part::Queue => ("队列与失败", "Queue and failure"),
        Part::Content => ("内容与扩展", "Content and extensions"),
        Part::Mailbox => ("信箱这一边", "Mailbox side"),
    };
    if language == Language::Chinese {
        zh
    } else {
        en
    }
}

/// `8 scenarios`
pub fn scenarios(language: Language, count: usize) -> String {
    match (language, count) {
        (Language::Chinese, n) => format!("{n} 幕"),
        (Language::English, 1) => "1 scenario".to_owned(),
        (Language::English, n) => format!("{n} scenarios"),
    }
}

/// `3 questions`
pub fn questions(language: Language, count: usize) -> String {
    match (language, count) {
        (Language::Chinese, n) => format!("{n} 道预测题"),
        (Language::English, 1) => "1 question".to_owned(),
        (Language::English, n) => format!("{n} questions"),
    }
}

/// `about 45 min`
pub fn minutes(language: Language, minutes: u32) -> String {
    match language {
        Language::Chinese => format!("约 {minutes} 分钟"),
        Language::English => format!("about {minutes} min"),
    }
}

/// `Question 2 of 3`
pub fn question_of(language: Language, number: usize, all: usize) -> String {
    match language {
        Language::Chinese => format!("第 {number} 题，共 {all} 题"),
        Language::English => format!("Question {number} of {all}"),
    }
}

/// `7 of 22 done`
pub fn done_of(language: Language, done: usize, all: usize) -> String {
    match language {
        Language::Chinese => format!("已完成 {done}/{all}"),
        Language::English => format!("{done} of {all} done"),
    }
}

/// `2 messages: “Hello”, “Again”`
pub fn messages(language: Language, subjects: &[String]) -> String {
    let named: Vec<String> = match language {
        Language::Chinese => subjects.iter().map(|s| format!("《{s}》")).collect(),
        Language::English => subjects.iter().map(|s| format!("“{s}”")).collect(),
    };
    match (language, subjects.len()) {
        (Language::Chinese, n) => format!("{n} 封：{}", named.join("、")),
        (Language::English, 1) => format!("1 message: {}", named.join(", ")),
        (Language::English, n) => format!("{n} messages: {}", named.join(", ")),
    }
}

/// `3 messages wait in the queue`
pub fn waiting(language: Language, count: usize) -> String {
    match (language, count) {
        (Language::Chinese, n) => format!("{n} 封在队列里等"),
        (Language::English, 1) => "1 message waits in the queue".to_owned(),
        (Language::English, n) => format!("{n} messages wait in the queue"),
    }
}

/// `line 3, column 1`
pub fn place(language: Language, (line, column): (usize, usize)) -> String {
    match language {
        Language::Chinese => format!("第 {line} 行第 {column} 列"),
        Language::English => format!("line {line}, column {column}"),
    }
}
