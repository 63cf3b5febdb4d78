//! What texts look like: `Ab-123` has the shape `Aa-9+`.

use std::collections::HashMap;

/// Different shapes that are counted; what else comes is counted together.
const MOST: usize = 256;
/// The longest shape, in characters.
const LONGEST: usize = 40;
/// Texts that are all looked at; of later ones about every sixteenth, which is as good for shares.
const ALL: u64 = 16_384;
const ONE_IN_SIXTEEN: u32 = 4;

/// The shapes of a column's texts, and how often each came.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shapes {
    by_shape: HashMap<Box<str>, u16>,
    counts: Vec<u64>,
    others: u64,
    seen: u64,
    buffer: String,
}

impl Shapes {
    /// For shapes beyond those counted.
    pub(crate) const OTHER: u16 = u16::MAX;

    /// Counts a text, unless it is one of the many that need not be looked at.
    pub(crate) fn observe(&mut self, text: &str) {
        self.seen += 1;
        if self.seen > ALL && !super::is_chosen(self.seen, ONE_IN_SIXTEEN) {
            return;
        }
        let number = self.number(text);
        match self.counts.get_mut(usize::from(number)) {
            Some(count) => *count += 1,
            None => self.others += 1,
        }
    }

    /// A number for a text's shape.
    pub(crate) fn number(&mut self, text: &str) -> u16 {
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.clear();
        write_shape(text, &mut buffer);
        let number = self.number_of(&buffer);
        self.buffer = buffer;
        number
    }

    fn number_of(&mut self, shape: &str) -> u16 {
        if let Some(number) = self.by_shape.get(shape) {
            return *number;
        }
        let number = u16::try_from(self.counts.len()).unwrap_or(Self::OTHER);
        if self.counts.len() >= MOST {
            return Self::OTHER;
        }
        self.by_shape.insert(shape.into(), number);
        self.counts.push(0);
        number
    }

    /// Takes over another's counts; answers what its numbers are called here.
    pub(crate) fn merge(&mut self, other: &Self) -> Vec<u16> {
        let mut numbers = vec![Self::OTHER; other.counts.len()];
        for (shape, theirs) in other.sorted() {
            let ours = self.number_of(shape);
            let count = other.counts.get(usize::from(theirs)).copied().unwrap_or(0);
            match self.counts.get_mut(usize::from(ours)) {
                Some(total) => *total += count,
                None => self.others += count,
            }
            if let Some(number) = numbers.get_mut(usize::from(theirs)) {
                *number = ours;
            }
        }
        self.others += other.others;
        self.seen += other.seen;
        numbers
    }

    pub(crate) fn name(&self, number: u16) -> Option<&str> {
        self.by_shape.iter().find(|(_, known)| **known == number).map(|(shape, _)| shape.as_ref())
    }

    /// The most frequent shapes and how often each came, the most frequent first.
    pub(crate) fn most_frequent(&self, most: usize) -> Vec<(&str, u64)> {
        let count = |number: u16| self.counts.get(usize::from(number)).copied().unwrap_or(0);
        let mut shapes: Vec<(&str, u64)> = self
            .by_shape
            .iter()
            .map(|(shape, number)| (shape.as_ref(), count(*number)))
            .filter(|(_, count)| *count > 0)
            .collect();
        shapes.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
        shapes.truncate(most);
        shapes
    }

    /// How many texts were looked at.
    pub(crate) fn observed(&self) -> u64 {
        self.counts.iter().sum::<u64>() + self.others
    }

    fn sorted(&self) -> Vec<(&str, u16)> {
        let mut shapes: Vec<(&str, u16)> =
            self.by_shape.iter().map(|(shape, number)| (shape.as_ref(), *number)).collect();
        shapes.sort_by_key(|(_, number)| *number);
        shapes
    }
}

/// The shape of a text.
pub(crate) fn shape_of(text: &str) -> String {
    let mut shape = String::new();
    write_shape(text, &mut shape);
    shape
}

fn write_shape(text: &str, shape: &mut String) {
    let mut last = '\0';
    let mut repeated = false;
    let mut length = 0;
    for letter in text.chars() {
        let class = match letter {
            'A'..='Z' => 'A',
            'a'..='z' => 'a',
            '0'..='9' => '9',
            ' '..='~' => letter,
            _ if letter.is_uppercase() => 'A',
            _ if letter.is_alphabetic() => 'a',
            _ if letter.is_numeric() => '9',
            _ if letter.is_whitespace() => ' ',
            _ => '?',
        };
        if class == last {
            if repeated {
                continue;
            }
            repeated = true;
        } else {
            repeated = false;
        }
        if length == LONGEST {
            shape.push('…');
            return;
        }
        length += 1;
        shape.push(if repeated { '+' } else { class });
        last = class;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shape_keeps_punctuation_and_nothing_else_of_a_text() {
        let cases = [
            ("", ""),
            ("Ann", "Aa+"),
            ("ann.lee@example.com", "a+.a+@a+.a+"),
            ("+49 171 1234567", "+9+ 9+ 9+"),
            ("DE89-3704", "A+9+-9+"),
            ("Ünal\n", "Aa+ "),
            ("----", "-+"),
        ];
        for (text, shape) in cases {
            assert_eq!(shape_of(text), shape, "{text}");
        }
        assert_eq!(shape_of(&"a1".repeat(100)).chars().count(), LONGEST + 1);
    }

    #[test]
    fn shapes_of_two_parts_add_up_under_new_numbers() {
        let mut one = Shapes::default();
        let mut other = Shapes::default();
        ["Ann", "Bob", "1"].iter().for_each(|text| one.observe(text));
        ["22", "7", "Eve"].iter().for_each(|text| other.observe(text));
        let number = other.number("Zoe");
        let renamed = one.merge(&other);
        assert_eq!(one.most_frequent(9), [("Aa+", 3), ("9", 2), ("9+", 1)]);
        assert_eq!(one.name(renamed[usize::from(number)]), Some("Aa+"));
        assert_eq!(one.observed(), 6);
    }
}
