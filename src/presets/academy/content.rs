//! Operations about courses, programs and sessions, the shelves they stand on, and who works on them.

use crate::presets::academy::AcademyEdit;
use crate::presets::{demand_oneself, known, of_roles};
use crate::{Grant, Group, Problem, Resource, Role, Scope, User};

/// Courses.
impl AcademyEdit<'_, '_> {
    /// Creates a course in a group, as a draft; whoever creates it is its author (S3-14).
    ///
    /// Demands `course.create` on the group. An acting user creates their own.
    ///
    /// # Errors
    ///
    /// A [`Problem`] that marks the edit. An author without the role of author is refused when the edit is committed.
    pub fn create_course(
        &mut self,
        author: User,
        group: Group,
        name: &str,
    ) -> Result<Resource, Problem> {
        demand_oneself(self.edit, author, "creates a course")?;
        self.demand_at(self.words.course_create, group)?;
        let course = self.edit.add_resource(self.words.course, name)?;
        self.put_on(course, group, self.words.workshop)?;
        self.edit
            .grant(on_this(self.words.course_author, author, course))?;
        Ok(course)
    }

    /// Publishes a course: it is no draft any more, and reviewers can be assigned.
    ///
    /// Demands `course.publish` on the course.
    ///
    /// # Errors
    ///
    /// A [`Problem`] that marks the edit.
    pub fn publish_course(&mut self, course: Resource) -> Result<(), Problem> {
        self.is_course(course)?;
        self.edit.demand(self.words.course_publish, course)?;
        self.edit.add_label(course, self.words.published)
    }

    /// Makes a course a draft again. Its reviewers stay.
    ///
    /// Demands `course.publish` on the course.
    ///
    /// # Errors
    ///
    /// A [`Problem`] that marks the edit.
    pub fn unpublish_course(&mut self, course: Resource) -> Result<(), Problem> {
        self.is_course(course)?;
        self.edit.demand(self.words.course_publish, course)?;
        self.edit.remove_label(course, self.words.published)
    }

    /// Names another author of a course; the one before loses the author's rights over it (S3-15, A-23).
    ///
    /// Demands `course.author.change` on the course.
    ///
    /// # Errors
    ///
    /// A [`Problem`] that marks the edit. A new author without the role of author is refused when the edit is committed.
    pub fn change_author(&mut self, author: User, course: Resource) -> Result<(), Problem> {
        self.is_course(course)?;
        self.edit.demand(self.words.course_author_change, course)?;
        let role = self.words.course_author;
        let before = known(self.edit, |edit| edit.grants_on(course))?;
        for grant in of_roles(self.edit, before, &[role])? {
            self.edit.revoke(grant)?;
        }
        self.edit.grant(on_this(role, author, course))
    }

    /// Adds a co-author to a course. Who gets it has to be an author in some group (S3-18, A-18).
    ///
    /// Demands `co_author.assign` on the course.
    ///
    /// # Errors
    ///
    /// A [`Problem`] that marks the edit. A user without the role of author is refused when the edit is committed.
    pub fn assign_co_author(&mut self, user: User, course: Resource) -> Result<(), Problem> {
        self.is_course(course)?;
        self.edit.demand(self.words.co_author_assign, course)?;
        self.edit.grant(on_this(self.words.co_author, user, course))
    }

    /// Removes a co-author from a course.
    ///
    /// Demands `co_author.assign` on the course.
    ///
    /// # Errors
    ///
    /// A [`Problem`] that marks the edit.
    pub fn remove_co_author(&mut self, user: User, course: Resource) -> Result<(), Problem> {
        self.is_course(course)?;
        self.edit.demand(self.words.co_author_assign, course)?;
        self.edit
            .revoke(on_this(self.words.co_author, user, course))
    }

    /// Adds a reviewer to a published course, where the plan includes reviewers (S3-22, S3-23).
    ///
    /// Demands `reviewer.assign` on the course.
    ///
    /// # Errors
    ///
    /// A [`Problem`] that marks the edit. A draft, and a plan without reviewers, are refused when the edit is committed.
    pub fn assign_reviewer(&mut self, user: User, course: Resource) -> Result<(), Problem> {
        self.is_course(course)?;
        self.edit.demand(self.words.reviewer_assign, course)?;
        self.edit.grant(on_this(self.words.reviewer, user, course))
    }

