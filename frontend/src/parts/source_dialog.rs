//! The dialog with the source of a message.

use crate::app::use_app;
use crate::i18n::{label, use_locale};
use crate::parts::dialog::Modal;
use crate::parts::icon::Icon;
use leptos::prelude::*;
use mail::StoredMessageId;

/// Maximum number of characters shown; the whole source can be downloaded.
const SOURCE_SHOWN_MAX: usize = 200_000;

/// The source of a message, fetched as text, since the server serves it only as a download.
#[component]
pub fn Source(
    /// The message.
    id: StoredMessageId,
) -> impl IntoView {
    let (app, t) = (use_app(), use_locale());
    let address = format!("{}/{id}/raw", wire::path::MESSAGE);
    let text = RwSignal::new(None);
    let asked = address.clone();
    leptos::task::spawn_local(async move {
        let mut fetched = crate::web::http::text(&asked).await;
        if let Ok(text) = &mut fetched
            && let Some((end, _)) = text.char_indices().nth(SOURCE_SHOWN_MAX)
        {
            text.truncate(end);
            text.push('…');
        }
        text.try_set(Some(fetched));
    });
    let shown = move || match text.get() {
        None => t.loading.to_owned(),
        Some(Ok(text)) => text,
        Some(Err(failure)) => app.failure_text(&failure),
    };
    view! {
        <Modal title=label(|w| w.source) class="wide">
            <pre class="source" tabindex="0">{shown}</pre>
            <footer><a class="quiet" href=address download=format!("{id}.eml")><Icon name="download"/>{t.of(|w| w.download)}</a></footer>
        </Modal>
    }
}
