//! The open message: actions, header, journey strip, attachments, body.

use crate::app::{Dialog, use_app};
use crate::bind::{boolean, click, memo, part, static_text, text};
use crate::i18n::{label, use_locale};
use crate::pages::attachments::Attachments;
use crate::pages::message_html::HtmlBody;
use crate::pages::message_notes::{Authenticity, Event, ReportedMessage, Warnings};
use crate::pages::message_print::PrintHead;
use crate::pages::toolbar::Actions;
use crate::parts::delivery::RecipientStatuses;
use crate::parts::icon::{Icon, IconButton};
use crate::parts::people::People;
use crate::parts::prose::{Prose, marked};
use crate::parts::stamp::Stamp;
use crate::parts::strip::Strip;
use crate::state::address::{host, is_misleading, looks_alike, readable, shown};
use crate::state::files::{FileType, file_type};
use crate::state::list::Source;
use crate::state::reply::ReplyKind;
use crate::state::text::beginning;
use crate::web::page;
use leptos::prelude::*;
use mail::SpecialUse;
use std::sync::Arc;
use wire::{Attachment, Contact, FolderKind, MessageView};

/// Bytes of a plain text that are shown at once; more take seconds, so the reader asks for them.
const TEXT_SHOWN_AT_ONCE: usize = 100_000;

/// An open message.
#[component]
pub fn Message(
    /// The message.
    message: Arc<MessageView>,
) -> impl IntoView {
    let (app, t) = (use_app(), use_locale());
    let words = app.rows.with_untracked(|rows| match rows.source() {
        Source::Search { query, .. } => crate::state::search::marked(query),
        Source::Folder(_) => Vec::new(),
    });
    let subject = if message.row.subject.is_empty() {
        view! { <i>{t.of(|w| w.no_subject)}</i> }.into_any()
    } else {
        marked(&message.row.subject, &words)
    };
    let sent = app.folders.with_untracked(|f| {
        f.as_ref()
            .is_some_and(|f| f.kind(message.row.folder) == FolderKind::Special(SpecialUse::Sent))
    });
    let id = message.row.id;
    // On a narrow screen the message replaces the list and takes the focus.
    page::focus_if_lost(|| {
        page::focus(".reading h1");
    });
    view! {
        <Bar message=message.clone()/>
        <article class="message">
            <h1 tabindex="-1" dir="auto">{subject}</h1>
            <Head message=message.clone()/>
            <Warnings message=message.clone()/>
            {message.report.map(|report| view! { <ReportedMessage report/> })}
            {(!message.stations.is_empty()).then(|| view! { <Strip stations=message.stations.clone() watchable=message.journey.is_some()/> })}
            {(sent && message.journey.is_some()).then(|| view! { <RecipientStatuses id/> })}
            {(!message.attachments.is_empty()).then(|| view! { <Attachments message=message.clone()/> })}
            {message.invitation.clone().map(|event| view! { <Event event/> })}
            <PrintHead message=message.clone()/>
            <Body message words/>
        </article>
    }
}

/// The toolbar.
#[component]
fn Bar(message: Arc<MessageView>) -> impl IntoView {
    let (app, t) = (use_app(), use_locale());
    let message = StoredValue::new(message);
    let answer = move |how: ReplyKind| app.answer(&message.get_value(), how);
    let id = message.with_value(|l| l.row.id);
    view! {
        <div class="message-bar" role="toolbar" aria-label=t.of(|w| w.actions)>
            <IconButton icon="back" key="u" class="back" label=label(|t| t.back) press=move |_| app.close_message()/>
            <div class="answers">
                <button type="button" class="tool worded" title="r" on:click=click(move |_| answer(ReplyKind::Reply))><Icon name="reply"/><span>{t.of(|w| w.reply)}</span></button>
                <IconButton icon="reply-all" key="a" label=label(|t| t.reply_all) press=move |_| answer(ReplyKind::All)/>
                <IconButton icon="forward" key="f" label=label(|t| t.forward) press=move |_| answer(ReplyKind::Forward)/>
            </div>
            <span class="gap"></span>
            <Actions message=id/>
            <IconButton icon="print" class="print" label=label(|t| t.print) press=move |_| app.print()/>
            <IconButton icon="source" label=label(|t| t.source) press=move |_| app.show(Dialog::Source(id))/>
        </div>
    }
}

