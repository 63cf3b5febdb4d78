/// Maps a range of values to a range of pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Linear {
    domain: (f64, f64),
    range: (f64, f64),
}

impl Linear {
    /// An empty domain is widened by one half to each side, so that its one value is in the middle.
    pub(crate) fn new(domain: (f64, f64), range: (f64, f64)) -> Self {
        let domain = if domain.0 == domain.1 { (domain.0 - 0.5, domain.1 + 0.5) } else { domain };
        Self { domain, range }
    }

    pub(crate) fn pixel(&self, value: f64) -> f64 {
        let share = (value - self.domain.0) / (self.domain.1 - self.domain.0);
        self.range.0 + share * (self.range.1 - self.range.0)
    }
}

/// Divides a range of pixels among categories, with space between them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Band {
    start: f64,
    step: f64,
    count: usize,
}

/// The part of a step that a category fills.
const FILLED: f64 = 0.72;

impl Band {
    pub(crate) fn new(count: usize, range: (f64, f64)) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "far fewer categories than 2^52")]
        let step = (range.1 - range.0) / count.max(1) as f64;
        Self { start: range.0, step, count }
    }

    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// Where a category starts, without the space before it.
    pub(crate) fn left(&self, index: usize) -> f64 {
        self.centre(index) - self.width() / 2.0
    }

    pub(crate) fn centre(&self, index: usize) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "far fewer categories than 2^52")]
        let index = index as f64;
        self.start + self.step * (index + 0.5)
    }

    pub(crate) fn width(&self) -> f64 {
        self.step * FILLED
    }

    pub(crate) fn step(&self) -> f64 {
        self.step
    }

    /// The category whose share of the range holds `pixel`.
    pub(crate) fn at(&self, pixel: f64) -> Option<usize> {
        if self.count == 0 || self.step <= 0.0 || pixel < self.start {
            return None;
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "not negative, and saturating"
        )]
        let index = ((pixel - self.start) / self.step) as usize;
        (index < self.count).then_some(index)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn pixels_keep_the_proportions_of_values(low in -1e6..1e6_f64, width in 1e-3..1e6_f64, share in 0.0..1.0_f64) {
            let scale = Linear::new((low, low + width), (400.0, 10.0));
            let pixel = scale.pixel(low + share * width);
            prop_assert!((pixel - (400.0 - 390.0 * share)).abs() < 1e-2);
        }

        #[test]
        fn each_category_is_found_at_its_centre(count in 1_usize..200, width in 50.0..2000.0) {
            let band = Band::new(count, (30.0, 30.0 + width));
            for index in 0..count {
                prop_assert_eq!(band.at(band.centre(index)), Some(index));
            }
        }
    }

    #[test]
    fn a_domain_of_one_value_puts_it_in_the_middle() {
        assert!((Linear::new((7.0, 7.0), (0.0, 100.0)).pixel(7.0) - 50.0).abs() < 1e-9);
    }

    #[test]
    fn outside_the_range_there_is_no_category() {
        let band = Band::new(3, (10.0, 40.0));
        assert_eq!((band.at(9.0), band.at(40.1)), (None, None));
        assert_eq!(Band::new(0, (0.0, 10.0)).at(5.0), None);
    }
}
