//! A text of which parts are hidden already.

use std::borrow::Cow;
use std::ops::Range;

/// Ends a text that was cut.
const CUT: &str = "… (the rest is left out)";

/// So far before the place of a cut a gap between words is looked for: half a key would not be known for one.
const LOOK_BACK: usize = 512;

/// A text in pieces, and the markers in it. What is hidden once is out of the reach of whatever looks for more.
pub(crate) struct Pieces<'t, 'm> {
    text: &'t str,
    pieces: Vec<Piece<'t, 'm>>,
}

enum Piece<'t, 'm> {
    Open(&'t str),
    /// What stands there instead.
    Hidden(&'m str),
}

impl<'t, 'm> Pieces<'t, 'm> {
    pub(crate) fn new(text: &'t str) -> Self {
        Self {
            text,
            pieces: vec![Piece::Open(text)],
        }
    }

    /// Puts markers in the place of what `find` finds: ranges of the text that it is given, in order and
    /// apart from each other.
    pub(crate) fn hide(&mut self, find: impl Fn(&'t str) -> Vec<(Range<usize>, &'m str)>) {
        let mut pieces = Vec::with_capacity(self.pieces.len());
        for piece in self.pieces.drain(..) {
            let Piece::Open(open) = piece else {
                pieces.push(piece);
                continue;
            };
            let mut at = 0;
            for (range, marker) in find(open) {
                pieces.push(Piece::Open(&open[at..range.start]));
                pieces.push(Piece::Hidden(marker));
                at = range.end;
            }
            pieces.push(Piece::Open(&open[at..]));
        }
        pieces.retain(|piece| !matches!(piece, Piece::Open("")));
        self.pieces = pieces;
    }

    /// Leaves out the end of a text that is longer than `longest` bytes.
    pub(crate) fn cut(&mut self, longest: usize) {
        if self.len() <= longest {
            return;
        }
        let mut room = longest - CUT.len();
        let kept = self.pieces.iter().take_while(|piece| {
            let fits = piece.as_str().len() <= room;
            if fits {
                room -= piece.as_str().len();
            }
            fits
        });
        let kept = kept.count();
        let straddling = match self.pieces.get(kept) {
            Some(Piece::Open(open)) => Some(&open[..gap_before(open, room)]),
            _ => None,
        };
        self.pieces.truncate(kept);
        self.pieces.extend(straddling.map(Piece::Open));
        self.pieces.push(Piece::Hidden(CUT));
    }

    /// The text as it may be shown.
    pub(crate) fn finish(self) -> Cow<'t, str> {
        match self.pieces.as_slice() {
            [Piece::Open(open)] if open.len() == self.text.len() => Cow::Borrowed(self.text),
            pieces => Cow::Owned(pieces.iter().map(Piece::as_str).collect()),
        }
    }

    fn len(&self) -> usize {
        self.pieces.iter().map(|piece| piece.as_str().len()).sum()
    }
}

impl Piece<'_, '_> {
    fn as_str(&self) -> &str {
        match self {
            Self::Open(text) => text,
            Self::Hidden(marker) => marker,
        }
    }
}

/// Where to end a text that may have `room` bytes: between two words, if they are not too long.
fn gap_before(text: &str, room: usize) -> usize {
    let end = text.floor_char_boundary(room);
    let start = text.floor_char_boundary(end.saturating_sub(LOOK_BACK));
    text[start..end]
        .rfind(char::is_whitespace)
        .map_or(end, |gap| start + gap)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find<'t>(word: &'t str) -> impl Fn(&'t str) -> Vec<(Range<usize>, &'t str)> {
        move |text| {
            let found = text.match_indices(word);
            found
                .map(|(at, _)| (at..at + word.len(), "[redacted]"))
                .collect()
        }
    }

    #[test]
    fn what_is_hidden_is_not_looked_at_again() {
        let mut pieces = Pieces::new("a red fox");
        pieces.hide(find("red"));
        pieces.hide(find("redacted"));
        pieces.hide(find("a "));
        assert_eq!(pieces.finish(), "[redacted][redacted] fox");
    }

    #[test]
    fn a_text_with_nothing_to_hide_is_handed_back_as_it_is() {
        let mut pieces = Pieces::new("a red fox");
        pieces.hide(find("blue"));
        pieces.cut(9);
        assert!(matches!(pieces.finish(), Cow::Borrowed("a red fox")));
    }

    #[test]
    fn a_long_text_is_cut_between_words_and_once() {
        let words = "wörds ".repeat(20);
        let mut pieces = Pieces::new(&words);
        pieces.cut(60);
        let cut = pieces.finish().into_owned();
        assert_eq!(cut, format!("wörds wörds wörds wörds{CUT}"));
        let mut again = Pieces::new(&cut);
        again.cut(60);
        assert_eq!(again.finish(), cut);
        let one_word = "é".repeat(100);
        let mut pieces = Pieces::new(&one_word);
        pieces.cut(61);
        assert!(pieces.finish().len() <= 61);
    }

    #[test]
    fn a_marker_is_never_cut_in_two() {
        let text = "red ".repeat(20);
        for longest in 30..60 {
            let mut pieces = Pieces::new(&text);
            pieces.hide(find("red"));
            pieces.cut(longest);
            let cut = pieces.finish();
            assert!(cut.len() <= longest && cut.ends_with(CUT), "{cut}");
            assert_eq!(cut.matches('[').count(), cut.matches("[redacted]").count());
        }
    }
}
