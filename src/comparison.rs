//! rolecall beside other authorization libraries: the same worlds, the same questions, in one run each.
//!
//! 1. [What was measured](#what-was-measured)
//! 2. [The tables](#the-tables)
//! 3. [How each library was set up](#how-each-library-was-set-up)
//! 4. [How to read it](#how-to-read-it)
//! 5. [Where the others do more](#where-the-others-do-more)
//!
//! # What was measured
//!
//! The worlds are organisations of three sizes from a generator with a fixed seed. Groups have one or two parents, about six layers deep;
//! users are in one to three groups; there is one course for each five users, in one or two groups; each grant gives one of 30 permissions
//! to a group (four of five) or a user, on a group and all below it.
//!
//! | | users | groups | grants |
//! |---|---:|---:|---:|
//! | S | 1,000 | 50 | 100 |
//! | M | 100,000 | 2,000 | 5,000 |
//! | L | 1,000,000 | 20,000 | 50,000 |
//!
//! Every answer that was timed was also compared with the right one, worked out without any of the libraries; the last row says how
//! many those were, a list counted as one. All agreed. A slow library is asked less: a measure ends after five seconds. One that says nothing for five minutes is given
//! up for that measure, reported so, and started anew for the next.
//!
//! - Times are medians. A question is made in the library's own words (handles, entities, strings, a document) before the clock runs.
//! - The number in brackets is the ratio to rolecall's figure in the same run: above one, rolecall is faster or smaller.
//! - *loop*: the library has no such question, and what was timed is the loop over single questions that its users write.
//! - *≈*: the loop went over a sample of the candidates, and its time was scaled to all of them.
//! - Memory is what is still allocated after building, names included, by a counting allocator.
//!
//! # The tables
//!
//! Measured on 2026-11-29 on two virtual cores of an AMD EPYC that other work shared, with cedar-policy 4.14.1, casbin 2.20.0 and regorus
//! 0.14.1. Absolute times vary from run to run; the ratios are what to look at, and those under two say little.
//!
//! ## S
//!
#![doc = include_str!("comparison/S.md")]
//!
//! ## M
//!
#![doc = include_str!("comparison/M.md")]
//!
//! ## L
//!
#![doc = include_str!("comparison/L.md")]
//!
//! In a clone of the repository, `cargo run --release --manifest-path benches/peers/Cargo.toml -- S` prints the first of them anew, and `M`
//! and `L` the others.
//!
//! # How each library was set up
//!
//! - **rolecall**: built from changes in names, asked with handles. An update is an edit of one step, its commit, and a new snapshot.
//! - **cedar-policy**: users, courses and groups are entities with parents; each grant is a policy linked to the template of its action,
//!   with principal and resource in its scope, as the documentation recommends. An authorizer evaluates every policy of the set that it is
//!   given, so the application keeps *a set an action*; or *a set an action and principal*, of which it asks those of the asker and of all
//!   that the entities say is above the asker. That index is code of the bench and no part of the library, and it is sound only while
//!   no policy forbids. The reverse questions of the first form are the library's own `query_principal` and `query_resource`,
//!   which are experimental; an update is `upsert_entities`.
//! - **casbin**: RBAC with roles for subjects and objects, loaded in bulk, with incremental role links and nothing stored. *One section* has
//!   all policies together and compares the action first; *a section an action* keeps those of each action apart, so that a question
//!   passes over its own only.
//! - **regorus**: the facts are documents keyed by name, the groups above come from `graph.reachable`, and the policy is compiled once for
//!   the library's own virtual machine. What a user may do on a target is a rule of the policy, evaluated once.
//!
//! # How to read it
//!
//! - These worlds are what rolecall is made for. At S any of the others, too, answers in well under a tenth of a millisecond.
//! - The gap is in what grows. A set of policies is gone through from end to end for each question unless the application finds a
//!   way around it; rolecall looks up the few places that count. A list of users or courses is one set in rolecall and a question for each
//!   candidate elsewhere.
//! - **Building** is faster with regorus; with casbin too at S and M, and slower at L. They lay down what they are given, and
//!   rolecall also checks names, loops and rules, and derives its index.
//! - **An update** takes casbin and regorus half as long at S, and up to three times as long at L. They change in place what must not be
//!   asked meanwhile. rolecall publishes a new snapshot, and whoever holds the old one goes on with it undisturbed.
//! - The counting allocator takes its share of what allocates while it answers: about a tenth of casbin's time at S, and of the other
//!   libraries' time less than the noise.
//! - Nothing here says how fast a server is that is built with any of them.
//!
//! # Where the others do more
//!
//! rolecall answers one question, whether a user can do an action on a target, from facts that it holds. Take another library where that
//! is not enough.
//!
//! - **Attributes of the request and of things.** In cedar-policy, casbin and regorus a rule can look at the hour, the address, the
//!   amount, the owner of a document. rolecall knows only what was recorded: memberships, places, labels, grants.
//! - **Negation in a rule**, as in *unless the account is frozen*: all three have it. In rolecall only a deny takes away.
//! - **A language for policies.** Cedar and Rego are texts that others can review, version, test and format without a program of yours;
//!   casbin's models are configuration. Rego also computes any document, not just yes or no. rolecall's vocabulary is declared in
//!   Rust, or read as data.
//! - **Analysis.** Cedar validates policies against a schema before they are used, its semantics are modelled and proved in Lean, and
//!   tools can compare two sets of policies for all requests. rolecall compares snapshots, on the facts they hold.
//! - **Partial answers.** cedar-policy can evaluate with parts of the request unknown and hand back what remains.
//! - **Facts that stay elsewhere.** cedar-policy and regorus can be given, with each question, only the few entities or documents that it
//!   needs. rolecall holds all of them in memory.
//! - **Persistence and distribution.** casbin has adapters for many databases and watchers that tell other processes of a change. rolecall
//!   gives out each change as data and leaves storing and sending to you.
//! - **Servers and services.** Rego policies also run in Open Policy Agent, Cedar policies also in Amazon Verified Permissions.
//! - **Other languages.** casbin exists for Go, Java, JavaScript, PHP, Python, .NET and C++, too; regorus has bindings for C, C++, C#, Go,
//!   Java, JavaScript, Python and Ruby; Cedar can be used from Java, Go and JavaScript. rolecall is for Rust.
