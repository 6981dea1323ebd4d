//! Parses and builds messages: header fields, parts, structure, transfer encodings, charsets,
//! previews, base subjects, text and HTML. Pure: no sockets, files, clock or threads; time and
//! randomness are arguments.
//!
//! Parsing never fails and never panics: a malformed message yields a sensible outline and at least
//! its text. Size, depth, number of parts, fields, addresses and parameters are bounded by the
//! constants named `…_MAX`. HTML is not sanitized here.
//!
//! - [`outline`]: once at delivery; IMAP's ENVELOPE, BODY, BODYSTRUCTURE and the summary for lists.
//! - [`section`]: IMAP's `BODY[…]`.
//! - [`read`], [`attachment`]: the message for a reader.
//! - [`fields`], [`find`], [`count_received`], [`Edit`]: the header as bytes.
//! - [`addresses`], [`parse_date`], [`ids`], [`parameter`], [`decode_words`]: values of fields.
//! - [`authentication_results`], [`received_protocol`]: what a host wrote about a message.
//! - [`text_of`], [`contains`]: search.
//! - [`name_key`], [`subject_key`]: sorting.
//! - [`html_to_text`], [`text_to_html`].
//! - [`safe_file_name`], [`download_name`]: names of attachments.
//! - [`build`]: messages and delivery reports.
//! - [`recode`]: the transfer encodings of a message that some hosts would not take.

mod address;
mod attached;
mod bodies;
mod calendar;
mod charset;
mod date;
mod domains;
mod edit;
mod envelope;
mod field;
mod file_name;
mod html;
mod ids;
mod lexer;
mod lines;
mod mailbox_list;
mod outline;
mod parameters;
mod parsed;
mod results;
mod search;
mod section;
mod sorting;
mod structure;
mod tnef;
mod transfer;
mod tree;
mod uu;
mod wire;
mod word;

pub mod build;
pub mod recode;
pub mod subject;

pub use address::{ADDRESSES_MAX, NameAddr, addresses};
pub use attached::{AttachedPart, Content, attachment};
pub use calendar::{EventTime, Invitation, Method};
pub use charset::{decode as decode_charset, guess as guess_charset};
pub use date::parse as parse_date;
pub use domains::map_domains;
pub use edit::{Edit, EditError, write_field};
pub use field::{Field, Fields, count, count_received, fields, find, header_end};
pub use file_name::{FILE_NAME_BYTES_MAX, download_name, safe_file_name};
pub use html::{html_to_text, text_to_html};
pub use ids::{ID_BYTES_MAX, IDS_MAX, ids};
pub use mailbox_list::is_mailbox_list;
pub use outline::{
    CORRESPONDENTS_MAX, Outline, PREVIEW_CHARS_MAX, SUBJECT_CHARS_MAX, Summary, outline,
};
pub use parameters::{PARAMETERS_MAX, parameter};
pub use parsed::{DisplayedField, FIELDS_MAX, ParsedMessage, TEXT_BYTES_MAX, header_text, read};
pub use results::{AuthenticationResults, MethodResult, authentication_results, received_protocol};
pub use search::{Needle, contains, fold, text_of};
pub use section::{Section, What, section, section_range};
pub use sorting::{name_key, subject_key};
pub use transfer::Encoding;
pub use tree::{DEPTH_MAX, MESSAGE_BYTES_MAX, PARTS_MAX};
pub use word::decode as decode_words;
