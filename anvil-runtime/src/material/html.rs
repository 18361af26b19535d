//! From HTML to text.

use html2text::config::{self, Config};
use html2text::render::TextDecorator;
use html2text::{Handle, RcDom};
use std::io::{self, Read};
use std::time::{Duration, Instant};

/// Pages are laid out in lines of this many characters: wide enough for most code and tables, and not so wide that the
/// columns of a hostile table would take all memory.
const WIDTH: usize = 200;

/// What is nested deeper is no document; nesting is what takes a parser its time.
const DEEPEST: usize = 500;

/// A page that takes longer to take apart is given up.
const LONGEST_PARSE: Duration = Duration::from_secs(5);

/// What a page shows, in lines. Blocks for as long as the page takes.
///
/// # Errors
/// Why it cannot be told.
pub(super) fn shown(html: &str) -> Result<String, String> {
    read(html, Instant::now() + LONGEST_PARSE)
}

fn read(html: &str, until: Instant) -> Result<String, String> {
    let config: Config<Marks> = config::with_decorator(Marks)
        .link_footnotes(false)
        .no_table_borders()
        .allow_width_overflow();
    let unreadable = |error| format!("its HTML cannot be read: {error}");
    let bytes = html.as_bytes();
    let dom = config.parse_html(Until { bytes, until });
    // Nothing but time can run out where all is there.
    let dom = dom.map_err(|_| "its HTML takes too long to take apart")?;
    if depth(&dom) > DEEPEST {
        return Err(format!("its HTML is nested deeper than {DEEPEST}"));
    }
    let tree = config.dom_to_render_tree(&dom).map_err(unreadable)?;
    config.render_to_string(tree, WIDTH).map_err(unreadable)
}

/// How deep the document is nested, told without following it: it may be very deep.
fn depth(dom: &RcDom) -> usize {
    let mut deepest = 0;
    let mut open: Vec<(Handle, usize)> = vec![(dom.document.clone(), 0)];
    while let Some((node, depth)) = open.pop() {
        deepest = deepest.max(depth);
        let children = node.children.borrow();
        open.extend(children.iter().map(|child| (child.clone(), depth + 1)));
    }
    deepest
}

/// Bytes that run out in time.
struct Until<'b> {
    bytes: &'b [u8],
    until: Instant,
}

impl Read for Until<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match Instant::now() < self.until {
            true => self.bytes.read(buffer),
            false => Err(io::ErrorKind::TimedOut.into()),
        }
    }
}

/// How HTML is written as text: as in Markdown, as far as that helps to read it.
#[derive(Debug, Clone)]
struct Marks;

impl TextDecorator for Marks {
    type Annotation = ();

    fn decorate_link_start(&mut self, _: &str) -> (String, ()) {
        Default::default()
    }

    fn decorate_link_end(&mut self) -> String {
        String::new()
    }

    fn decorate_em_start(&self) -> (String, ()) {
        Default::default()
    }

    fn decorate_em_end(&self) -> String {
        String::new()
    }

    fn decorate_strong_start(&self) -> (String, ()) {
        Default::default()
    }

    fn decorate_strong_end(&self) -> String {
        String::new()
    }

    fn decorate_strikeout_start(&self) -> (String, ()) {
        ("~~".to_owned(), ())
    }

    fn decorate_strikeout_end(&self) -> String {
        "~~".to_owned()
    }

    fn decorate_code_start(&self) -> (String, ()) {
        ("`".to_owned(), ())
    }

    fn decorate_code_end(&self) -> String {
        "`".to_owned()
    }

    fn decorate_preformat_first(&self) {}

    fn decorate_preformat_cont(&self) {}

    fn decorate_image(&mut self, _: &str, title: &str) -> (String, ()) {
        (title.to_owned(), ())
    }

    fn header_prefix(&self, level: usize) -> String {
        "#".repeat(level) + " "
    }

    fn quote_prefix(&self) -> String {
        "> ".to_owned()
    }

    fn unordered_item_prefix(&self) -> String {
        "- ".to_owned()
    }

    fn ordered_item_prefix(&self, number: i64) -> String {
        format!("{number}. ")
    }

    fn make_subblock_decorator(&self) -> Self {
        self.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_is_made_to_be_slow_is_given_up() {
        for (nested, times) in [("<div>", 2_000), ("<b>", 100_000), ("<ul><li>", 2_000)] {
            let refused = shown(&nested.repeat(times)).unwrap_err();
            assert_eq!(refused, "its HTML is nested deeper than 500", "{nested}");
        }
        let late = read("<p>x", Instant::now()).unwrap_err();
        assert_eq!(late, "its HTML takes too long to take apart");
    }
}
