//! Loops: every edge that goes back is told, of each sort of edges, and what an importer leaves out is enough and not too much.

use std::collections::BTreeSet;

use petgraph::algo::{is_cyclic_directed, tarjan_scc};
use petgraph::graphmap::DiGraphMap;
use proptest::prelude::*;
use rolecall::{
    Catalog, CatalogProblem, Change, Edges, PlaceName, Policy, Problem, ThingName, allows,
    without_loops,
};

use crate::growth::check_growth;

type Edge = (u32, u32);

/// How edges of one sort are recorded.
struct Sort {
    edges: Edges,
    thing: fn(u32) -> ThingName,
    edge: fn(Edge) -> Change,
}

const SORTS: [Sort; 3] = [
    Sort {
        edges: Edges::Groups,
        thing: |at| ThingName::group(at.to_string()),
        edge: |(from, to)| Change::Attach {
            group: from.to_string(),
            parent: to.to_string(),
        },
    },
    Sort {
        edges: Edges::Placements,
        thing: |at| ThingName::resource("box", at.to_string()),
        edge: |(from, to)| Change::Place {
            kind: "box".into(),
            resource: from.to_string(),
            place: PlaceName::resource("box", to.to_string()),
        },
    },
    Sort {
        edges: Edges::Roles,
        thing: |at| ThingName::role(at.to_string()),
        edge: |(from, to)| Change::IncludeRole {
            role: from.to_string(),
            included: to.to_string(),
        },
    },
];

impl Sort {
    /// A policy of so many things without edges.
    fn policy(&self, things: u32) -> Policy {
        let mut policy = Policy::new(Catalog::builder().kind("box").build().unwrap());
        let things: Vec<_> = (0..things)
            .map(|at| Change::Add((self.thing)(at)))
            .collect();
        policy.apply(&things).unwrap();
        policy
    }

    /// The loops that are told when all edges are added at once, and how many more there are.
    fn told(&self, things: u32, edges: &[Edge]) -> (Vec<Vec<u32>>, usize) {
        let changes: Vec<Change> = edges.iter().copied().map(self.edge).collect();
        let Err(refused) = self.policy(things).apply(&changes) else {
            return (Vec::new(), 0);
        };
        let (mut loops, mut more) = (Vec::new(), 0);
        for problem in refused.problems() {
            match problem {
                Problem::Loop { edges, path } if *edges == self.edges => {
                    let number = |thing: &ThingName| thing.name().parse().unwrap();
                    loops.push(path.iter().map(number).collect());
                }
                Problem::MoreLoops { edges, count } if *edges == self.edges => more += count,
                other => panic!("{other}"),
            }
        }
        (loops, more)
    }
}

/// The loops that a catalog tells of roles with these includes, or of actions with these references.
fn told_by_catalog(things: u32, edges: &[Edge], of_roles: bool) -> (Vec<Vec<u32>>, usize) {
    let next = |at: u32| {
        let edges = edges.iter().filter(move |(from, _)| *from == at);
        edges.map(|(_, to)| to.to_string())
    };
    let mut builder = Catalog::builder().permission("p");
    for at in 0..things {
        let above: Vec<String> = next(at).collect();
        builder = if of_roles {
            builder.role_including(at.to_string(), [], above.iter().map(String::as_str))
        } else {
            let parts = above.iter().map(allows).chain([rolecall::holds("p")]);
            builder.action(at.to_string(), rolecall::any(parts))
        };
    }
    let Err(wrong) = builder.build() else {
        return (Vec::new(), 0);
    };
    let (mut loops, mut more) = (Vec::new(), 0);
    for problem in wrong.problems() {
        match problem {
            CatalogProblem::Loop { path, .. } => {
                loops.push(path.iter().map(|name| name.parse().unwrap()).collect());
            }
            CatalogProblem::MoreLoops { count, .. } => more += count,
            other => panic!("{other}"),
        }
    }
    (loops, more)
}

/// The groups of the issue: x > y, y > z, z > y, x > w, w > x.
const TWO_LOOPS: [Edge; 5] = [(2, 1), (1, 0), (0, 1), (2, 3), (3, 2)];

#[test]
fn both_of_two_loops_are_told_of_every_sort_of_edges() {
    for sort in &SORTS {
        let (mut loops, more) = sort.told(4, &TWO_LOOPS);
        loops.sort();
        assert_eq!((loops.len(), more), (2, 0), "{}: {loops:?}", sort.edges);
        check_told(&loops, &TWO_LOOPS);
    }
    for of_roles in [true, false] {
        let (loops, more) = told_by_catalog(4, &TWO_LOOPS, of_roles);
        assert_eq!((loops.len(), more), (2, 0), "{loops:?}");
        check_told(&loops, &TWO_LOOPS);
    }
}

