//! From HTML to text.

use html2text::config::{self, Config};
use html2text::render::TextDecorator;
use html2text::{Handle, RcDom};
use std::io::{self, Read};
use std::panic::catch_unwind;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Pages are laid out in lines of this many characters: wide enough for most code and tables, and not so wide that the
/// columns of a hostile table would take all memory.
const WIDTH: usize = 200;

/// What is nested deeper is no document. Nesting is what takes a parser its time, and each line of a quotation in a
/// quotation says how deep it is.
const DEEPEST: usize = 200;

/// A page of more elements and texts is not laid out: each takes some kilobytes.
const MOST_NODES: usize = 250_000;

/// A page that takes longer to take apart is given up.
const LONGEST_PARSE: Duration = Duration::from_secs(5);

/// What a page shows, in lines. Blocks for as long as the page takes, and those before it.
///
/// # Errors
/// Why it cannot be told.
pub(super) fn shown(html: &str) -> Result<String, String> {
    // One that is made to be large is large enough alone.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    // A library that panics over a page is no reason to do so, too.
    let read = catch_unwind(|| read(html, Instant::now() + LONGEST_PARSE));
    read.unwrap_or_else(|_| Err("its HTML cannot be taken apart".to_owned()))
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
    let (nodes, depth) = size(&dom);
    if depth > DEEPEST {
        return Err(format!("its HTML is nested deeper than {DEEPEST}"));
    }
    if nodes > MOST_NODES {
        return Err(format!("its HTML has more than {MOST_NODES} parts"));
    }
    let tree = config.dom_to_render_tree(&dom).map_err(unreadable)?;
    config.render_to_string(tree, WIDTH).map_err(unreadable)
}

/// How many nodes the document has, and how deep it is nested; told without following it, for it may be very deep.
fn size(dom: &RcDom) -> (usize, usize) {
    let (mut nodes, mut deepest) = (0, 0);
    let mut open: Vec<(Handle, usize)> = vec![(dom.document.clone(), 0)];
    while let Some((node, depth)) = open.pop() {
        nodes += 1;
        deepest = deepest.max(depth);
        let children = node.children.borrow();
        open.extend(children.iter().map(|child| (child.clone(), depth + 1)));
    }
    (nodes, deepest)
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
            assert_eq!(refused, "its HTML is nested deeper than 200", "{nested}");
        }
        let refused = shown(&"<p>".repeat(MOST_NODES)).unwrap_err();
        assert_eq!(refused, "its HTML has more than 250000 parts");
        let late = read("<p>x", Instant::now()).unwrap_err();
        assert_eq!(late, "its HTML takes too long to take apart");
    }

    #[cfg(debug_assertions)] // else it does not check its sums
    #[test]
    fn a_page_that_the_library_panics_over_is_refused() {
        let numbered = format!("<ol start={}><li>a<li>b</ol>", i64::MAX);
        let refused = shown(&numbered).unwrap_err();
        assert_eq!(refused, "its HTML cannot be taken apart");
        assert_eq!(shown("<p>next").unwrap(), "next\n");
    }
}
