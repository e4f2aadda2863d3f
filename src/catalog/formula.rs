//! Requirements as the questions walk them: all formulas of a catalog in one flat table, names resolved.

use crate::catalog::PlaceKind;
use crate::catalog::requirement::Asked;
use crate::limit::limit;

/// How deep a simple formula is at the most; questions recurse over no other.
const SIMPLE_DEPTH: usize = limit(6, 2);

/// How many parts a part of a simple formula has at the most.
const SIMPLE_PARTS: usize = limit(16, 2);

/// One node of a formula.
#[derive(Clone, Debug)]
pub(crate) enum Node {
    Holds(u32),
    Above(PlaceKind, u32),
    Within(u32),
    Marked(u32),
    Allows(u32),
    All(Vec<u32>),
    Any(Vec<u32>),
    /// The main requirement first, then its companions.
    With(Vec<u32>),
    On(Asked, u32),
}

/// An action, and where its formula begins.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ActionOf {
    pub(crate) targets: usize,
    pub(crate) root: u32,
    /// The permission, where holding it at the one target is all that the action requires.
    pub(crate) holds: Option<u32>,
    /// Whether the formula is small and asks of the targets themselves only: `holds`, `marked`, `all`, `any`, `with` and `on`.
    pub(crate) is_simple: bool,
}

/// All formulas of a catalog.
#[derive(Debug, Default)]
pub(crate) struct Formulas {
    nodes: Vec<Node>,
    actions: Vec<ActionOf>,
    /// How many actions at the beginning are a permission each, of the same index, and require no more than to hold it.
    permissions: usize,
}

impl Formulas {
    pub(crate) fn push_node(&mut self, node: Node) -> u32 {
        self.nodes.push(node);
        u32::try_from(self.nodes.len() - 1).unwrap_or(u32::MAX)
    }

    pub(crate) fn push_action(&mut self, targets: usize, root: u32) {
        let holds = match self.node(root) {
            Some(Node::Holds(permission)) if targets == 1 => Some(*permission),
            _ => None,
        };
        let index = self.actions.len();
        if self.permissions == index && holds.is_some_and(|holds| holds as usize == index) {
            self.permissions += 1;
        }
        self.actions.push(ActionOf {
            targets,
            root,
            holds,
            is_simple: self.is_simple(root, SIMPLE_DEPTH),
        });
    }

    fn is_simple(&self, node: u32, depth: usize) -> bool {
        let Some(below) = depth.checked_sub(1) else {
            return false;
        };
        match self.node(node) {
            Some(Node::Holds(_) | Node::Marked(_)) => true,
            Some(Node::All(parts) | Node::Any(parts) | Node::With(parts)) => {
                parts.len() <= SIMPLE_PARTS && parts.iter().all(|part| self.is_simple(*part, below))
            }
            Some(Node::On(_, part)) => self.is_simple(*part, below),
            Some(Node::Above(..) | Node::Within(_) | Node::Allows(_)) | None => false,
        }
    }

    /// Every node of every formula.
    pub(crate) fn nodes(&self) -> impl Iterator<Item = &Node> {
        self.nodes.iter()
    }

    pub(crate) fn node(&self, node: u32) -> Option<&Node> {
        self.nodes.get(node as usize)
    }

    /// How many actions at the beginning are a permission each, of the same index, and require no more than to hold it.
    pub(crate) fn permissions(&self) -> usize {
        self.permissions
    }

    /// Every action, in order.
    pub(crate) fn actions(&self) -> &[ActionOf] {
        &self.actions
    }

    pub(crate) fn action(&self, action: u32) -> Option<ActionOf> {
        self.actions.get(action as usize).copied()
    }
}
