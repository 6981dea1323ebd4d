//! The HTML document around a sanitized message in its sandboxed frame, with a style for light and
//! dark themes.

use super::SanitizedHtml;

/// The colour theme.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// Light background.
    #[default]
    Light,
    /// Dark background.
    Dark,
}

const STYLE: &str = "\
:root{color-scheme:light}\
html{background:#fff;color:#1c1b19;-webkit-text-size-adjust:100%;text-size-adjust:100%}\
body{display:flow-root;margin:0;padding:4px 2px 12px;font:15px/1.6 system-ui,-apple-system,'Segoe UI',Roboto,'PingFang SC','Hiragino Sans GB',\
'Microsoft YaHei','Noto Sans CJK SC','Noto Sans SC',sans-serif;overflow-wrap:break-word}\
img{max-width:100%;height:auto}\
table{max-width:100%}\
pre{white-space:pre-wrap;font:13px/1.5 ui-monospace,'SF Mono',Menlo,Consolas,'Noto Sans Mono CJK SC',monospace}\
blockquote{margin:8px 0 8px 0;padding:0 0 0 12px;border-left:2px solid #c9c4ba;color:#57534b}\
a{color:#1f5fae}\
.print-head{display:none}\
.leads{font-size:12px;padding:0 4px;border-radius:3px;background:#fdecea;color:#8a1c12;white-space:nowrap}\
@media print{html{background:#fff;color:#000}body{padding:0}a{color:inherit}\
.print-head{display:block;margin-bottom:16px;padding-bottom:12px;border-bottom:1px solid #999}\
.print-head h2{margin:0 0 8px;font-size:19px}.print-head dl{display:grid;grid-template-columns:auto 1fr;gap:2px 16px;margin:0}\
.print-head dd{margin:0}}";

const DARK: &str = "\
@media screen{:root{color-scheme:dark}\
html{background:#1b1a18;color:#e9e6df}\
blockquote{border-left-color:#4a463f;color:#b4aea2}\
a{color:#8ab8f0}\
.leads{background:#4a1f1b;color:#ffb4a9}}";

/// Returns the document. A message with its own colours keeps a light background, since dark text
/// would be unreadable on a dark one.
pub fn frame(page: &SanitizedHtml, theme: Theme) -> String {
    let dark = if theme == Theme::Dark && !page.has_colours {
        DARK
    } else {
        ""
    };
    format!(
        "<!doctype html><html><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <meta name=\"referrer\" content=\"no-referrer\"><base target=\"_blank\"><style>{STYLE}{dark}</style></head><body>{}</body></html>",
        page.html
    )
}
