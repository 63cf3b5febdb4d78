//! Rows of PostgreSQL's binary COPY format, taken apart in place.

use bytes::{Buf, BytesMut};

use crate::ScanError;

const SIGNATURE: &[u8] = b"PGCOPY\n\xff\r\n\0";

/// Puts rows together from the chunks they arrive in.
#[derive(Default)]
pub(super) struct Tuples {
    buffer: BytesMut,
    started: bool,
}

impl Tuples {
    /// Takes a chunk, and hands over the fields of every row that is complete.
    pub(super) fn feed(
        &mut self,
        chunk: &[u8],
        columns: usize,
        mut row: impl for<'a> FnMut(&[Option<&'a [u8]>]),
    ) -> Result<(), ScanError> {
        let malformed =
            || ScanError::Database("the server sent a COPY that is not in the binary format".into());
        self.buffer.extend_from_slice(chunk);
        if !self.started {
            // Signature, flags, length of the header's extension.
            if self.buffer.len() < SIGNATURE.len() + 8 {
                return Ok(());
            }
            if !self.buffer.starts_with(SIGNATURE) {
                return Err(malformed());
            }
            self.buffer.advance(SIGNATURE.len() + 4);
            let extension = usize::try_from(self.buffer.get_i32()).map_err(|_| malformed())?;
            if self.buffer.len() < extension {
                return Err(malformed());
            }
            self.buffer.advance(extension);
            self.started = true;
        }
        let mut consumed = 0;
        {
            let mut fields: Vec<Option<&[u8]>> = Vec::with_capacity(columns);
            while let Some(rest) = self.buffer.get(consumed..) {
                let Some((count, mut tail)) = rest.split_first_chunk::<2>() else { break };
                let count = i16::from_be_bytes(*count);
                // The trailer.
                if count == -1 {
                    consumed += 2;
                    continue;
                }
                if usize::try_from(count).ok() != Some(columns) {
                    return Err(malformed());
                }
                fields.clear();
                while fields.len() < columns {
                    let Some((length, after)) = tail.split_first_chunk::<4>() else { break };
                    let length = i32::from_be_bytes(*length);
                    if length == -1 {
                        fields.push(None);
                        tail = after;
                        continue;
                    }
                    let length = usize::try_from(length).map_err(|_| malformed())?;
                    let Some((field, after)) = after.split_at_checked(length) else { break };
                    fields.push(Some(field));
                    tail = after;
                }
                if fields.len() < columns {
                    break;
                }
                consumed += rest.len() - tail.len();
                row(&fields);
            }
        }
        self.buffer.advance(consumed);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_the_same_however_the_stream_is_cut() {
        let mut stream = SIGNATURE.to_vec();
        stream.extend([0; 8]);
        stream.extend([0, 2, 0, 0, 0, 3]);
        stream.extend(b"abc");
        stream.extend((-1_i32).to_be_bytes());
        stream.extend([0, 2, 0, 0, 0, 0, 0, 0, 0, 1, 7]);
        stream.extend((-1_i16).to_be_bytes());
        let expected = vec![vec![Some(b"abc".to_vec()), None], vec![Some(Vec::new()), Some(vec![7])]];
        for size in 1..=stream.len() {
            let mut tuples = Tuples::default();
            let mut rows = Vec::new();
            for chunk in stream.chunks(size) {
                let keep = |fields: &[Option<&[u8]>]| {
                    rows.push(fields.iter().map(|field| field.map(<[u8]>::to_vec)).collect::<Vec<_>>());
                };
                tuples.feed(chunk, 2, keep).unwrap();
            }
            assert_eq!(rows, expected, "in chunks of {size}");
        }
    }

    #[test]
    fn another_format_is_refused() {
        assert!(Tuples::default().feed(&[b'x'; 32], 1, |_| ()).is_err());
    }
}
