//! Text from HTML.

use super::*;

fn check(html: &str, expected: &str) {
    assert_eq!(html_to_text(html), expected, "{html:?}");
}

#[test]
fn blocks_are_on_their_own_lines() {
    check("<html>hello<br/>world<br/></html>", "hello\nworld");
    check(
        "<p>one</p><p>two</p><div>three</div>four",
        "one\n\ntwo\n\nthree\nfour",
    );
    check("<ul><li>a</li><li>b</li></ul>c", "- a\n- b\n\nc");
    check(
        "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>",
        "a | b\nc",
    );
}

#[test]
fn cells_of_a_row_are_apart() {
    let row = |cells: &str| format!("<table><tr>{cells}</tr></table>");
    check(
        &row("<th>Tea, 100 g</th>\n <td> 4.20</td><td><b>3.80</b> </td>"),
        "Tea, 100 g | 4.20 | 3.80",
    );
    // Cells without text, of their own lines, and of a layout with one column.
    check(
        &row("<td><img></td><td>a</td><td>&nbsp;</td><td>b</td>"),
        "a | b",
    );
    check(&row("<td>a</td><td><p>b</p></td><td>c</td>"), "a\n\nb\n\nc");
    check("x<table><tr><td>a<tr><td>b</table>y", "x\n\na\nb\n\ny");
    check(
        &row("<td>a</td><td><a href='https://b.test/'>b.test</a></td>"),
        "a | b.test",
    );
    check(
        "<blockquote><table><tr><td>a<td>b</table></blockquote>",
        "> a | b",
    );
}

#[test]
fn preformatted_text_keeps_its_white_space() {
    check("<pre>a\n  b</pre>", "a\n  b");
    check(
        "x<pre>\r\n  a\tb\r\n\r\n\r\n\r\n    c  d\n</pre>y",
        "x\n\n  a\tb\n\n\n\n    c  d\n\ny",
    );
    check(
        "<pre>if x:\n    <b>return</b>  1</pre>",
        "if x:\n    return  1",
    );
    check("<blockquote><pre>a\n  b</pre></blockquote>", "> a\n>   b");
    check("<pre>\n\na</pre>", "a");
}

#[test]
fn entities_are_decoded_and_white_space_folded() {
    check(
        "<p>what is &heartsuit;?</p> <p>&#x000DF;&Abreve;&#914;&gamma; don&apos;t&nbsp;&nbsp;hurt</p>",
        "what is ♥?\n\nßĂΒγ don't hurt",
    );
    check(
        "a&#228; &nosuch; & &#xffffffff; &amp",
        "aä &nosuch; & \u{fffd} &",
    );
    check("你好&#20320;", "你好你");
}

#[test]
fn hidden_content_is_dropped() {
    check(
        "<head><title>T</title><STYLE>p{}</STYLE></head>a<script>alert('<p>')</script>b<!-- c -->d<!---->e",
        "abde",
    );
    check("a<!-- b --!>c<!-->d<!--->e<!--!> f --->g", "acdeg");
    check("a<!-- never closed --!", "a");
    check("a<style>never closed", "a");
    check("a<b title='>'>c</b>", "ac");
    check("a<blockquote", "a");
    check("1 < 2 <", "1 < 2 <");
}

#[test]
fn quotes_are_marked_and_links_show_their_target() {
    check(
        "a<blockquote>b<br>c<blockquote>d</blockquote></blockquote>e",
        "a\n\n> b\n> c\n>\n> > d\n\ne",
    );
    check(
        "<a href=\"https://a.test/x?a=1&amp;b=2\">here</a>!",
        "here <https://a.test/x?a=1&b=2>!",
    );
    check(
        "<a href='https://a.test/'>a.test</a> <a href=\"javascript:x\">y</a>",
        "a.test y",
    );
}

#[test]
fn flood_of_tags_takes_linear_time() {
    html_to_text(&"<a href=\"".repeat(100_000));
    html_to_text(&"<style>".repeat(100_000));
    html_to_text(&"&".repeat(100_000));
    html_to_text(&"<blockquote>x".repeat(20_000));
}
