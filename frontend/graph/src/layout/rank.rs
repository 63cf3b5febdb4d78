/// Divides the nodes into columns: a node's column is right of those of what it refers to, as far as cycles allow.
///
/// `edges` go from the child to the parent, without loops.
pub(super) fn columns(count: usize, edges: &[(usize, usize)]) -> Vec<Vec<usize>> {
    let ranks = ranks(count, &acyclic(count, edges));
    let last = ranks.iter().copied().max().unwrap_or_default();
    let mut out = vec![Vec::new(); last + 1];
    for (node, rank) in ranks.into_iter().enumerate() {
        out[rank].push(node);
    }
    out.retain(|column| !column.is_empty());
    out
}

/// The edges with those turned around that close a cycle in a depth-first walk.
fn acyclic(count: usize, edges: &[(usize, usize)]) -> Vec<(usize, usize)> {
    #[derive(Clone, Copy, PartialEq)]
    enum Walk {
        Unseen,
        Open,
        Done,
    }
    let mut parents = vec![Vec::new(); count];
    for (from, to) in edges {
        parents[*from].push(*to);
    }
    let mut walk = vec![Walk::Unseen; count];
    let mut out = Vec::with_capacity(edges.len());
    for start in 0..count {
        if walk[start] != Walk::Unseen {
            continue;
        }
        // The node, and which of its parents comes next; a stack of our own, since a chain may be long.
        let mut stack = vec![(start, 0)];
        walk[start] = Walk::Open;
        while let Some((node, next)) = stack.last_mut() {
            let node = *node;
            let Some(parent) = parents[node].get(*next).copied() else {
                walk[node] = Walk::Done;
                stack.pop();
                continue;
            };
            *next += 1;
            match walk[parent] {
                Walk::Open => out.push((parent, node)),
                Walk::Done => out.push((node, parent)),
                Walk::Unseen => {
                    out.push((node, parent));
                    walk[parent] = Walk::Open;
                    stack.push((parent, 0));
                }
            }
        }
    }
    out
}

/// The longest way to a node without parents; then such nodes move right, next to the nearest child.
fn ranks(count: usize, edges: &[(usize, usize)]) -> Vec<usize> {
    let mut children = vec![Vec::new(); count];
    let mut waiting = vec![0_usize; count];
    for (child, parent) in edges {
        children[*parent].push(*child);
        waiting[*child] += 1;
    }
    let roots: Vec<usize> = (0..count).filter(|node| waiting[*node] == 0).collect();
    let mut ranks = vec![0_usize; count];
    let mut ready = roots.clone();
    while let Some(parent) = ready.pop() {
        for child in &children[parent] {
            ranks[*child] = ranks[*child].max(ranks[parent] + 1);
            waiting[*child] -= 1;
            if waiting[*child] == 0 {
                ready.push(*child);
            }
        }
    }
    for root in roots {
        let nearest = children[root].iter().map(|child| ranks[*child]).min();
        ranks[root] = nearest.map_or(0, |nearest| nearest.saturating_sub(1));
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cycle_is_cut_once() {
        assert_eq!(columns(3, &[(0, 1), (1, 2), (2, 0)]).len(), 3);
        assert_eq!(columns(2, &[(0, 1), (1, 0)]).len(), 2);
    }

    #[test]
    fn a_parent_stands_next_to_its_nearest_child() {
        // 0 → 1 → 2 → 3, and 0 → 4: 4 has no parent either, yet stands beside 1 and not beside 3.
        let found = columns(5, &[(0, 1), (1, 2), (2, 3), (0, 4)]);
        assert_eq!(found, [vec![3], vec![2], vec![1, 4], vec![0]]);
    }

    #[test]
    fn a_chain_of_ten_thousand_does_not_overflow() {
        let edges: Vec<(usize, usize)> = (0..9_999).map(|node| (node, node + 1)).collect();
        assert_eq!(columns(10_000, &edges).len(), 10_000);
    }
}
