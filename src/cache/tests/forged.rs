//! Entries that somebody wrote with a right checksum: what breaks a constraint, or claims what is not so, is refused.

use super::super::entry::Entry;
use super::Solved;
use proptest::prelude::*;
use serde_json::{Value, json};

fn squares() -> Value {
    json!({"version": 1, "variables": {"x": {"min": 1, "max": 9}, "y": {"values": [1, 2, 4]}},
        "constraints": ["x * y <= 20", "x != 5"], "objective": {"maximize": "x * y / 3"}})
}

/// What becomes of the entry of an answer after a change and with its checksum made right again.
fn after(solved: &Solved, change: impl FnOnce(&mut Value)) -> Option<Vec<Vec<i64>>> {
    let key = solved.question().key();
    let mut fields = serde_json::to_value(Entry::new(&solved.question(), &key, &solved.solutions)).unwrap();
    change(&mut fields);
    let text = Entry::sealed(&fields.to_string())?.text();
    let solutions = Entry::read(&text)?.solutions(&solved.question(), &key)?;
    Some(solutions.into_iter().map(|solution| solution.values).collect())
}

#[test]
fn an_entry_as_it_was_written_is_believed() {
    let solved = Solved::new(&squares(), 3);
    let values = solved.solutions.iter().map(|solution| solution.values.clone()).collect();
    assert_eq!(after(&solved, |_| {}), Some(values));
}

#[test]
fn a_forged_entry_is_refused() {
    let solved = Solved::new(&squares(), 3);
    for (pointer, value) in [
        ("/format", json!(2)),
        ("/constrint", json!("0.0.9")),
        ("/key", json!("0".repeat(64))),
        ("/status", json!("feasible")),
        ("/solutions", json!([])),
        ("/solutions/0/values/x", json!(6)),
        ("/solutions/0/values/x", json!(10)),
        ("/solutions/0/values/y", json!(3)),
        ("/solutions/0/values", json!({"x": 9})),
        ("/solutions/0/values", json!({"x": 9, "y": 2, "z": 1})),
        ("/solutions/0/values", json!({"x": 9, "z": 2})),
        ("/solutions/0/objectives/0", json!("7")),
        ("/solutions/0/objectives", json!([])),
        ("/solutions/0/objectives", json!(["6", "6"])),
        // Solutions, but not best first, not apart, or more than were asked for.
        ("/solutions/0", json!({"values": {"x": 1, "y": 1}, "objectives": ["1/3"]})),
        ("/solutions/1", json!({"values": {"x": 9, "y": 2}, "objectives": ["6"]})),
    ] {
        let found = after(&solved, |fields| *fields.pointer_mut(pointer).unwrap() = value.clone());
        assert_eq!(found, None, "{pointer} = {value}");
    }
    let found = after(&solved, |fields| {
        fields["solutions"].as_array_mut().unwrap().push(json!({"values": {"x": 1, "y": 1}, "objectives": ["1/3"]}));
    });
    assert_eq!(found, None, "one solution more than was asked for");
    assert_eq!(after(&solved, |fields| fields["more"] = json!(1)), None, "a field that the format has not");
}

/// Without an objective the checker sees only solutions: the checksum alone tells the first from another.
#[test]
fn a_text_that_is_not_as_it_was_written_is_refused() {
    let mut problem = squares();
    problem.as_object_mut().unwrap().remove("objective");
    let solved = Solved::new(&problem, 1);
    let key = solved.question().key();
    let text = Entry::new(&solved.question(), &key, &solved.solutions).text();
    let believed = |bytes: &[u8]| Entry::read(std::str::from_utf8(bytes).ok()?)?.solutions(&solved.question(), &key);
    assert_eq!(believed(text.as_bytes()), Some(solved.solutions.clone()));
    for position in 0..text.len() {
        for byte in (0..8).map(|bit| text.as_bytes()[position] ^ (1 << bit)).chain(*b"0123456789 ,\"\0") {
            let mut flipped = text.as_bytes().to_vec();
            flipped[position] = byte;
            // Blanks may be lost or doubled; then all is as it was written.
            assert!(believed(&flipped).is_none_or(|found| found == solved.solutions), "byte {position}: {byte}");
        }
        assert_eq!(believed(&text.as_bytes()[..position]).is_some(), position == text.len() - 1, "{position} bytes");
    }
}

proptest! {
    /// Whatever the values say, what is believed keeps the constraints, as plain arithmetic has it.
    #[test]
    fn forged_values_that_are_believed_keep_the_constraints(x in 0..11_i64, y in 0..6_i64, thirds in 0..24_i64) {
        let solved = Solved::new(&squares(), 1);
        let value = if thirds % 3 == 0 { (thirds / 3).to_string() } else { format!("{thirds}/3") };
        let believed = after(&solved, |fields| {
            fields["solutions"][0] = json!({"values": {"x": x, "y": y}, "objectives": [value]});
        });
        let right = (1..=9).contains(&x) && [1, 2, 4].contains(&y) && x * y <= 20 && x != 5 && x * y == thirds;
        prop_assert_eq!(believed, right.then(|| vec![vec![x, y]]));
    }
}
