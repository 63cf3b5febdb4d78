/// Tables that foreign keys connect, whatever their direction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Component {
    /// Ascending.
    pub(super) nodes: Vec<usize>,
    /// From and to, as places in `nodes`; each pair once, ascending.
    pub(super) edges: Vec<(usize, usize)>,
}

/// The weakly connected components of `count` nodes, by their smallest node.
pub(super) fn weak(count: usize, edges: &[(usize, usize)]) -> Vec<Component> {
    let mut parents: Vec<usize> = (0..count).collect();
    for (from, to) in edges {
        let (one, other) = (root(&mut parents, *from), root(&mut parents, *to));
        let (low, high) = (one.min(other), one.max(other));
        parents[high] = low;
    }
    let mut component_of_root = vec![usize::MAX; count];
    let mut places = vec![(0, 0); count];
    let mut out: Vec<Component> = Vec::new();
    for (node, place) in places.iter_mut().enumerate() {
        let root = root(&mut parents, node);
        if component_of_root[root] == usize::MAX {
            component_of_root[root] = out.len();
            out.push(Component { nodes: Vec::new(), edges: Vec::new() });
        }
        let component = component_of_root[root];
        *place = (component, out[component].nodes.len());
        out[component].nodes.push(node);
    }
    for (from, to) in edges {
        let ((component, from), (_, to)) = (places[*from], places[*to]);
        out[component].edges.push((from, to));
    }
    for component in &mut out {
        component.edges.sort_unstable();
        component.edges.dedup();
    }
    out
}

fn root(parents: &mut [usize], mut node: usize) -> usize {
    while parents[node] != node {
        parents[node] = parents[parents[node]];
        node = parents[node];
    }
    node
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn direction_does_not_separate() {
        let found = weak(5, &[(3, 1), (1, 3), (0, 4), (3, 1)]);
        let nodes: Vec<&[usize]> = found.iter().map(|component| component.nodes.as_slice()).collect();
        assert_eq!(nodes, [&[0, 4][..], &[1, 3], &[2]]);
        assert_eq!(found[1].edges, [(0, 1), (1, 0)]);
    }
}
