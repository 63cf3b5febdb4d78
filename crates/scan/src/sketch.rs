//! What is remembered of values that are not kept: fixed in size however long a table is, and mergeable.
//!
//! Everything is deterministic: the same rows in the same order give the same figures.

mod distinct;
mod examples;
mod shapes;
mod singles;

use std::hash::{BuildHasherDefault, Hasher};

pub(crate) use distinct::{Distinct, Frequent};
pub(crate) use examples::Examples;
pub(crate) use shapes::{Shapes, shape_of};

/// Builds the tables whose keys are hashes already.
type HashedKeys = BuildHasherDefault<Identity>;

#[derive(Clone, Copy, Debug, Default)]
struct Identity(u64);

impl Hasher for Identity {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }
    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}

/// Whether the value of this number is one of the `1 in 2^bits` that are looked at more closely. Scattered, so that data
/// that repeats itself every few rows is not always looked at in the same place.
#[inline]
fn is_chosen(number: u64, bits: u32) -> bool {
    const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;
    let scattered = number.wrapping_mul(GOLDEN);
    let scattered = (scattered ^ (scattered >> 32)).wrapping_mul(GOLDEN);
    scattered >> (64 - bits) == 0
}