    /// Removes a reviewer from a course.
    ///
    /// Demands `reviewer.assign` on the course.
    ///
    /// # Errors
    ///
    /// A [`Problem`] that marks the edit.
    pub fn remove_reviewer(&mut self, user: User, course: Resource) -> Result<(), Problem> {
        self.is_course(course)?;
        self.edit.demand(self.words.reviewer_assign, course)?;
        self.edit.revoke(on_this(self.words.reviewer, user, course))
    }

    /// Posts an internal comment on a course. An acting user posts their own, and nobody else's.
    ///
    /// Demands `comment.post` on the course.
    ///
    /// # Errors
    ///
    /// A [`Problem`] that marks the edit.
    pub fn post_comment(
        &mut self,
        by: User,
        course: Resource,
        name: &str,
    ) -> Result<Resource, Problem> {
        self.is_course(course)?;
        demand_oneself(self.edit, by, "comments")?;
        self.edit.demand(self.words.comment_post, course)?;
        let comment = self.edit.add_resource(self.words.comment, name)?;
        self.edit.place(comment, course)?;
        self.edit
            .grant(on_this(self.words.commenter, by, comment))?;
        Ok(comment)
    }
}

/// The shelves of groups.
impl AcademyEdit<'_, '_> {
    /// Shares a course or program in the library of a group. What is returned is its listing there.
    ///
    /// Demands `library.share` on it and the group.
    ///
    /// # Errors
    ///
    /// A [`Problem`] that marks the edit.
    pub fn share_in_library(
        &mut self,
        content: Resource,
        group: Group,
    ) -> Result<Resource, Problem> {
        self.is_content(content)?;
        self.in_academy(group)?;
        let share = self.words.library_share;
        self.edit.demand(share, (content, group))?;
        self.put_on(content, group, self.words.library)
    }

    /// Takes a course or program out of the library of a group. Where else it stands in the group, it stays.
    ///
    /// Demands `library.share` on it and the group.
    ///
    /// # Errors
    ///
    /// A [`Problem`] that marks the edit.
    pub fn take_from_library(&mut self, content: Resource, group: Group) -> Result<(), Problem> {
        self.is_content(content)?;
        self.in_academy(group)?;
        let share = self.words.library_share;
        self.edit.demand(share, (content, group))?;
        self.take_off(content, group, self.words.library)
    }

    /// Shares a course or program from the library of a group in the group's catalog.
    ///
    /// Demands `catalog.fill` on the group and `catalog.share` on the listing.
    ///
    /// # Errors
    ///
    /// A [`Problem`] that marks the edit; so where it is not in the library of the group.
    pub fn share_in_catalog(&mut self, content: Resource, group: Group) -> Result<(), Problem> {
        self.is_content(content)?;
        self.in_academy(group)?;
        let words = self.words;
        self.edit.demand(words.catalog_fill, group)?;
        self.demand_listing(content, group, words.catalog_share, &[words.library])?;
        self.put_on(content, group, words.catalog).map(drop)
    }

    /// Takes a course or program out of the catalog of a group.
    ///
    /// Demands `catalog.fill` on the group.
    ///
    /// # Errors
    ///
    /// A [`Problem`] that marks the edit.
    pub fn take_from_catalog(&mut self, content: Resource, group: Group) -> Result<(), Problem> {
        self.is_content(content)?;
        self.in_academy(group)?;
        self.edit.demand(self.words.catalog_fill, group)?;
        self.take_off(content, group, self.words.catalog)
    }
}

/// Programs and their sessions.
impl AcademyEdit<'_, '_> {
    /// Creates a program template in a group; whoever creates it is its author.
    ///
    /// Demands `program.create` on the group. An acting user creates their own.
    ///
    /// # Errors
    ///
    /// A [`Problem`] that marks the edit. An author without the role of author is refused when the edit is committed.
    pub fn create_program(
        &mut self,
        author: User,
        group: Group,
        name: &str,
    ) -> Result<Resource, Problem> {
        demand_oneself(self.edit, author, "creates a program")?;
        self.demand_at(self.words.program_create, group)?;
        let program = self.edit.add_resource(self.words.program, name)?;
        self.put_on(program, group, self.words.workshop)?;
        self.edit
            .grant(on_this(self.words.program_author, author, program))?;
        Ok(program)
    }

