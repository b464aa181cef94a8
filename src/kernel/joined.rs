//! [`joined`]: what the parts of a kernel state, as one problem.
//!
//! A variable, quantity or constraint of a part has the part's name before its own: `forward_variant`, `forward: threads`. What the
//! parts choose together, and what says the same in all of them, stands once under its own name.

use super::{Named, Part, Statement};
use constrint_solver::Values;
use std::collections::HashMap;

/// A part, and what it states.
pub(crate) struct Stating {
    part: &'static Part,
    stated: Statement,
    /// What the whole calls each name of the part.
    names: HashMap<String, String>,
}

impl Stating {
    /// Nothing but the part's shared variables is known to be shared.
    pub(crate) fn new(part: &'static Part, stated: Statement) -> Self {
        let constants = stated.constants.iter().map(|named| &named.name);
        let variables = stated.variables.iter().map(|named| &named.name);
        let definitions = stated.definitions.iter().map(|named| &named.name);
        let all = constants.chain(variables).chain(definitions);
        let names = all.map(|name| (name.to_string(), part.name_of(name))).collect();
        Self { part, stated, names }
    }

    /// A text, in the names of the whole.
    fn renamed(&self, text: &str) -> String {
        renamed(text, &self.names)
    }

    /// What the part says, named as the whole does. What belongs to the part alone says so.
    fn named<T, U>(&self, said: &Named<T>, it: U) -> Named<U> {
        let name = self.names[&*said.name].clone();
        let meaning =
            if name == said.name { said.meaning.clone() } else { format!("{}: {}", self.part.name, said.meaning) };
        Named::new(name, it, meaning)
    }

    /// The definition of that name, if it says this in the names of the whole.
    fn says(&self, name: &str, text: &str, meaning: &str) -> bool {
        let own = self.stated.definitions.iter().find(|own| own.name == name);
        own.is_some_and(|own| own.meaning == meaning && self.renamed(&own.it) == text)
    }
}

/// What all parts state; the cost is for the caller to say.
pub(crate) fn joined(mut parts: Vec<Stating>) -> Statement {
    share_constants(&mut parts);
    share_definitions(&mut parts);
    let mut whole = Statement::default();
    // A shared definition uses nothing of one part alone, so that it can stand before all others.
    let mut own = Vec::new();
    for part in &parts {
        for constant in &part.stated.constants {
            add(&mut whole.constants, part.named(constant, constant.it));
        }
        for variable in &part.stated.variables {
            add_variable(&mut whole.variables, part.named(variable, variable.it.clone()));
        }
        for (name, end) in &part.stated.search {
            let name = &part.names[&**name];
            if whole.search.iter().all(|(known, _)| known != name) {
                whole.search.push((name.clone().into(), *end));
            }
        }
        for definition in &part.stated.definitions {
            let named = part.named(definition, part.renamed(&definition.it));
            if named.name == definition.name { add(&mut whole.definitions, named) } else { own.push(named) }
        }
        whole.constraints.extend(part.stated.constraints.iter().map(|constraint| {
            let name = format!("{}: {}", part.part.name, constraint.name);
            Named::new(name, part.renamed(&constraint.it), constraint.meaning.clone())
        }));
        for name in &part.stated.cost_parts {
            let name = &part.names[&**name];
            if whole.cost_parts.iter().all(|known| known != name) {
                whole.cost_parts.push(name.clone().into());
            }
        }
    }
    whole.definitions.extend(own);
    whole
}

/// A number that is the same in all parts stands once.
fn share_constants(parts: &mut [Stating]) {
    let Some((first, others)) = parts.split_first() else { return };
    let is_shared = |constant: &&Named<i64>| others.iter().all(|other| other.stated.constants.contains(constant));
    let shared = first.stated.constants.iter().filter(is_shared).map(|constant| constant.name.to_string());
    shared.collect::<Vec<_>>().iter().for_each(|name| share(name, parts));
}

/// A definition that says the same in all parts stands once.
fn share_definitions(parts: &mut [Stating]) {
    let Some(first) = parts.first() else { return };
    for definition in first.stated.definitions.clone() {
        let text = parts[0].renamed(&definition.it);
        if parts.iter().all(|part| part.says(&definition.name, &text, &definition.meaning)) {
            share(&definition.name, parts);
        }
    }
}

fn share(name: &str, parts: &mut [Stating]) {
    for part in parts {
        part.names.insert(name.to_owned(), name.to_owned());
    }
}

fn add<T>(known: &mut Vec<Named<T>>, named: Named<T>) {
    if known.iter().all(|known| known.name != named.name) {
        known.push(named);
    }
}

/// A shared variable has the values that all parts have for it.
fn add_variable(known: &mut Vec<Named<Values>>, named: Named<Values>) {
    let Some(shared) = known.iter_mut().find(|known| known.name == named.name) else { return known.push(named) };
    let both = shared.it.iter().filter(|&value| named.it.contains(value));
    shared.it = Values::list(both).expect("the parts have a value in common");
}

/// A text of the expression language with other names.
fn renamed(text: &str, names: &HashMap<String, String>) -> String {
    let is_of_word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let mut whole = String::with_capacity(2 * text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let (word, behind) = rest.split_at(rest.find(|letter| !is_of_word(letter)).unwrap_or(rest.len()));
        let (between, next) = behind.split_at(behind.find(is_of_word).unwrap_or(behind.len()));
        whole += names.get(word).map_or(word, String::as_str);
        whole += between;
        rest = next;
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_renamed_and_nothing_else() {
        let names = HashMap::from([("a".to_owned(), "x_a".to_owned()), ("b1".to_owned(), "x_b1".to_owned())]);
        let text = "a*(b1+ab) - min(a, 10) if a<1 else b";
        assert_eq!(renamed(text, &names), "x_a*(x_b1+ab) - min(x_a, 10) if x_a<1 else b");
    }
}
