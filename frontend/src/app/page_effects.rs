//! Effects of the state on the page: language, theme, density, title, favicon, stored settings,
//! lifecycle events.

use super::App;
use crate::bind::{effect, listen};
use crate::state::place::{Mail, Place};
use crate::web::{message_frame, page, storage};
use leptos::prelude::*;
use web_sys::{Event, KeyboardEvent};

impl App {
    /// Installs the effects.
    pub(super) fn page_effects(self) {
        effect(move || {
            let prefs = self.prefs.get();
            page::set_theme(prefs.theme);
            page::set_root("data-density", Some(prefs.density.word()));
            storage::set("prefs", &prefs.write());
            if let Some(language) = prefs
                .language
                .filter(|language| self.t.0.get_untracked() != *language)
            {
                self.t.0.set(language);
            }
        });
        effect(move || page::set_root("lang", Some(self.t.language().tag())));
        effect(move || page::set_title(&self.title()));
        effect(move || page::set_favicon(self.unread()));
        listen("online", move |_: Event| self.reconnect_now());
        listen("offline", move |_: Event| self.connection_lost());
        listen("visibilitychange", move |_: Event| {
            if page::hidden() {
                self.save_all();
            } else {
                self.reconnect_now();
            }
        });
        listen("keydown", move |event: KeyboardEvent| {
            let prints = event.key() == "p" && (event.ctrl_key() || event.meta_key());
            if page::ends_composing_in_field(&event) {
                event.prevent_default();
            } else if prints && message_frame::is_shown() {
                event.prevent_default();
                self.print();
            }
        });
        message_frame::follow_mailto(move |link| self.compose_link(link));
        message_frame::fit_to_paper();
        listen("beforeprint", move |_: Event| self.printing.set(true));
        listen("afterprint", move |_: Event| self.printing.set(false));
        listen("pagehide", move |_: Event| self.suspend());
        listen("pageshow", move |_: Event| self.resumed());
    }

    fn unread(self) -> u32 {
        self.folders.with(|folders| {
            folders
                .as_ref()
                .map_or(0, crate::state::folders::Folders::unread)
        })
    }

    fn title(self) -> String {
        let t = self.t;
        let page = match self.place.get() {
            Place::SignIn | Place::Compose(_) | Place::NotFound => String::new(),
            Place::Settings => t.settings.to_owned(),
            Place::Mail(Mail {
                query: Some(query), ..
            }) => format!("{} {query}", t.search),
            Place::Mail(mail) => self.folders.with(|folders| {
                let folder = folders.as_ref().and_then(|f| f.by_slug(&mail.folder));
                folder.map_or_else(String::new, |f| t.folder(f.kind, &f.name))
            }),
        };
        let count = match self.unread() {
            0 => String::new(),
            unread => format!("({unread}) "),
        };
        if page.is_empty() {
            t.product.to_owned()
        } else {
            format!("{count}{page} · {}", t.product)
        }
    }
}
