//! The page's file: style, data and scripts in one.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

const TEMPLATE: &str = include_str!("web/page.html");
const STYLE: &str = include_str!("web/page.css");
/// The scripts, in the order in which they run: the run's data, what draws it, and the parts of the
/// page.
const SCRIPTS: [&str; 26] = [
    include_str!("web/run/model.js"),
    include_str!("web/run/history.js"),
    include_str!("web/run/causes.js"),
    include_str!("web/run/timers.js"),
    include_str!("web/run/folds.js"),
    include_str!("web/run/words.js"),
    include_str!("web/drawing/scale.js"),
    include_str!("web/drawing/base.js"),
    include_str!("web/drawing/lanes.js"),
    include_str!("web/drawing/messages.js"),
    include_str!("web/drawing/marks.js"),
    include_str!("web/drawing/rows.js"),
    include_str!("web/drawing/strip.js"),
    include_str!("web/parts/header.js"),
    include_str!("web/parts/legend.js"),
    include_str!("web/parts/state.js"),
    include_str!("web/parts/list.js"),
    include_str!("web/parts/why.js"),
    include_str!("web/parts/memory.js"),
    include_str!("web/parts/view.js"),
    include_str!("web/parts/actions.js"),
    include_str!("web/parts/keys.js"),
    include_str!("web/parts/links.js"),
    include_str!("web/parts/pointer.js"),
    include_str!("web/parts/facts.js"),
    include_str!("web/page.js"),
];

/// How hard the data is compressed: from 1 to 10.
const LEVEL: u8 = 8;

/// The page with this title and this data.
pub(super) fn html(title: &str, json: &str) -> String {
    let packed = miniz_oxide::deflate::compress_to_vec(json.as_bytes(), LEVEL);
    let data = STANDARD.encode(packed);
    let mut page = String::with_capacity(TEMPLATE.len() + STYLE.len() + data.len() + 100_000);
    // Piece by piece: what is put in is never searched for places.
    for (number, piece) in TEMPLATE.split("{{").enumerate() {
        let Some((place, text)) = piece.split_once("}}").filter(|_| number > 0) else {
            page.push_str(piece);
            continue;
        };
        match place {
            "title" => escape(title, &mut page),
            "style" => page.push_str(STYLE),
            "data" => page.push_str(&data),
            "scripts" => SCRIPTS.iter().for_each(|script| page.push_str(script)),
            _ => unreachable!("the template has no other places"),
        }
        page.push_str(text);
    }
    page
}

/// A page that shows two whole pages, one above the other, each in a frame of its own. Each has a
/// title.
pub(super) fn pair(pages: [(String, String); 2]) -> String {
    let mut all = String::from(PAIR);
    for (title, page) in pages {
        all.push_str("<iframe title=\"");
        escape(&title, &mut all);
        all.push_str("\" srcdoc=\"");
        escape(&page, &mut all);
        all.push_str("\"></iframe>\n");
    }
    all.push_str("</body>\n</html>\n");
    all
}

/// The beginning of a page with two frames. The frames inherit its policy, which forbids every fetch.
const PAIR: &str = "<!doctype html>
<html lang=\"en\">
<head>
<meta charset=\"utf-8\">
<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">
<title>Two runs</title>
<style>
html, body { height: 100%; margin: 0; }
body { display: flex; flex-direction: column; background: #888; gap: 4px; }
iframe { flex: 1; border: 0; min-height: 420px; }
@media print {
  @page { size: landscape; margin: 9mm; }
  body { display: block; background: none; }
  iframe { display: block; width: 100%; height: 184mm; break-inside: avoid; }
}
</style>
</head>
<body>
";

/// Adds a text that a browser shows as it is.
fn escape(text: &str, page: &mut String) {
    for char in text.chars() {
        match char {
            '&' => page.push_str("&amp;"),
            '<' => page.push_str("&lt;"),
            '>' => page.push_str("&gt;"),
            '"' => page.push_str("&quot;"),
            '\'' => page.push_str("&#39;"),
            _ => page.push(char),
        }
    }
}
