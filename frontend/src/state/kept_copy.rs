//! The copy of an unsaved message on this device: the parts of a [`Composition`] that outlive the
//! tab, and when another tab may take it over.

use super::draft::Composition;
use super::draft::files::{Carried, Upload};
use super::failure::Failure;
use serde::{Deserialize, Serialize};
use wire::Draft;

/// Age at which an unreleased copy counts as abandoned, because its tab was killed.
pub const ABANDONED_AFTER_MS: f64 = 15_000.0;

/// The stored form.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub struct KeptCopy {
    draft: Draft,
    carried: Vec<Carried>,
    /// Files whose upload was not complete: name and size.
    #[serde(default)]
    unfinished: Vec<(String, u64)>,
    /// Whether the window was closed.
    #[serde(default)]
    closed: bool,
    /// Whether the tab no longer holds the message.
    #[serde(default)]
    released: bool,
    /// When it was written, in Unix milliseconds; 0 in older versions.
    #[serde(default)]
    at_ms: f64,
}

impl KeptCopy {
    /// Serializes the copy of a message. `released`: its tab is being closed or signed out.
    pub fn write(of: &Composition, released: bool, now_ms: f64) -> String {
        let kept = KeptCopy {
            draft: of.draft.clone(),
            carried: of.carried.clone(),
            unfinished: of
                .uploads
                .iter()
                .map(|upload| (upload.name.clone(), upload.bytes))
                .collect(),
            closed: of.closed,
            released,
            at_ms: now_ms,
        };
        serde_json::to_string(&kept).unwrap_or_default()
    }

    /// Restores a message, unless another tab holds it. It counts as unsaved; interrupted uploads
    /// are shown as failed.
    pub fn restore(text: &str, now_ms: f64) -> Option<Composition> {
        let kept: KeptCopy = serde_json::from_str(text).ok()?;
        let age_ms = now_ms - kept.at_ms;
        if !kept.released && (0.0..ABANDONED_AFTER_MS).contains(&age_ms) {
            return None;
        }
        let uploads: Vec<Upload> = (1..)
            .zip(kept.unfinished)
            .map(|(key, (name, bytes))| Upload {
                key,
                name,
                bytes,
                sent: 0,
                failed: Some(Failure::ConnectionLost),
            })
            .collect();
        let restored = Composition {
            // An interrupted upload must be shown.
            closed: kept.closed && uploads.is_empty(),
            ..Composition::restored(kept.draft, kept.carried, uploads)
        };
        (!restored.is_blank()).then_some(restored)
    }
}

#[cfg(test)]
mod tests {
    use super::super::reply::ReplyKind;
    use super::super::reply::tests::{me, message};
    use super::*;

    fn written() -> Composition {
        let mut w = Composition::answer(&message(), ReplyKind::Forward, &me(), "", "");
        w.edit(|d| d.text.insert_str(0, "see below"));
        w
    }

    #[test]
    fn restores_message_after_closing_the_tab() {
        let w = written();
        let again = KeptCopy::restore(&KeptCopy::write(&w, true, 1000.0), 1001.0).unwrap();
        assert_eq!((&again.draft, &again.carried), (&w.draft, &w.carried));
        assert!(again.is_unsaved() && !again.closed);
        assert_eq!(KeptCopy::restore("{}", 0.0), None);
    }

    #[test]
    fn leaves_message_to_the_tab_that_holds_it() {
        let kept = KeptCopy::write(&written(), false, 1000.0);
        assert_eq!(KeptCopy::restore(&kept, 2000.0), None);
        let abandoned = 1000.0 + ABANDONED_AFTER_MS;
        assert!(KeptCopy::restore(&kept, abandoned).is_some());
    }

    #[test]
    fn closed_window_stays_closed() {
        let mut w = written();
        w.closed = true;
        let again = KeptCopy::restore(&KeptCopy::write(&w, true, 0.0), 1.0).unwrap();
        assert!(again.closed && again.is_unsaved());
    }

    #[test]
    fn interrupted_upload_is_shown_as_failed() {
        let mut w = written();
        w.closed = true;
        w.upload("boat.jpg", 10);
        let mut again = KeptCopy::restore(&KeptCopy::write(&w, true, 0.0), 1.0).unwrap();
        assert!(!again.closed, "it needs the user");
        assert_eq!(again.uploads[0].name, "boat.jpg");
        assert_eq!(again.uploads[0].failed, Some(Failure::ConnectionLost));
        assert_eq!(again.upload("other.jpg", 1), 2);
    }

    #[test]
    fn reads_copy_of_an_earlier_version() {
        let old = r#"{"draft":{"key":"k","text":"hello","subject":"s"},"carried":[]}"#;
        let again = KeptCopy::restore(old, 1e12).unwrap();
        assert_eq!(again.draft.text, "hello");
        assert!(!again.closed);
    }
}
