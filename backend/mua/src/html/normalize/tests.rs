//! HTML before and after.

use super::*;

fn check(html: &str, expected: &str) {
    assert_eq!(normalize_html(html), expected, "{html}");
}

#[test]
fn closes_every_tag() {
    check("<p>a<p>b", "<p>a</p><p>b</p>");
    check("<ul><li>a<li>b</ul>c", "<ul><li>a</li><li>b</li></ul>c");
    check("<b><i>x</b>y</i>", "<b><i>x</i></b>y");
    check(
        "<table><tr><td>a<td>b<tr><td>c</table>d",
        "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>d",
    );
    check(
        "<div><table><td></div>x</table>",
        "<div><table><td>x</td></table></div>",
    );
    check(
        "<a href=x>1<a href=y>2",
        "<a href=\"x\">1</a><a href=\"y\">2</a>",
    );
    check("</p></b>x</br>", "x<br>");
}

#[test]
fn parses_tags_like_browsers() {
    check("1 < 2 <3", "1 &lt; 2 &lt;3");
    check(
        "<IMG SRC='a\"b' alt=c/d title = \"e>f\">",
        "<img src=\"a&quot;b\" alt=\"c/d\" title=\"e>f\">",
    );
    check("a<!-- <p> -->b<!-->c<!doctype html>d<?xml?>e</>f", "abcdef");
    check("<script>if (a</b) '</p>'</script >x", "x");
    check("<title></titles><p></title>x<style>", "x");
    check("<svg><svg></svg><p></svg>x", "x");
    check("<svg/>x<svg>y", "xy");
    check(
        "<o:p>x</o:p><font face=a onclick=b>",
        "x<font face=\"a\"></font>",
    );
    check("x<p title=\"", "x");
    check("<p/title=a>", "<p title=\"a\"></p>");
}

#[test]
fn wraps_content_between_rows_in_a_cell() {
    check(
        "<table> <b>x</b><tr>y<td>z</table>",
        "<table> <tr><td><b>x</b></td></tr><tr><td>y</td><td>z</td></tr></table>",
    );
    check("<tr><td>x", "x");
}

#[test]
fn limits_depth_and_keeps_text() {
    let deep = normalize_html(&format!("{}x", "<div>".repeat(DEPTH_MAX * 2)));
    assert_eq!(
        (
            deep.matches("<div>").count(),
            deep.matches("</div>").count(),
            deep.contains('x')
        ),
        (DEPTH_MAX - 2, DEPTH_MAX - 2, true)
    );
    let many: String = (0..ATTRIBUTES_MAX + 9)
        .map(|i| format!(" a{i}=1"))
        .collect();
    check(&format!("<p{many} title=x>"), "<p></p>");
}
