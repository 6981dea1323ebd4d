//! The words that take no arguments: Chinese, then English.

texts! {
    /// All fixed words of the webmail.
    pub Texts {
        product: "玻璃邮局", "Glasspost";
        motto: "看得见每一步的邮局", "The post office you can see through";
        loading: "正在载入…", "Loading…";
        lost: "这里没有页面", "There is no page here";
        to_inbox: "回到收件箱", "To the inbox";
        retry: "再试一次", "Try again";
        retry_now: "立即重连", "Reconnect now";
        offline: "连接已断开，正在重连。您写的内容都会保留。", "Connection lost, reconnecting. Nothing you type is lost.";
        unreachable: "连接不上邮局", "The post office cannot be reached";
        unreachable_hint: "请检查网络，或稍后再试。", "Check the network, or try again in a moment.";

        sign_in: "登录", "Sign in";
        signing_in: "正在登录…", "Signing in…";
        sign_out: "退出登录", "Sign out";
        address: "邮箱地址", "Email address";
        password: "密码", "Password";
        show_password: "显示密码", "Show password";
        remember: "在这台设备上保持登录", "Stay signed in on this device";

        lab: "实验室", "The Lab";
        lab_open: "不用账户，先看看信是怎么走的", "See how a message travels, no account needed";

        language: "语言", "Language";
        settings: "设置", "Settings";
        settings_hint: "这些设置只保存在这台设备上。", "These settings are kept on this device only.";
        theme: "外观", "Appearance";
        theme_system: "跟随系统", "As the system";
        theme_light: "浅色", "Light";
        theme_dark: "深色", "Dark";
        density: "列表疏密", "List density";
        density_airy: "宽松", "Comfortable";
        density_compact: "紧凑", "Compact";
        writing: "写信", "Writing";
        reading: "读信", "Reading";
        signature: "签名", "Signature";
        signature_hint: "写新信和回信时，签名会放在正文下面。", "Placed below the text of new messages and replies.";
        notify: "来信时显示系统通知", "Show a system notice for new messages";
        notify_hint: "只在您没有看着这个标签页时提醒。", "Only while you are not looking at this tab.";
        notify_refused: "浏览器不允许通知，请在浏览器的网站设置里打开。", "The browser does not allow notices. You can allow them in its site settings.";
        shortcuts: "单键快捷键", "Single-key shortcuts";
        shortcuts_hint: "例如 j、k 上下移动，c 写信。按 ? 查看全部。", "Such as j and k to move, c to write. Press ? for all of them.";
        account: "账户", "Account";

        folders: "文件夹", "Folders";
        own_folders: "我的文件夹", "My folders";
        inbox: "收件箱", "Inbox";
        drafts: "草稿", "Drafts";
        sent: "已发送", "Sent";
        archive_folder: "归档", "Archive";
        junk_folder: "垃圾邮件", "Junk";
        trash: "已删除", "Trash";
        starred: "已加星标", "Starred";
        new_folder: "新建文件夹", "New folder";
        rename_folder: "重命名文件夹", "Rename folder";
        remove_folder: "删除文件夹", "Delete folder";
        folder_name: "名称", "Name";
        folder_levels: "用 / 分层，例如“课程/作业”。", "Use / for levels, such as “Courses/Homework”.";
        find_folder: "查找文件夹", "Find a folder";
        rename: "重命名", "Rename";
        create: "新建", "Create";

        search: "搜索", "Search";
        search_hint: "搜索邮件", "Search mail";
        search_clear: "清除搜索", "Clear search";
        results: "搜索结果", "Search results";
        messages_list: "邮件列表", "MessageTexts";
        list_width: "列表宽度", "Width of the list";
        actions: "操作", "Actions";
        choose: "选择", "Select";
        choose_all: "选择已载入的全部邮件", "Select all loaded messages";
        unread_spoken: "未读，", "Unread, ";
        draft: "草稿", "Draft";
        answered: "已回复", "Answered";
        forwarded: "已转发", "Forwarded";
        no_subject: "（无主题）", "(no subject)";

        nothing_found: "没有找到邮件", "Nothing found";
        nothing_found_hint: "试试更少的字，或去掉一个筛选条件。", "Try fewer words, or take a filter away.";
        inbox_empty: "收件箱空了", "The inbox is empty";
        inbox_empty_hint: "新来信会立刻出现在这里。", "New messages appear here at once.";
        drafts_empty: "没有草稿", "No drafts";
        drafts_empty_hint: "没写完的信会自动留在这里。", "MessageTexts you have not finished are kept here by themselves.";
        sent_empty: "还没有寄出过信", "Nothing sent yet";
        sent_empty_hint: "寄出的信留在这里，可以看到它们走到了哪里。", "MessageTexts you send stay here, and you can see where they have got to.";
        trash_empty: "没有已删除的邮件", "The trash is empty";
        trash_empty_hint: "删除的邮件先放在这里，还可以取回。", "Deleted messages rest here first and can be taken back.";
        junk_empty: "没有垃圾邮件", "No junk";
        junk_empty_hint: "被判为垃圾的邮件会放在这里。", "MessageTexts taken for junk are put here.";
        folder_empty: "这个文件夹是空的", "This folder is empty";
        folder_empty_hint: "用“移动”（v）把邮件放进来。", "Put messages here with Move (v).";

        message: "邮件", "Message";
        no_message_open: "选一封信来读", "Choose a message to read";
        back: "返回列表", "Back to the list";
        compose: "写信", "Compose";
        reply: "回复", "Reply";
        reply_all: "回复全部", "Reply to all";
        forward: "转发", "Forward";
        archive: "归档", "Archive";
        delete: "删除", "Delete";
        delete_permanently: "彻底删除", "Delete for good";
        junk: "标为垃圾邮件", "Mark as junk";
        not_junk: "不是垃圾邮件", "Not junk";
        move_to: "移动到…", "Move to…";
        star: "加星标", "Star";
        unstar: "取消星标", "Remove star";
        mark_read: "标为已读", "Mark as read";
        mark_unread: "标为未读", "Mark as unread";
        source: "查看原文", "View source";
        from: "发件人", "From";
        to: "收件人", "To";
        cc: "抄送", "Cc";
        bcc: "密送", "Bcc";
        cc_bcc: "抄送/密送", "Cc/Bcc";
        reply_to: "回复到", "Reply to";
        date: "日期", "Date";
        size_of: "大小", "Size";
        all_headers: "全部信头", "All header fields";
        quoted_text: "引用的内容", "Quoted text";
        looks_alike: "这个域名混用了不同文字的字母，可能在冒充另一个域名。", "This domain mixes letters of different scripts and may imitate another one.";
        looks_alike_short: "可疑域名", "Look-alike domain";
        remote_blocked: "为保护隐私，没有载入外部图片。", "Remote images were not loaded, to protect your privacy.";
        remote_show: "显示图片", "Show images";
        show_plain: "只看纯文本", "Show plain text";
        show_html: "显示原排版", "Show formatting";
        journey: "旅程", "Journey";
        watch_journey: "看它怎么来的", "Watch its journey";
        delivery: "投递情况", "Delivery";
        download: "下载", "Download";
        unnamed_file: "未命名文件", "Unnamed file";

        new_message: "新邮件", "New message";
        subject: "主题", "Subject";
        text: "正文", "Text";
        suggestions: "地址建议", "Suggested addresses";
        attach: "添加附件", "Attach files";
        drop_here: "松开鼠标，添加为附件", "Drop to attach";
        discard: "丢弃这封信", "Discard this message";
        close_writing: "存为草稿并关闭", "Keep as draft and close";
        lay_aside: "收起", "Minimise";
        take_up: "展开", "Open again";
        larger: "放大", "Larger";
        smaller: "缩小", "Smaller";
        saving: "未保存", "Not saved yet";
        saved: "草稿已保存", "Draft saved";
        send: "发送", "Send";
        sending: "正在发送…", "Sending…";
        send_lost: "发送时连接断开，不确定邮局是否已收到。重发之前请先看看“已发送”。", "The connection broke while sending, so it is not certain that the message was accepted. Look in Sent before you send it again.";
        still_uploading: "附件还在上传，请稍候。", "Attachments are still on their way up.";
        missing_attachment_title: "是不是忘了附件？", "Did you forget an attachment?";
        missing_attachment: "正文提到了附件，但这封信没有附件。", "The text speaks of an attachment, but none is attached.";
        send_anyway: "仍然发送", "Send anyway";
        draft_kept: "已存为草稿", "Kept as a draft";
        writing_restored: "上次没写完的信已恢复", "The message you were writing is back";

        stand_accepted: "邮局已接收", "Accepted";
        stand_waiting: "等待重试", "Waiting";
        stand_delivered: "已送达", "Delivered";
        stand_failed: "投递失败", "Failed";
        sent_accepted: "已发送，邮局已接收", "Sent and accepted";

        notices: "通知", "Notices";
        undo: "撤销", "Undo";
        undone: "已撤销", "Undone";
        close: "关闭", "Close";
        cancel: "取消", "Cancel";
        erase_warning: "彻底删除后无法取回。", "This cannot be taken back.";
        skip: "跳到邮件列表", "Skip to the messages";

        keyboard: "快捷键", "Keyboard shortcuts";
        key_escape: "关闭、取消选择、返回", "Close, deselect, go back";
        key_next: "下一封", "Next message";
        key_previous: "上一封", "Previous message";
        key_open: "打开", "Open";
        key_select: "选择或取消选择", "Select or deselect";
        key_undo: "撤销移动", "Undo a move";
        key_help: "显示快捷键", "Show shortcuts";
        go_inbox: "去收件箱", "Go to inbox";
        go_starred: "去已加星标", "Go to starred";
        go_sent: "去已发送", "Go to sent";
        go_drafts: "去草稿", "Go to drafts";
        go_archive: "去归档", "Go to archive";

        role_mua: "写信与读信", "User agent";
        role_msa: "收寄", "Submission";
        role_mta: "转运", "Transfer";
        role_mda: "分拣投递", "Delivery";
        role_mra: "取信", "Retrieval";
        role_dns: "查地址", "Name server";

        problem_lost: "连接中断，这一步没有完成。", "The connection broke before this was done.";
        problem_sign_in: "登录已过期，请重新登录。", "You are no longer signed in.";
        problem_credentials: "地址或密码不对。", "The address or the password is wrong.";
        problem_gone: "邮件或文件夹已经不在了。", "The message or folder is no longer there.";
        problem_no_recipient: "请填写收件人。", "Please say who it is for.";
        problem_too_large_plain: "太大了，邮局不接收。", "It is larger than this server allows.";
        problem_exists: "已有同名文件夹。", "A folder of this name exists.";
        problem_protected: "这个文件夹不能这样改动。", "This cannot be done with this folder.";
        problem_quota: "邮箱已满，请先删除一些邮件。", "The mailbox is full. Delete some messages first.";
        problem_malformed: "页面与服务器版本不一致，请刷新页面。", "This page and the server are of different versions. Reload the page.";
    }
}
