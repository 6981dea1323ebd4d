//! The pages of the second WebAssembly file, see [`crate::app::Pages`]. What only they use is not
//! in the first file, so no other module may name these components.

use crate::app::Pages;
use crate::pages::compose::ComposeWindows;
use crate::pages::journey::JourneyPage;
use crate::pages::message::Message;
use crate::pages::settings::Settings;
use crate::parts::dialogs;
use leptos::prelude::*;

/// All of them.
pub fn all() -> Pages {
    Pages {
        message: |message| view! { <Message message/> }.into_any(),
        compose: || view! { <ComposeWindows/> }.into_any(),
        dialog: dialogs::dialog,
        settings: || view! { <Settings/> }.into_any(),
        journey: |id| view! { <JourneyPage id/> }.into_any(),
    }
}