/// Sender, recipients and date, with expandable headers.
#[component]
fn Head(message: Arc<MessageView>) -> impl IntoView {
    let t = use_locale();
    let from = message.from.first().cloned().unwrap_or_default();
    // The date used by lists and searches. The header's date is shown too if it differs by a minute
    // or more.
    let date = message.row.date;
    let sent = message
        .sent
        .filter(|sent| sent.secs().abs_diff(date.secs()) >= 60);
    let doubtful = looks_alike(host(from.address.rsplit('@').next().unwrap_or_default()));
    let (to, cc, bcc, reply_to) = (
        message.to.clone(),
        message.cc.clone(),
        message.bcc.clone(),
        message.reply_to.clone(),
    );
    let blind = message.blind_copy;
    let headers = message.headers.clone();
    let short = |list: &[Contact]| list.iter().map(shown).collect::<Vec<_>>();
    let (short_to, short_cc) = (short(&message.to), short(&message.cc));
    let short_bcc = short(&message.bcc);
    let summary = move || {
        let to = (!short_to.is_empty()).then(|| t.to_names(&t.names(&short_to)));
        let cc = (!short_cc.is_empty()).then(|| t.cc_names(&t.names(&short_cc)));
        let bcc = if blind {
            Some(t.bcc_you.to_owned())
        } else {
            (!short_bcc.is_empty()).then(|| t.bcc_names(&t.names(&short_bcc)))
        };
        match [to, cc, bcc].into_iter().flatten().collect::<Vec<_>>() {
            none if none.is_empty() => t.undisclosed_recipients.to_owned(),
            some => some.join(t.list_separator),
        }
    };
    view! {
        <div class="head">
            <Stamp who=from.clone()/>
            <div class="head-words">
                <p class="from">
                    <b dir="auto">{shown(&from)}</b>
                    {(!from.name.is_empty() && !is_misleading(&from)).then(|| view! { <span class="address">{readable(&from.address)}</span> })}
                    {doubtful.then(|| view! { <span class="doubt" title=t.of(|w| w.looks_alike)><Icon name="warning"/>{t.of(|w| w.looks_alike_short)}</span> })}
                </p>
                <details class="headers">
                    <summary>{text(summary)}<Icon name="down"/></summary>
                    <dl>
                        <People label=|t| t.from all=message.from.clone()/> <People label=|t| t.to all=to/> <People label=|t| t.cc all=cc/> <People label=|t| t.bcc all=bcc/> <People label=|t| t.reply_to all=reply_to/>
                        {blind.then(|| view! { <dt>{t.of(|w| w.bcc)}</dt><dd>{t.of(|w| w.blind_copy)}</dd> })}
                        <Authenticity results=message.authentication.clone()/>
                        <dt>{static_text(move || if sent.is_some() { t.date_received } else { t.date })}</dt><dd>{text(move || t.date_long(date))}</dd>
                        {sent.map(|sent| view! { <dt>{t.of(|w| w.date_sent)}</dt><dd>{text(move || t.date_long(sent))}</dd> })}
                        <dt>{t.of(|w| w.size_of)}</dt><dd>{ let bytes = message.row.bytes; move || t.size(bytes) }</dd>
                    </dl>
                    <details class="all-headers">
                        <summary>{t.of(|w| w.all_headers)}</summary>
                        <table><tbody>{headers.into_iter().map(|(name, value)| view! { <tr><th scope="row">{name}</th><td dir="auto">{value}</td></tr> }).collect_view()}</tbody></table>
                    </details>
                </details>
            </div>
            <time class="when" title=text(move || t.date_long(date))>{text(move || t.date_medium(date))}</time>
        </div>
    }
}

/// The body: sanitized HTML in a frame without scripts, or the plain text.
#[component]
fn Body(message: Arc<MessageView>, words: Vec<String>) -> impl IntoView {
    let (app, t) = (use_app(), use_locale());
    let remote = RwSignal::new(false);
    let plain = RwSignal::new(!message.has_html);
    let (id, has_html, has_remote) = (message.row.id, message.has_html, message.has_remote);
    let text = StoredValue::new((message.text.clone(), words));
    if !has_html && message.text.trim().is_empty() {
        let is_calendar =
            |file: &Attachment| file_type(&file.media_type, &file.name) == FileType::Event;
        let invited = message.invitation.is_some() || message.attachments.iter().any(is_calendar);
        let only_files = !message.attachments.is_empty();
        let note = move || match (invited, only_files) {
            (true, _) => t.no_text_but_invitation,
            (_, true) => t.no_text_but_files,
            _ => t.no_text,
        };
        return view! { <div class="message-body"><p class="no-text">{static_text(note)}</p></div> }
            .into_any();
    }
    let whole = RwSignal::new(message.text.len() <= TEXT_SHOWN_AT_ONCE);
    let is_whole = memo(move || whole.get() || app.printing.get());
    let text_is_cut = message.text_is_cut;
    let shown = part(move || match plain.get() {
        true => {
            let (mut text, words) = text.get_value();
            if !is_whole.get() {
                text.truncate(beginning(&text, TEXT_SHOWN_AT_ONCE).len());
            }
            view! { <Prose text words/> }.into_any()
        }
        false => view! { <HtmlBody id remote/> }.into_any(),
    });
    view! {
        <div class="message-body" class:html=boolean(move || !plain.get())>
            <Show when=move || has_remote && !remote.get() && !plain.get()>
                <div class="remote" role="note">
                    <Icon name="shield"/><span>{t.of(|w| w.remote_blocked)}</span>
                    <button type="button" class="link" on:click=click(move |_| remote.set(true))>{t.of(|w| w.remote_show)}</button>
                </div>
            </Show>
            {shown}
            <Show when=move || plain.get() && !is_whole.get()>
                <button type="button" class="quiet show-rest" on:click=click(move |_| whole.set(true))>{t.of(|w| w.show_rest)}</button>
            </Show>
            <Show when=move || text_is_cut && plain.get() && is_whole.get()>
                <p class="text-cut">{t.of(|w| w.text_cut)}" "<a href=format!("/api/message/{id}/raw") download="">{t.of(|w| w.download_message)}</a></p>
            </Show>
            {has_html.then(|| view! {
                <button type="button" class="link plain-switch" on:click=click(move |_| plain.update(|p| *p = !*p))>{static_text(move || if plain.get() { t.show_html } else { t.show_plain })}</button>
            })}
        </div>
    }
    .into_any()
}
