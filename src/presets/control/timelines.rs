//! Operations about the timelines of groups: posts and comments.

use crate::presets::control::ControlEdit;
use crate::presets::{demand_kind, demand_oneself, known};
use crate::{Grant, Group, Permission, Problem, Resource, Scope, User};

/// Posts and comments.
impl ControlEdit<'_, '_> {
    /// Writes a post in a group's timeline. An acting user is its author, and no other (S4-08).
    ///
    /// Demands `timeline.post` on the group.
    ///
    /// # Errors
    ///
    /// [`Problem::NotAllowed`], [`Problem::AlreadyExists`]; problems of stale handles.
    pub fn write_post(
        &mut self,
        author: User,
        group: Group,
        name: &str,
    ) -> Result<Resource, Problem> {
        demand_oneself(self.edit, author, "posts")?;
        self.edit.demand(self.words.timeline_post, group)?;
        let post = self.edit.add_resource(self.words.post, name)?;
        self.edit.place(post, group)?;
        self.write(post, self.words.post_own, author)?;
        Ok(post)
    }

    /// Writes a comment on a post. An acting user is its author, and no other (S4-08).
    ///
    /// Demands `post.comment` on the post.
    ///
    /// # Errors
    ///
    /// [`Problem::NotAllowed`], [`Problem::AlreadyExists`]; problems of stale handles.
    pub fn write_comment(
        &mut self,
        author: User,
        post: Resource,
        name: &str,
    ) -> Result<Resource, Problem> {
        demand_kind(self.edit, post, &[self.words.post])?;
        demand_oneself(self.edit, author, "comments")?;
        self.edit.demand(self.words.post_comment, post)?;
        let comment = self.edit.add_resource(self.words.comment, name)?;
        self.edit.place(comment, post)?;
        self.write(comment, self.words.comment_own, author)?;
        Ok(comment)
    }

    /// Records who wrote it.
    fn write(&mut self, text: Resource, own: Permission, author: User) -> Result<(), Problem> {
        let own = Grant::permission(own).to(author);
        self.edit.grant(own.on(Scope::this(text)))
    }

    /// Deletes a post, for its author and the moderators of its timeline (S4-07, A-28). Its comments go with it.
    ///
    /// Demands `post.delete` on the post.
    ///
    /// # Errors
    ///
    /// [`Problem::NotAllowed`]; problems of stale handles.
    pub fn delete_post(&mut self, post: Resource) -> Result<(), Problem> {
        demand_kind(self.edit, post, &[self.words.post])?;
        self.edit.demand(self.words.post_delete, post)?;
        let kind = self.words.comment;
        let comments = known(self.edit, |edit| {
            let mut comments = Vec::new();
            for content in edit.contents(post)? {
                if edit.kind_of(content)? == kind {
                    comments.push(content);
                }
            }
            Ok(comments)
        })?;
        self.edit.remove(post)?;
        comments
            .into_iter()
            .try_for_each(|comment| self.edit.remove(comment))
    }

    /// Deletes a comment, for its author and the moderators of its timeline (S4-07, A-28).
    ///
    /// Demands `comment.delete` on the comment.
    ///
    /// # Errors
    ///
    /// [`Problem::NotAllowed`]; problems of stale handles.
    pub fn delete_comment(&mut self, comment: Resource) -> Result<(), Problem> {
        demand_kind(self.edit, comment, &[self.words.comment])?;
        self.edit.demand(self.words.comment_delete, comment)?;
        self.edit.remove(comment)
    }
}
