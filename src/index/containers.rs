//! The containers of some resources from the outermost to the resources themselves, each with the keys that it adds.
//!
//! The plain form gathers all keys of each container anew, which climbs from each: quadratic down a chain. But whatever covers a container
//! covers all that is in it. So one walk is enough: each container has the keys that begin to cover there, and who asks hands on what it found
//! of the containers before. Only the bounds of labels are about all that a container is under; they are handed on here, one list for all
//! containers of a chain that add none.

use std::rc::Rc;

use rustc_hash::FxHashMap as HashMap;
use smallvec::SmallVec;

use crate::facts::Facts;
use crate::graph;
use crate::id::{Place, Resource, User};
use crate::index::Index;
use crate::index::keys::TargetKeys;
use crate::steps::step;

/// One of the resources, or something that they are in.
pub(crate) struct Container<'a> {
    pub(crate) resource: Resource,
    /// What it is placed in directly, by position in the walk.
    pub(crate) within: SmallVec<[usize; 2]>,
    /// The users whom it is placed in directly.
    pub(crate) owners: SmallVec<[User; 1]>,
    /// The keys that cover it and not already what it is placed in; some may cover that as well.
    pub(crate) keys: TargetKeys<'a>,
    /// The keys of `underlying` for all that it is under, where labels come into it.
    bounds: Rc<[u32]>,
}

impl Index {
    /// The resources and all that they are in, each after what it is in itself.
    pub(crate) fn containers<'a>(
        &'a self,
        facts: &Facts,
        resources: impl IntoIterator<Item = Resource>,
    ) -> Vec<Container<'a>> {
        let inside = |resource: Resource| {
            let places: SmallVec<[Resource; 4]> = facts
                .placements(resource)
                .filter_map(Place::resource)
                .collect();
            places
        };
        let order = graph::bottom_up(resources, inside);
        let positions = order
            .iter()
            .enumerate()
            .map(|(at, resource)| (*resource, at));
        let positions: HashMap<Resource, usize> = positions.collect();
        let mut containers: Vec<Container<'a>> = Vec::with_capacity(order.len());
        for resource in order {
            step();
            let places = || facts.placements(resource);
            let outer = places().filter_map(Place::resource);
            let mut container = Container {
                resource,
                within: outer
                    .filter_map(|outer| positions.get(&outer).copied())
                    .collect(),
                owners: places().filter_map(Place::user).collect(),
                keys: TargetKeys::default(),
                bounds: Rc::default(),
            };
            self.keys.add_placed(facts, resource, &mut container.keys);
            if self.keys.has_labels() {
                container.bounds = self.bounds(facts, &container, &containers);
                self.add_labels(facts, &mut container, &containers);
            }
            containers.push(container);
        }
        containers
    }

    /// The keys of `underlying` for all that a container is under, by what those before it have.
    fn bounds(
        &self,
        facts: &Facts,
        container: &Container<'_>,
        before: &[Container<'_>],
    ) -> Rc<[u32]> {
        let groups = facts.placements(container.resource);
        let groups = groups.filter(|place| matches!(place, Place::Group(_)));
        let own = self.keys.bounds_over(facts, groups);
        let outer = container.within.iter().filter_map(|at| before.get(*at));
        let outer: SmallVec<[&Rc<[u32]>; 2]> = outer.map(|outer| &outer.bounds).collect();
        let longest = outer.iter().copied().max_by_key(|bounds| bounds.len());
        let has_all = |longest: &Rc<[u32]>| {
            let others = outer.iter().filter(|other| !Rc::ptr_eq(other, longest));
            let mut others = others.flat_map(|other| other.iter()).chain(&own);
            others.all(|key| longest.binary_search(key).is_ok())
        };
        if let Some(longest) = longest.filter(|longest| has_all(longest)) {
            return Rc::clone(longest);
        }
        let mut all: Vec<u32> = outer
            .iter()
            .flat_map(|bounds| bounds.iter())
            .copied()
            .collect();
        all.extend(own);
        all.sort_unstable();
        all.dedup();
        all.into()
    }

    /// Adds the keys of the labels that a container carries, where none with the same bounds above it carries them.
    fn add_labels(&self, facts: &Facts, container: &mut Container<'_>, before: &[Container<'_>]) {
        let Container {
            resource,
            within,
            keys,
            bounds,
            ..
        } = container;
        for label in facts.label_indices(Place::Resource(*resource)) {
            let outer = within.iter().filter_map(|at| before.get(*at));
            let mut alike = outer.filter(|outer| Rc::ptr_eq(&outer.bounds, bounds));
            if !alike.any(|outer| facts.has_label(outer.resource.into(), *label)) {
                self.keys.add_labelled(*label, bounds, |key| keys.push(key));
            }
        }
    }
}
