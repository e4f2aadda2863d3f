//! What does a library have to do to be measured here?

use crate::yardstick::questions::{About, Question};
use crate::yardstick::world::World;

/// What went wrong while a peer was built.
pub(crate) type Failure = Box<dyn std::error::Error>;

/// A library that has taken in a world, and is asked about it.
pub(crate) trait Peer: Sized {
    /// A question in the peer's own words, made before the clock runs.
    type Asked;
    /// A list of users, courses or permissions as the peer gives it.
    type Found;

    /// Takes in a world.
    fn build(world: &World) -> Result<Self, Failure>;

    /// Puts a question in the peer's words.
    fn asked(&self, question: Question) -> Self::Asked;

    /// Asks it.
    fn can(&mut self, asked: &Self::Asked) -> Result<bool, Failure>;

    /// All permissions that the asker of the question has on its target. `None` where the library has no such question and its users ask
    /// about one permission after the other.
    fn list(&mut self, asked: &Self::Asked) -> Option<Self::Found> {
        let _ = asked;
        None
    }

    /// All users who have the permission of the question on its target. `None` where the library has no such question.
    fn who(&mut self, asked: &Self::Asked) -> Option<Self::Found> {
        let _ = asked;
        None
    }

    /// All courses on which the asker of the question has its permission. `None` where the library has no such question.
    fn courses(&mut self, asked: &Self::Asked) -> Option<Self::Found> {
        let _ = asked;
        None
    }

    /// What was found, as the world's numbers in ascending order.
    fn numbers(&self, found: &Self::Found) -> Vec<u32>;

    /// Adds the user to the group, so that the next question sees it.
    fn join(&mut self, user: u32, group: u32) -> Result<(), Failure>;
}

/// The number at the end of a name, as `17` in `u17`.
pub(crate) fn number(name: &str) -> u32 {
    let digits = name.trim_start_matches(|one: char| !one.is_ascii_digit());
    digits.parse().unwrap_or(u32::MAX)
}

/// The name of what a question is about.
pub(crate) fn target_name(about: About) -> String {
    match about {
        About::User(user) => crate::yardstick::built::user_name(user),
        About::Course(course) => crate::yardstick::built::course_name(course),
    }
}
