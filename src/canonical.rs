//! Bytes that say what plain data says, in one way only: what digests of catalogs and links of entries are taken of.
//!
//! A number is eight bytes, little endian. A text is its length as four bytes, little endian, and its UTF-8 bytes. A choice is a tag byte
//! before its fields, and a list is its length as a number before its items. So no two values have the same bytes.

/// Bytes to which values are appended.
#[derive(Debug, Default)]
pub(crate) struct Canonical(Vec<u8>);

impl Canonical {
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    pub(crate) fn tag(&mut self, tag: u8) {
        self.0.push(tag);
    }

    pub(crate) fn flag(&mut self, flag: bool) {
        self.tag(u8::from(flag));
    }

    pub(crate) fn number(&mut self, number: u64) {
        self.bytes(&number.to_le_bytes());
    }

    pub(crate) fn len(&mut self, len: usize) {
        self.number(u64::try_from(len).unwrap_or(u64::MAX));
    }

    pub(crate) fn text(&mut self, text: &str) {
        let len = u32::try_from(text.len()).unwrap_or(u32::MAX);
        self.bytes(&len.to_le_bytes());
        self.bytes(text.as_bytes());
    }

    pub(crate) fn texts(&mut self, texts: &[String]) {
        self.len(texts.len());
        texts.iter().for_each(|text| self.text(text));
    }
}
