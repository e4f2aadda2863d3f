//! Is it still the same world with the same answers? What was answered once, for each size.

use super::random::digest;
use super::world::Size;

/// What the answers to the questions of a size come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sum {
    /// How many of the random questions are answered with yes.
    pub(crate) random_yes: usize,
    /// The digest of all answers, first those to the random questions.
    pub(crate) digest: u64,
}

impl Sum {
    /// Of answers to the random questions and to those drawn to be yes.
    pub(crate) fn of(random: &[bool], yes: &[bool]) -> Sum {
        Sum {
            random_yes: random.iter().filter(|answer| **answer).count(),
            digest: digest(random.iter().chain(yes).copied()),
        }
    }

    /// What it was when the sizes were made.
    pub(crate) fn expected(size: &Size) -> Option<Sum> {
        let (random_yes, digest) = match size.name {
            "S" => (3_886, 10_799_353_794_188_420_161),
            "M" => (1_734, 12_888_854_389_134_722_562),
            "L" => (462, 10_329_328_059_880_264_628),
            "XL" => (136, 7_684_514_770_906_394_544),
            _ => return None,
        };
        Some(Sum { random_yes, digest })
    }

    /// What it was for a part of the questions of the skewed or the full world.
    pub(crate) fn of_part(name: &str) -> Option<Sum> {
        let (random_yes, digest) = match name {
            "an asker in 70 groups" => (2_937, 8_814_033_437_825_863_914),
            "a target in 70 groups" => (3_470, 3_468_932_155_542_259_397),
            "an administrator" => (31_651, 12_748_705_065_086_756_767),
            "permissions" => (104, 4_203_106_225_304_552_358),
            "labels" => (796, 16_721_641_185_080_921_326),
            "companions" => (21, 11_737_580_599_821_049_420),
            "two targets" => (2, 16_146_411_456_223_129_858),
            _ => return None,
        };
        Some(Sum { random_yes, digest })
    }
}
