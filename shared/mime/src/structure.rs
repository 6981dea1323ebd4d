//! BODY and BODYSTRUCTURE of a message in IMAP wire form (RFC 9051 §7.5.2).

use crate::envelope;
use crate::field::Field;
use crate::lines::unfold;
use crate::parameters::{Disposition, Parameters};
use crate::tree::{Holds, Tree};
use crate::wire;

/// Writes the structure of the part and of its children; BODYSTRUCTURE where `extended`, otherwise
/// BODY. `body = "(" (body-type-1part / body-type-mpart) ")"`
pub(crate) fn write(tree: &Tree<'_>, index: usize, extended: bool, out: &mut Vec<u8>) {
    let fields: Vec<Field<'_>> = tree
        .fields(index)
        .filter(|f| f.name.len() > 8 && f.name[..8].eq_ignore_ascii_case("Content-"))
        .collect();
    out.push(b'(');
    match tree.part(index).holds {
        Holds::Parts => write_multipart(tree, index, &fields, extended, out),
        _ => write_part(tree, index, &fields, extended, out),
    }
    out.push(b')');
}

/// `body-type-mpart = 1*body SP media-subtype [SP body-ext-mpart]`
fn write_multipart(
    tree: &Tree<'_>,
    index: usize,
    fields: &[Field<'_>],
    extended: bool,
    out: &mut Vec<u8>,
) {
    let part = tree.part(index);
    for child in &part.children {
        write(tree, *child, extended, out);
    }
    out.push(b' ');
    wire::string(part.media.subtype.as_bytes(), out);
    if extended {
        out.push(b' ');
        write_parameters(&part.media.parameters, out);
        write_tail(fields, out);
    }
}

/// `body-type-1part = (body-type-basic / body-type-msg / body-type-text) [SP body-ext-1part]`
fn write_part(
    tree: &Tree<'_>,
    index: usize,
    fields: &[Field<'_>],
    extended: bool,
    out: &mut Vec<u8>,
) {
    let part = tree.part(index);
    wire::string(part.media.kind.as_bytes(), out);
    out.push(b' ');
    wire::string(part.media.subtype.as_bytes(), out);
    out.push(b' ');
    if part.media.kind == "text" && part.media.parameters.bytes("charset").is_none() {
        // RFC 2045 §5.2: the default of every text.
        let mut parameters = Parameters(vec![("charset".to_owned(), b"us-ascii".to_vec())]);
        parameters.0.extend(part.media.parameters.0.iter().cloned());
        write_parameters(&parameters, out);
    } else {
        write_parameters(&part.media.parameters, out);
    }
    // body-fields = body-fld-param SP body-fld-id SP body-fld-desc SP body-fld-enc SP
    // body-fld-octets
    for name in ["Content-ID", "Content-Description"] {
        out.push(b' ');
        wire::nstring(value(fields, name).as_deref(), out);
    }
    out.push(b' ');
    wire::string(&encoding(fields), out);
    out.push(b' ');
    let body = tree.body(index);
    wire::number(body.len(), out);
    if part.holds == Holds::Message {
        // body-type-msg = media-message SP body-fields SP envelope SP body SP body-fld-lines
        for child in &part.children {
            out.push(b' ');
            envelope::write(tree.fields(*child), out);
            out.push(b' ');
            write(tree, *child, extended, out);
        }
    }
    if part.holds == Holds::Message || part.media.kind == "text" {
        out.push(b' ');
        wire::number(memchr::memchr_iter(b'\n', body).count(), out);
    }
    if extended {
        out.push(b' ');
        wire::nstring(value(fields, "Content-MD5").as_deref(), out);
        write_tail(fields, out);
    }
}

/// `SP body-fld-dsp SP body-fld-lang SP body-fld-loc`, the end of both kinds of extension data.
fn write_tail(fields: &[Field<'_>], out: &mut Vec<u8>) {
    out.push(b' ');
    match value(fields, "Content-Disposition")
        .map(|v| Disposition::parse(&v))
        .filter(|d| !d.kind.is_empty())
    {
        Some(disposition) => {
            out.push(b'(');
            wire::string(disposition.kind.as_bytes(), out);
            out.push(b' ');
            write_parameters(&disposition.parameters, out);
            out.push(b')');
        }
        None => out.extend_from_slice(b"NIL"),
    }
    out.push(b' ');
    let languages = value(fields, "Content-Language").unwrap_or_default();
    let mut languages = languages
        .split(|b| *b == b',')
        .map(<[u8]>::trim_ascii)
        .filter(|l| !l.is_empty())
        .peekable();
    if languages.peek().is_some() {
        out.push(b'(');
        for (i, language) in languages.enumerate() {
            if i > 0 {
                out.push(b' ');
            }
            wire::string(language, out);
        }
        out.push(b')');
    } else {
        out.extend_from_slice(b"NIL");
    }
    out.push(b' ');
    wire::nstring(value(fields, "Content-Location").as_deref(), out);
}

/// `body-fld-param = "(" string SP string *(SP string SP string) ")" / nil`
fn write_parameters(parameters: &Parameters, out: &mut Vec<u8>) {
    if parameters.0.is_empty() {
        out.extend_from_slice(b"NIL");
        return;
    }
    out.push(b'(');
    for (i, (name, value)) in parameters.0.iter().enumerate() {
        if i > 0 {
            out.push(b' ');
        }
        wire::string(name.as_bytes(), out);
        out.push(b' ');
        wire::string(value, out);
    }
    out.push(b')');
}

fn value<'a>(fields: &'a [Field<'_>], name: &str) -> Option<std::borrow::Cow<'a, [u8]>> {
    fields
        .iter()
        .find(|f| f.is(name))
        .map(|f| unfold(f.value))
        .filter(|v| !v.is_empty())
}

/// The name of the transfer encoding; an invalid token counts as absent (RFC 2045 §6.1: `7bit`).
fn encoding(fields: &[Field<'_>]) -> Vec<u8> {
    let value = value(fields, "Content-Transfer-Encoding").unwrap_or_default();
    let end = value
        .iter()
        .position(|b| matches!(b, b' ' | b'\t' | b';' | b'('))
        .unwrap_or(value.len());
    let name = value[..end].to_ascii_lowercase();
    let is_token = !name.is_empty()
        && name
            .iter()
            .all(|b| b.is_ascii_graphic() && !b"()<>@,;:\\\"/[]?=".contains(b));
    if is_token { name } else { b"7bit".to_vec() }
}
