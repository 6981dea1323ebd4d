//! Why the two parsers differ: the rules by which a difference is expected, each with the parser
//! that is right. A rule looks at the input, never at a message's name.

/// Which parser is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// `mime`.
    Own,
    /// Both are tenable, or neither has the RFC and the practice of other programs on its side.
    Either,
    /// The difference is a consequence of one in another theme.
    Follows,
}

macro_rules! reasons {
    ($($name:ident, $verdict:ident, $text:literal;)+) => {
        /// A rule by which a difference is expected.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Reason {
            $(#[doc = $text] $name,)+
        }

        impl Reason {
            /// Which parser is right.
            pub fn verdict(self) -> Verdict {
                match self {
                    $(Reason::$name => Verdict::$verdict,)+
                }
            }

            /// The rule, with the RFC or the practice that it comes from.
            pub fn text(self) -> &'static str {
                match self {
                    $(Reason::$name => $text,)+
                }
            }
        }
    };
}

reasons! {
    UndeclaredCharset, Own, "8-bit text without a charset: `mime` finds UTF-8, GB 18030 or windows-1252, `mail-parser` writes U+FFFD (RFC 6532 §3.1 allows only UTF-8; Thunderbird and Gmail guess)";
    MissingCharset, Own, "a charset that `mail-parser` has no table for";
    CharsetDecoder, Own, "UTF-7 ends of runs, ISO-2022-KR, HZ and Johab are dropped or U+FFFD in `mail-parser` (RFC 2152, 1557, 1843); a byte order mark stays in its text";
    CutCharacter, Either, "UTF-16 of an odd length: the last byte is U+FFFD or dropped";
    CharsetTable, Own, "a byte for which the tables of `mail-parser` have another character or none: ISO 8859-16 A5 and AB are exchanged, 8859-7 of 2003, Mac OS Roman, windows-1255 and TIS-620 are not complete; `mime` has the tables of WHATWG Encoding, as browsers do (for KOI8-U these differ from RFC 2319 at AE and BE)";
    UndefinedByte, Either, "a byte that the charset does not define: `mime` reads the control character of that number, as browsers do (WHATWG Encoding), `mail-parser` U+FFFD";
    SplitCharacter, Own, "a character that goes over two encoded words: RFC 2047 §5 forbids it, Outlook and others send it, Gmail and Thunderbird join it";
    MalformedWord, Either, "an encoded word that breaks the grammar of RFC 2047 §2";
    MisplacedWord, Own, "an encoded word where none may stand (RFC 2047 §5): in an address it is only text for `mime`, while `mail-parser` takes it for a name; in quotes and parameters, where mailers write it all the same, `mime` decodes it as Gmail and Thunderbird do";
    Controls, Either, "control characters: `mime` makes them spaces, so that no value holds a line end";
    Comments, Own, "a comment is no part of a display name or identifier (RFC 5322 §3.2.2, §3.4), and is a name only where there is no other";
    NameOrAddress, Either, "one word without `@`: `mime` takes it for a local part, as Dovecot does in ENVELOPE, `mail-parser` for a name";
    Punctuation, Own, "a missing comma, or a name and an address without brackets";
    ObsoleteAddress, Own, "a route and spaces around dots are removed (RFC 5322 §4.4)";
    QuotedAddress, Own, "quotes, backslashes and literals in an address (RFC 5322 §3.2.4, §3.4.1)";
    Groups, Either, "a group in a group, or one without its end";
    ObsoleteDate, Own, "no zone, no seconds, a leap second, years of two or three digits (RFC 5322 §3.3, §4.3): `mail-parser` reads nothing, or another hour";
    InvalidDate, Either, "no date by the grammar; `mail-parser` takes the digits that it finds";
    SpacedId, Own, "space within an identifier is not part of it (RFC 5322 §4.5.4); a comment in it stays in both, since a reply must repeat the identifier";
    Phrase, Own, "In-Reply-To with a phrase names no message (RFC 5322 §4.5.4); `mail-parser` returns the phrase";
    MalformedId, Either, "brackets that do not pair";
    ManyIds, Own, "`mime` keeps the first and the newest 99 identifiers";
    Backslash, Either, "a backslash before an ordinary character: RFC 2045 §5.1 removes it, and so does `mail-parser`; a file name with DOS folders needs it, and browsers and mail programs keep it";
    FoldedParameter, Own, "a fold after the equals sign (RFC 5322 §3.2.2): `mail-parser` loses the value";
    Sections, Own, "sections in any order; the charset is that of the first one, and their bytes are joined before they are decoded (RFC 2231 §3, §4.1)";
    Percent, Either, "a percent sign that begins no code: `mime` keeps it";
    MalformedParameter, Either, "a value without a type, quote or separator: `mime` reads the parameters that are there";
    UnregisteredProtocol, Either, "a protocol outside the registry of RFC 3848: `mime` returns the word, `mail-parser` nothing";
    Clauses, Own, "`with` is read as a clause (RFC 5321 §4.4); `mail-parser` finds the word anywhere, also in a quoted recipient, so that a sender can choose the protocol";
    Base64Noise, Own, "other characters are ignored (RFC 2045 §6.8); `mail-parser` gives up, and returns the encoded text";
    CutBase64, Own, "base64 that ends without padding: `mail-parser` drops the last one or two bytes";
    BareEquals, Own, "an equals sign that begins no code is kept (RFC 2045 §6.7); `mail-parser` returns nothing";
    LoneCr, Own, "`mail-parser` drops a CR without LF and then writes CR LF for every LF";
    Markup, Own, "elements with attributes, `<head>` without an end, comments: `mail-parser` shows style sheets and loses text";
    EncodedMessage, Either, "a message in a part may not be encoded (RFC 2046 §5.2.1): IMAP counts what is stored, as Dovecot does; `mime::read` decodes it for the reader, as `mail-parser` does";
    MessageInMessage, Own, "a part whose message holds only a message: `mail-parser` loses the parts after it, and may list a multipart as a child of itself";
    NoParts, Either, "a multipart without a part: `mime` shows it as text; Dovecot lists an empty part, `mail-parser` none";
    Unclosed, Own, "an outer delimiter ends inner parts (RFC 2046 §5.1.2), as in Dovecot; `mail-parser` looks for the innermost boundary only and loses what follows";
    LongerLine, Either, "a line that begins with the boundary and goes on: a delimiter by RFC 2046 §5.1.1 and in Dovecot; text in `mime`, which takes only whole lines";
    WithinLine, Own, "a delimiter stands at the beginning of a line (RFC 2046 §5.1.1); `mail-parser` splits parts in the middle of a line";
    SharedBoundary, Own, "of boundaries that begin alike the one that is the whole line counts; `mail-parser` takes the innermost that fits";
    EmptyPart, Own, "a part may have no header or no body (RFC 2046 §5.1.1); `mail-parser` drops it, Dovecot counts it";
    Limits, Either, "a boundary of more than 1,000 bytes is not one for `mime`";
    RepeatedField, Own, "the first of two fields counts, as in Dovecot";
    MalformedHeader, Either, "a line that is no field, or a type without subtype (RFC 2045 §5.2: text/plain)";
    FollowsFromTree, Follows, "the part tree differs";
    FollowsFromField, Follows, "the charset or the boundary differs";
    AttachedAlternative, Own, "a part marked as an attachment is one, also in an alternative (RFC 8621 §4.1.4)";
    MediaInAlternative, Either, "a picture or sound in a multipart/alternative is a body for RFC 8621 §4.1.4, so that `mail-parser` lacks the text of the other branch; `mime` shows it";
    NamedPart, Own, "a text with a file name, which is not the first, is an attachment (RFC 8621 §4.1.4); `mail-parser` looks at `name`, not at `filename`";
    EmptyText, Own, "an empty text beside HTML that is not: `mime` shows the HTML as text";
    Wrapper, Own, "a message without text of its own shows the message in it";
    PackedFiles, Own, "uuencode and TNEF, which `mail-parser` does not read";
    OtherText, Either, "text of another kind: RFC 2046 §4.1.4 shows it as plain text, RFC 8621 lists it; an invitation that is there twice is listed once";
    FollowsFromContent, Follows, "the content is decoded differently";
}
