//! The icons of the roles and of the player's buttons, as strokes on a 24 × 24 grid.

use event::Role;
use leptos::prelude::*;

/// A role's icon: strokes of width 1.7 with round ends, no fill.
pub fn role_path(role: Role) -> &'static str {
    match role {
        // A pen.
        Role::Mua => {
            "M4 20l1.2-4.6L16.6 4a1.7 1.7 0 0 1 2.4 0l1 1a1.7 1.7 0 0 1 0 2.4L8.6 18.8zM14.4 6.2l3.4 3.4"
        }
        // An arrow into a tray.
        Role::Msa => {
            "M12 3.5v9.5M8.2 9.4l3.8 3.8 3.8-3.8M3.5 13v5.5a1.5 1.5 0 0 0 1.5 1.5h14a1.5 1.5 0 0 0 1.5-1.5V13"
        }
        // Arrows in both directions.
        Role::Mta => "M3.5 8.5h16M15.5 4.5l4 4-4 4M20.5 16h-16M8.500 12l-4 4 4 4",
        // A line that branches into pigeonholes.
        Role::Mda => {
            "M12 3v6M12 9c0 5-7.500 3-7.500 8M12 9v8M12 9c0 5 7.500 3 7.500 8M2.500 20.500h4M10 20.500h4M17.500 20.500h4"
        }
        // A mailbox with its flag up.
        Role::Mra => {
            "M7 7h10a4 4 0 0 1 4 4v6.500H11V11a4 4 0 0 0-8 0v6.500h8M15 11.500V4.500h3.500M12.500 17.500V21.500"
        }
        // A question mark.
        Role::Dns => {
            "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM9.300 9.600a2.700 2.700 0 1 1 4.100 2.300c-.9.6-1.400 1.100-1.400 2.100M12 17.100v.1"
        }
    }
}

/// A role's icon as an SVG element in the current colour.
#[component]
pub fn RoleGlyph(role: Role, #[prop(default = 20)] size: u32) -> impl IntoView {
    view! {
        <svg class="glyph" width=size height=size viewBox="0 0 24 24" aria-hidden="true">
            <path d=role_path(role)></path>
        </svg>
    }
}

/// The player's icons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    /// A triangle.
    Play,
    /// Two bars.
    Pause,
    /// To the first step.
    Start,
    /// To the last step.
    End,
    /// One step back.
    Back,
    /// One step on.
    Forward,
    /// To the previous notable step.
    EarlierNotable,
    /// To the next notable step.
    LaterNotable,
    /// Encrypted by TLS.
    Lock,
    /// Waiting.
    Clock,
    /// Accepted, delivered.
    Check,
    /// Returned.
    Return,
    /// Presentation mode.
    Large,
}

impl Icon {
    /// Its strokes.
    pub fn path(self) -> &'static str {
        match self {
            Icon::Play => "M8 5.2v13.6L19 12z",
            Icon::Pause => "M8 5v14M16 5v14",
            Icon::Start => "M6 5v14M18 6l-8 6 8 6z",
            Icon::End => "M18 5v14M6 6l8 6-8 6z",
            Icon::Back => "M15 5l-7 7 7 7",
            Icon::Forward => "M9 5l7 7-7 7",
            Icon::EarlierNotable => "M12 6l-6 6 6 6M19 6l-6 6 6 6",
            Icon::LaterNotable => "M12 6l6 6-6 6M5 6l6 6-6 6",
            Icon::Lock => "M6.500 11h11v8.500h-11zM8.500 11V8a3.500 3.500 0 0 1 7 0v3",
            Icon::Clock => "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5.200l3.200 2",
            Icon::Check => "M5 12.500l4.500 4.500L19 7.500",
            Icon::Large => "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
            Icon::Return => "M9 5L4 10l5 5M4 10h10a5 5 0 0 1 5 5v4",
        }
    }

    fn filled(self) -> bool {
        matches!(self, Icon::Play | Icon::Start | Icon::End)
    }
}

/// An icon as an SVG element in the current colour.
#[component]
pub fn IconGlyph(
    #[prop(into)] icon: Signal<Icon>,
    #[prop(default = 20)] size: u32,
) -> impl IntoView {
    view! {
        <svg class="glyph" class:filled=move || icon.get().filled() width=size height=size viewBox="0 0 24 24" aria-hidden="true">
            <path d=move || icon.get().path()></path>
        </svg>
    }
}
