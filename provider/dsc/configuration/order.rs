//! The order in which resources are configured: each behind those that it depends on, otherwise as in the text.

use super::problem::Problems;
use super::{Draft, Wanted};
use omi_mof::nearest;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

/// Checks the resources of a text against each other and puts them in order.
pub(super) fn arrange(mut drafts: Vec<Draft>, mut problems: Problems) -> Result<Vec<Wanted>, Problems> {
    let is_complete = problems.is_empty();
    for draft in drafts.iter_mut().filter(|draft| draft.is_sound) {
        if let Err(error) = draft.resource.check(&mut draft.desired) {
            problems.add(draft.line, format!("{}: {}", draft.id, error.message()));
        }
    }
    let places = places(&drafts, &mut problems);
    check_keys(&drafts, &mut problems);
    if !is_complete {
        // What is missing may be something that was not understood.
        return problems.or(Vec::new());
    }
    let depends_on: Vec<Vec<usize>> =
        drafts.iter().map(|draft| dependencies(draft, &places, &drafts, &mut problems)).collect();
    let order = match sorted(&depends_on) {
        Ok(order) => order,
        Err(cycle) => {
            let names: Vec<_> = cycle.iter().map(|place| drafts[*place].id.as_str()).collect();
            let message = format!("the resources depend on each other in a circle: {}", names.join(" needs "));
            problems.add(drafts[cycle[0]].line, message);
            Vec::new()
        }
    };
    let order = problems.or(order)?;
    let mut new_places = vec![0; drafts.len()];
    order.iter().enumerate().for_each(|(new, old)| new_places[*old] = new);
    let mut wanted: Vec<_> =
        drafts.into_iter().zip(depends_on).map(|(draft, depends_on)| Some((draft, depends_on))).collect();
    let in_order = order.iter().filter_map(|old| wanted[*old].take());
    Ok(in_order
        .map(|(draft, depends_on)| Wanted {
            id: draft.id,
            resource: draft.resource,
            desired: draft.desired,
            line: draft.line,
            depends_on: depends_on.into_iter().map(|old| new_places[old]).collect(),
        })
        .collect())
}

/// The resources by their ids in lower case.
fn places(drafts: &[Draft], problems: &mut Problems) -> HashMap<String, usize> {
    let mut places = HashMap::new();
    for (place, draft) in drafts.iter().enumerate().filter(|(_, draft)| !draft.id.is_empty()) {
        if let Some(first) = places.insert(draft.id.to_lowercase(), place) {
            let line = drafts[first].line;
            problems.add(draft.line, format!("there is a resource {} already, in line {line}", draft.id));
        }
    }
    places
}

/// Two resources that are about the same thing would contradict each other.
fn check_keys(drafts: &[Draft], problems: &mut Problems) {
    let mut seen: HashMap<String, &Draft> = HashMap::new();
    for draft in drafts {
        let keys = draft.resource.class().keys().map(|key| format!("{key}={:?} ", draft.desired.get(key)));
        let identity = format!("{} {}", draft.resource.class().name(), keys.collect::<String>());
        if let Some(first) = seen.insert(identity, draft) {
            let keys: Vec<_> = draft.resource.class().keys().collect();
            let (id, keys) = (&draft.id, keys.join(", "));
            problems.add(draft.line, format!("{id} has the same {keys} as {} in line {}", first.id, first.line));
        }
    }
}

fn dependencies(
    draft: &Draft,
    places: &HashMap<String, usize>,
    drafts: &[Draft],
    problems: &mut Problems,
) -> Vec<usize> {
    let mut found = Vec::new();
    for (id, line) in &draft.depends_on {
        match places.get(&id.to_lowercase()) {
            Some(place) => found.push(*place),
            None => {
                let near = nearest(id, drafts.iter().map(|draft| draft.id.as_str()));
                let near = near.map(|near| format!("; did you mean {near}?")).unwrap_or_default();
                problems.add(*line, format!("{} depends on {id}, which is not there{near}", draft.id));
            }
        }
    }
    found
}

/// Always the first of those whose dependencies are done, or a circle with its first place again at the end.
fn sorted(depends_on: &[Vec<usize>]) -> Result<Vec<usize>, Vec<usize>> {
    let mut open: Vec<usize> = depends_on.iter().map(Vec::len).collect();
    let mut dependents = vec![Vec::new(); depends_on.len()];
    for (place, needed) in depends_on.iter().enumerate() {
        needed.iter().for_each(|needed| dependents[*needed].push(place));
    }
    let mut ready: BinaryHeap<_> = (0..open.len()).filter(|place| open[*place] == 0).map(Reverse).collect();
    let mut order = Vec::with_capacity(open.len());
    while let Some(Reverse(place)) = ready.pop() {
        order.push(place);
        for dependent in &dependents[place] {
            open[*dependent] -= 1;
            if open[*dependent] == 0 {
                ready.push(Reverse(*dependent));
            }
        }
    }
    match open.iter().position(|count| *count > 0) {
        None => Ok(order),
        Some(start) => Err(circle(depends_on, &open, start)),
    }
}

/// Each of those that are left needs another one of them, so going on comes back some time.
fn circle(depends_on: &[Vec<usize>], open: &[usize], start: usize) -> Vec<usize> {
    let mut path = vec![start];
    loop {
        let next = path.last().and_then(|last| depends_on[*last].iter().find(|needed| open[**needed] > 0));
        let Some(next) = next.copied() else { return path };
        if let Some(first) = path.iter().position(|place| *place == next) {
            path.drain(..first);
            path.push(next);
            return path;
        }
        path.push(next);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dependencies_come_first_and_the_rest_stays_in_order() {
        assert_eq!(sorted(&[vec![], vec![3], vec![], vec![]]), Ok(vec![0, 2, 3, 1]));
        assert_eq!(sorted(&[vec![1], vec![2], vec![]]), Ok(vec![2, 1, 0]));
        assert_eq!(sorted(&[vec![1, 1], vec![]]), Ok(vec![1, 0]));
        assert_eq!(sorted(&[]), Ok(vec![]));
    }

    #[test]
    fn a_circle_is_named_without_the_way_to_it() {
        assert_eq!(sorted(&[vec![1], vec![2], vec![1]]), Err(vec![1, 2, 1]));
        assert_eq!(sorted(&[vec![0]]), Err(vec![0, 0]));
    }
}
