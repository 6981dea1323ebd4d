//! The size of the frame around an HTML message: as high as its content, with content that is too
//! wide scaled down.

/// Smallest scale; wider content scrolls sideways.
const ZOOM_MIN: f64 = 0.5;
/// Height of a horizontal scroll bar, in pixels.
pub const SCROLL_BAR_PX: i32 = 18;
/// Minimum height of a frame whose content adapts to the frame's height, in pixels.
pub const UNFITTED_PX: i32 = 480;
/// Maximum height of a frame in pixels; higher content scrolls within it.
const HEIGHT_PX_MAX: f64 = 200_000.0;

/// How content fits into the width of its frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fit {
    /// The scale of the content, at most 1.
    pub zoom: f64,
    /// Whether the content is still too wide and scrolls sideways.
    pub scrolls: bool,
}

/// Fits the width of content into a frame.
pub fn width(content_px: i32, frame_px: i32) -> Fit {
    if content_px <= frame_px + 1 || frame_px <= 0 {
        return Fit {
            zoom: 1.0,
            scrolls: false,
        };
    }
    let zoom = f64::from(frame_px) / f64::from(content_px);
    Fit {
        zoom: zoom.max(ZOOM_MIN),
        scrolls: zoom < ZOOM_MIN,
    }
}

/// The height of the content: the rendered body and its overflow. `scroll` and `offset` are in the
/// body's own pixels, `rendered` in those of the frame.
pub fn height(rendered: f64, scroll: i32, offset: i32) -> i32 {
    let overflow = if offset > 0 {
        (f64::from(scroll) / f64::from(offset)).max(1.0)
    } else {
        1.0
    };
    (rendered * overflow).ceil().clamp(0.0, HEIGHT_PX_MAX) as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_down_content_that_is_too_wide() {
        for (content, frame, zoom, scrolls) in [
            (300, 340, 1.0, false),
            (340, 340, 1.0, false),
            (680, 340, 0.5, false),
            (425, 340, 0.8, false),
            (2000, 340, 0.5, true),
            (300, 0, 1.0, false),
        ] {
            assert_eq!(width(content, frame), Fit { zoom, scrolls }, "{content}");
        }
    }

    #[test]
    fn height_includes_the_overflow() {
        assert_eq!(height(100.2, 100, 100), 101);
        assert_eq!(height(100.0, 150, 100), 150);
        assert_eq!(height(50.0, 200, 200), 50);
        assert_eq!(height(0.0, 0, 0), 0);
        assert_eq!(height(1e9, 1, 1), 200_000);
    }
}
