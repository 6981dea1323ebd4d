//! Pasting: the text of HTML, and inserting text into a text area.

use crate::state::clipboard::without_controls;
use wasm_bindgen::JsCast;
use web_sys::{DomParser, HtmlDocument, HtmlTextAreaElement, Node, SupportedType};

/// Texts up to this size are inserted as if typed, which Ctrl+Z undoes.
const AS_TYPED_BYTES: usize = 32 * 1024;

/// Inserts a text at the selection.
pub fn insert(area: &HtmlTextAreaElement, text: &str) {
    let typed = text.len() < AS_TYPED_BYTES
        && super::page::document()
            .and_then(|document| document.dyn_into::<HtmlDocument>().ok())
            .is_some_and(|document| {
                let done = document.exec_command_with_show_ui_and_value("insertText", false, text);
                done.unwrap_or(false)
            });
    if typed {
        return;
    }
    let (start, end) = (area.selection_start(), area.selection_end());
    let (start, end) = (
        start.ok().flatten().unwrap_or(0),
        end.ok().flatten().unwrap_or(0),
    );
    let _ = area.set_range_text_with_start_and_end_and_mode(text, start, end, "end");
}

/// The text of an HTML document. It is parsed without running scripts or loading anything.
pub fn text_of_html(html: &str) -> String {
    let document =
        DomParser::new().and_then(|parser| parser.parse_from_string(html, SupportedType::TextHtml));
    let mut out = String::new();
    if let Some(body) = document.ok().and_then(|document| document.body()) {
        write_text(&body, &mut out);
    }
    without_controls(out.trim())
}

fn write_text(node: &Node, out: &mut String) {
    match node.node_type() {
        Node::TEXT_NODE => {
            for c in node.text_content().unwrap_or_default().chars() {
                let blank = matches!(c, ' ' | '\t' | '\n' | '\r');
                if !blank {
                    out.push(c);
                } else if !out.is_empty() && !out.ends_with([' ', '\n', '\t']) {
                    out.push(' ');
                }
            }
        }
        Node::ELEMENT_NODE => write_element(node, out),
        _ => {}
    }
}

fn write_element(node: &Node, out: &mut String) {
    let name = node.node_name().to_ascii_lowercase();
    match name.as_str() {
        "script" | "style" | "template" | "head" => return,
        "br" => out.push('\n'),
        "td" | "th" if node.previous_sibling().is_some() && !out.ends_with('\n') => out.push('\t'),
        _ => {}
    }
    let block = matches!(
        name.as_str(),
        "p" | "div"
            | "li"
            | "tr"
            | "ul"
            | "ol"
            | "table"
            | "blockquote"
            | "pre"
            | "hr"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
    );
    if block {
        end_line(out);
    }
    let children = node.child_nodes();
    for child in (0..children.length()).filter_map(|index| children.item(index)) {
        write_text(&child, out);
    }
    if block {
        end_line(out);
    }
}

fn end_line(out: &mut String) {
    while out.ends_with(' ') {
        out.pop();
    }
    if !out.is_empty() && !out.ends_with('\n') {
        out.push('\n');
    }
}