/// Each loop is one, along a shortest way, ends with another edge that goes back, and without these edges there is none.
fn check_told(loops: &[Vec<u32>], edges: &[Edge]) {
    let mut graph: DiGraphMap<u32, ()> = DiGraphMap::from_edges(edges);
    for path in loops {
        let [.., from, to] = path[..] else {
            panic!("{path:?}")
        };
        assert_eq!(path.first(), Some(&to), "{path:?}");
        for step in path.windows(2) {
            assert!(edges.contains(&(step[0], step[1])), "{path:?}");
        }
        let ways = petgraph::algo::dijkstra(
            &DiGraphMap::<u32, ()>::from_edges(edges),
            to,
            Some(from),
            |_| 1,
        );
        assert_eq!(ways[&from] + 2, path.len(), "{path:?} is not the shortest");
    }
    for path in loops {
        let [.., from, to] = path[..] else {
            panic!("{path:?}")
        };
        assert!(
            graph.remove_edge(from, to).is_some(),
            "told twice: {from} > {to}"
        );
    }
    assert!(!is_cyclic_directed(&graph), "{loops:?} of {edges:?}");
}

fn edges() -> impl Strategy<Value = Vec<Edge>> {
    (2_u32..9).prop_flat_map(|things| prop::collection::vec((0..things, 0..things), 0..20))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn each_edge_that_goes_back_is_told_once(edges in edges()) {
        let things = 9;
        let distinct: BTreeSet<Edge> = edges.iter().copied().collect();
        let is_cyclic = is_cyclic_directed(&DiGraphMap::<u32, ()>::from_edges(&distinct));
        let told = SORTS.iter().map(|sort| sort.told(things, &edges));
        let by_catalog = [true, false].map(|of_roles| told_by_catalog(things, &edges, of_roles));
        for (loops, more) in told.chain(by_catalog) {
            prop_assert_eq!(more, 0);
            prop_assert_eq!(loops.is_empty(), !is_cyclic);
            check_told(&loops, &edges);
        }
    }

    #[test]
    fn what_is_left_has_no_loop_and_nothing_is_left_out_in_vain(edges in edges()) {
        let found = without_loops(edges.iter().copied());
        // Nothing is lost, and the order stays.
        let mut seen = BTreeSet::new();
        let distinct = edges.iter().copied().filter(|edge| seen.insert(*edge));
        let (left_out, kept): (Vec<Edge>, Vec<Edge>) = distinct.partition(|edge| found.left_out.contains(edge));
        prop_assert_eq!((&found.left_out, &found.kept), (&left_out, &kept));
        let graph = DiGraphMap::<u32, ()>::from_edges(&kept);
        prop_assert!(!is_cyclic_directed(&graph));
        for edge in left_out {
            let mut with = graph.clone();
            with.add_edge(edge.0, edge.1, ());
            prop_assert!(is_cyclic_directed(&with), "{:?} could stay", edge);
        }
        let set = |part: Vec<u32>| part.into_iter().collect::<BTreeSet<_>>();
        let parts: BTreeSet<_> = found.parts.into_iter().map(set).collect();
        let witness = tarjan_scc(&DiGraphMap::<u32, ()>::from_edges(&edges));
        let witness: BTreeSet<_> = witness.into_iter().filter(|part| part.len() > 1).map(set).collect();
        prop_assert_eq!(parts, witness);
    }
}

/// A ring in which each thing leads to a few others as well.
fn ring(size: u32) -> Vec<Edge> {
    let edges = (0..size).flat_map(|at| [1, 7, 31].map(|step| (at, (at + step) % size)));
    edges.collect()
}

#[test]
fn thousands_of_loops_are_counted_and_their_texts_are_short() {
    let sort = &SORTS[0];
    let edges = ring(2_000);
    let back = without_loops(edges.iter().copied()).left_out.len();
    let (loops, more) = sort.told(2_000, &edges);
    assert!(loops.len() <= 100 && loops.len() + more == back, "{back}");
    let changes: Vec<Change> = edges.iter().copied().map(sort.edge).collect();
    let text = sort.policy(2_000).apply(&changes).unwrap_err().to_string();
    assert!(text.len() < 40_000, "{}", text.len());
    // The loops and how many more there are, of which the first ten are in the text.
    let rest = loops.len() + usize::from(more > 0) - 10;
    assert!(text.ends_with(&format!(" and {rest} more")), "{text}");
}

#[test]
fn finding_and_telling_loops_grows_with_the_edges() {
    let sort = &SORTS[0];
    check_growth(2_000, 1.0, |size| {
        let size = u32::try_from(size).unwrap();
        let changes: Vec<Change> = ring(size).into_iter().map(sort.edge).collect();
        let mut policy = sort.policy(size);
        let (refused, steps) = rolecall::testing::count_steps(|| policy.apply(&changes));
        assert!(refused.is_err());
        steps
    });
}

#[test]
fn a_long_loop_needs_no_deep_stack() {
    let work = || {
        let size = 100_000;
        let found = without_loops((0..size).map(|at| (at, (at + 1) % size)));
        assert_eq!(found.left_out, [(size - 1, 0)]);
        assert_eq!(found.parts[0].len(), size);
        let (loops, more) = SORTS[0].told(10_000, &ring(10_000)[..]);
        assert!(!loops.is_empty() && more > 0);
    };
    let thread = std::thread::Builder::new().stack_size(64 * 1024);
    thread.spawn(work).unwrap().join().unwrap();
}
