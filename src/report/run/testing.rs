//! What the tests of the page share.

use crate::report::page::{markdown, tree::Page};

pub(super) use crate::evaluation::testing::{config, record};

/// What `fill` writes on a page.
pub(super) fn written(fill: impl FnOnce(&mut Page)) -> String {
    let mut page = Page::default();
    fill(&mut page);
    markdown::write(&page)
}
