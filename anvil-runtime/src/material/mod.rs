//! What a declaration names for the model to read: pages on the web, and files of the workspace.
//!
//! ```text
//! gather        all of it, for one attempt
//!   file          a file, read anew each time
//!   pages         the pages, from the cache or from the web
//!     cache         what was fetched before
//!     fetch         one page, asked for where it may be
//!   text          from bytes to text
//!     html          what a page shows
//!   excerpt       the parts about the tool, where all of it is too long
//!     passages      the parts that a text has
//! ```
//!
//! The declaration says where to ask; nothing else does. Whatever comes back is somebody else's text: it is taken up to a
//! length and a time, a redirect leads to the public internet only, and the model is shown it as data.

mod gather;

mod file;

mod pages;

mod cache;
mod fetch;

mod html;
mod text;

mod excerpt;
mod passages;

#[cfg(test)]
mod tests;

pub(crate) use gather::{Age, Library, Material, Piece, gather};

/// A longer page or file is not taken, in bytes, decompressed.
const LONGEST: usize = 4 << 20;
