//! Notes above a message: warnings of deception, who sent it for whom, why it is in Junk, and the
//! event of a calendar part.

use crate::app::use_app;
use crate::bind::text;
use crate::i18n::{Locale, use_locale};
use crate::parts::icon::Icon;
use crate::state::address::shown;
use crate::state::place::Mail;
use leptos::prelude::*;
use mail::Time;
use std::sync::Arc;
use wire::{
    Authentication, AuthenticationOutcome, DeliveryReport, EventTime, FailedCheck, Invitation,
    InvitationMethod, MessageView, Warning,
};

/// The warnings of a message, and its sender if that is not the author.
#[component]
pub fn Warnings(
    /// The message.
    message: Arc<MessageView>,
) -> impl IntoView {
    let t = use_locale();
    let author = message.from.first().cloned().unwrap_or_default();
    let sent_for = message.sender.as_ref().map(|sender| {
        let (sender, author) = (sender.address.clone(), author.address.clone());
        view! { <li><Icon name="mail"/><span>{text(move || t.sent_for(&sender, &author))}</span></li> }
    });
    let warnings = message.warnings.clone().into_iter().map(|warning| {
        let grave = !matches!(warning, Warning::Junk { .. });
        let real = shown(&author);
        view! { <li class:grave=grave><Icon name="warning"/><span>{text(move || sentence(t, &warning, &real))}</span></li> }
    });
    let any = message.sender.is_some() || !message.warnings.is_empty();
    any.then(|| {
        view! { <ul class="warnings" role="note">{sent_for}{warnings.collect_view()}</ul> }
    })
}

/// The rows of the head with the results of authentication.
#[component]
pub fn Authenticity(
    /// The results.
    results: Vec<Authentication>,
) -> impl IntoView {
    let t = use_locale();
    let one = |of: Authentication| {
        let (class, icon) = match of.outcome {
            AuthenticationOutcome::Pass => ("ok", "shield"),
            AuthenticationOutcome::Fail => ("bad", "warning"),
            _ => ("", "minus"),
        };
        view! { <li class=class><Icon name=icon/><span>{text(move || t.authentication(&of))}</span></li> }
    };
    (!results.is_empty()).then(|| {
        view! { <dt>{t.of(|w| w.authenticity)}</dt><dd><ul class="authenticity">{results.into_iter().map(one).collect_view()}</ul></dd> }
    })
}

fn sentence(t: Locale, warning: &Warning, real: &str) -> String {
    match warning {
        Warning::OtherAddressInName { shown } => t.other_address_in_name(shown, real),
        Warning::OwnDomainUnproven { domain } => t.own_domain_unproven(domain),
        Warning::MisleadingLink { shown, target } => t.misleading_link(shown, target),
        Warning::Junk { failed } if failed.is_empty() => t.junk_unknown.to_owned(),
        Warning::Junk { failed } => {
            let reasons: Vec<&str> = failed.iter().map(|check| reason(t, *check)).collect();
            t.junk_because(&reasons.join(t.list_separator))
        }
    }
}

fn reason(t: Locale, check: FailedCheck) -> &'static str {
    match check {
        FailedCheck::Dmarc => t.failed_dmarc,
        FailedCheck::Spf => t.failed_spf,
        FailedCheck::Dkim => t.failed_dkim,
        FailedCheck::BlockList => t.failed_block_list,
        FailedCheck::HostName => t.failed_host_name,
        FailedCheck::Other => t.failed_other,
    }
}

/// The link from a delivery report to the message that it is about, or to its journey if that is
/// known.
#[component]
pub fn ReportedMessage(
    /// The report.
    report: DeliveryReport,
) -> impl IntoView {
    let (app, t) = (use_app(), use_locale());
    let href = move || {
        let slug = app
            .folders
            .with(|folders| folders.as_ref().map(|folders| folders.slug(report.folder)));
        let mail = Mail {
            message: Some(report.message),
            journey: report.journey,
            ..Mail::folder(&slug.unwrap_or_else(|| report.folder.to_string()))
        };
        mail.href()
    };
    let words = move || {
        if report.failed {
            t.report_failed
        } else {
            t.report_other
        }
    };
    view! { <a class="reported-message" href=href><Icon name="returned"/><span>{words}</span></a> }
}

/// The event of a calendar part: what, when, where.
#[component]
pub fn Event(
    /// The event.
    event: Invitation,
) -> impl IntoView {
    let t = use_locale();
    let kind = move || match event.method {
        InvitationMethod::Request => t.invitation,
        InvitationMethod::Reply => t.invitation_reply,
        InvitationMethod::Cancel => t.invitation_cancelled,
        InvitationMethod::Publish => t.event_published,
    };
    let (start, end) = (event.start.clone(), event.end.clone());
    let when = start.map(|start| {
        let written = move || match &end {
            Some(end) => format!("{} – {}", time(t, &start), time(t, end)),
            None => time(t, &start),
        };
        view! { <dt>{t.of(|w| w.event_when)}</dt><dd>{text(written)}</dd> }
    });
    let place = (!event.location.is_empty()).then(|| {
        view! { <dt>{t.of(|w| w.event_where)}</dt><dd dir="auto">{event.location.clone()}</dd> }
    });
    view! {
        <section class="event" role="note">
            <small>{text(move || kind().to_owned())}</small>
            <b dir="auto">{event.summary.clone()}</b>
            <dl>{when}{place}</dl>
        </section>
    }
}

fn time(t: Locale, time: &EventTime) -> String {
    match time {
        EventTime::Moment(time) => t.date_long(*time),
        EventTime::Day(year, month, day) => format!("{year}-{month:02}-{day:02}"),
        EventTime::Local { clock, zone } => {
            let written = civil(*clock);
            if zone.is_empty() {
                written
            } else {
                format!("{written} ({zone})")
            }
        }
    }
}

/// A local time that is not converted to the user's time zone: `2026-03-10 13:00`.
fn civil(clock: Time) -> String {
    let (year, month, day, hour, minute, _) = clock.civil();
    format!("{year}-{month:02}-{day:02} {hour:02}:{minute:02}")
}