    /// Assigns a program from the library of a group to the group's learners.
    ///
    /// Demands `assignments.fill` on the group and `program.assign` on the listing.
    ///
    /// # Errors
    ///
    /// A [`Problem`] that marks the edit; so where the program is not in the library of the group.
    pub fn assign_program(&mut self, program: Resource, group: Group) -> Result<(), Problem> {
        self.is_program(program)?;
        self.in_academy(group)?;
        let words = self.words;
        self.edit.demand(words.assignments_fill, group)?;
        self.demand_listing(program, group, words.program_assign, &[words.library])?;
        self.put_on(program, group, words.assignments).map(drop)
    }

    /// Ends the assignment of a program to a group.
    ///
    /// Demands `assignments.fill` on the group.
    ///
    /// # Errors
    ///
    /// A [`Problem`] that marks the edit.
    pub fn unassign_program(&mut self, program: Resource, group: Group) -> Result<(), Problem> {
        self.is_program(program)?;
        self.in_academy(group)?;
        self.edit.demand(self.words.assignments_fill, group)?;
        self.take_off(program, group, self.words.assignments)
    }

    /// Creates a session of a program for a group, which made it or has it in its library.
    ///
    /// Demands `session.open` on the group and `session.create` on the listing.
    ///
    /// # Errors
    ///
    /// A [`Problem`] that marks the edit; so where the program is neither made in the group nor in its library.
    pub fn create_session(
        &mut self,
        program: Resource,
        group: Group,
        name: &str,
    ) -> Result<Resource, Problem> {
        self.is_program(program)?;
        self.in_academy(group)?;
        let words = self.words;
        self.edit.demand(words.session_open, group)?;
        let shelves = [words.library, words.workshop];
        self.demand_listing(program, group, words.session_create, &shelves)?;
        let session = self.edit.add_resource(words.session, name)?;
        let schedule = self.shelf(group, words.schedule)?;
        // A program sits in its sessions and not they in it: what one holds over a session reaches its program, and what a group holds
        // over a program on its shelves does not reach the sessions of other groups.
        self.edit.place(program, session)?;
        self.edit.place(session, schedule)?;
        Ok(session)
    }

    /// Adds an instructor to the team of a session.
    ///
    /// Demands `session.team` on the session.
    ///
    /// # Errors
    ///
    /// A [`Problem`] that marks the edit.
    pub fn assign_instructor(&mut self, user: User, session: Resource) -> Result<(), Problem> {
        self.is_session(session)?;
        self.edit.demand(self.words.session_team, session)?;
        self.edit
            .grant(on_this(self.words.instructor, user, session))
    }

    /// Removes an instructor from the team of a session.
    ///
    /// Demands `session.team` on the session.
    ///
    /// # Errors
    ///
    /// A [`Problem`] that marks the edit.
    pub fn remove_instructor(&mut self, user: User, session: Resource) -> Result<(), Problem> {
        self.is_session(session)?;
        self.edit.demand(self.words.session_team, session)?;
        self.edit
            .revoke(on_this(self.words.instructor, user, session))
    }

    /// Adds a learner to a session.
    ///
    /// Demands `session.learners` on the session.
    ///
    /// # Errors
    ///
    /// A [`Problem`] that marks the edit.
    pub fn enrol(&mut self, user: User, session: Resource) -> Result<(), Problem> {
        self.is_session(session)?;
        self.edit.demand(self.words.session_learners, session)?;
        self.edit
            .grant(on_this(self.words.participant, user, session))
    }

    /// Removes a learner from a session.
    ///
    /// Demands `session.learners` on the session.
    ///
    /// # Errors
    ///
    /// A [`Problem`] that marks the edit.
    pub fn unenrol(&mut self, user: User, session: Resource) -> Result<(), Problem> {
        self.is_session(session)?;
        self.edit.demand(self.words.session_learners, session)?;
        self.edit
            .revoke(on_this(self.words.participant, user, session))
    }
}

fn on_this(role: Role, user: User, resource: Resource) -> Grant {
    Grant::role(role).to(user).on(Scope::this(resource))
}
