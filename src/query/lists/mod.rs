//! Lists as the screens show them: permissions of a user and of a group, roles of a user, holders of a role, actions for a screen's buttons.

pub(crate) mod access;
mod actions;
pub(crate) mod effective;
pub(crate) mod group;
pub(crate) mod held;
pub(crate) mod holders;
pub(crate) mod roles;
pub(crate) mod within;
