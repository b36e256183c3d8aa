//! The order of classes: superclasses first. Unknown superclasses and circles are reported here.

use super::{Base, Resolver};

#[derive(Clone, Copy, PartialEq)]
enum State {
    New,
    /// On the chain of superclasses that is being followed.
    Open,
    Done,
}

impl Resolver<'_> {
    /// Finds every superclass and returns the places of the classes so that each stands behind its superclass.
    pub(super) fn order(&mut self) -> Vec<usize> {
        let mut states = vec![State::New; self.declared.len()];
        let mut order = Vec::with_capacity(self.declared.len());
        for place in 0..self.declared.len() {
            let mut chain = Vec::new();
            let mut next = Some(place);
            // No recursion: a chain may be as long as the text.
            while let Some(current) = next {
                match states[current] {
                    State::Done => break,
                    State::Open => {
                        self.report_circle(current, &chain);
                        break;
                    }
                    State::New => {}
                }
                states[current] = State::Open;
                chain.push(current);
                self.declared[current].base = self.find_base(current);
                next = match self.declared[current].base {
                    Base::Class(base) => Some(base),
                    _ => None,
                };
            }
            for current in chain.into_iter().rev() {
                states[current] = State::Done;
                order.push(current);
            }
        }
        order
    }

    fn find_base(&mut self, place: usize) -> Base {
        let Some(name) = &self.declared[place].syntax.superclass else { return Base::None };
        if let Some(base) = self.class_names.get(&name.text.to_ascii_lowercase()) {
            return Base::Class(*base);
        }
        // Other uses of the name need not be reported as well.
        self.unknown.insert(name.text.to_ascii_lowercase());
        if self.lost.has(&name.text) {
            return Base::Broken;
        }
        let others = self.declared.iter().enumerate().filter(|(other, _)| *other != place);
        self.sink
            .error(name.span, format!("unknown superclass `{}`", name.text))
            .label("this class is not declared anywhere")
            .suggest(&name.text, others.map(|(_, class)| class.syntax.name.text.as_str()));
        Base::Broken
    }

    /// Reports the classes from `start` to the end of the chain, and breaks the circle.
    fn report_circle(&mut self, start: usize, chain: &[usize]) {
        const SHOWN: usize = 8;
        let from = chain.iter().position(|place| *place == start).unwrap_or(0);
        let circle = &chain[from..];
        let name = |place: &usize| self.declared[*place].syntax.name.text.as_str();
        let mut names: Vec<_> = circle.iter().take(SHOWN).map(name).collect();
        if circle.len() > SHOWN {
            names.push("...");
        }
        names.push(name(&start));
        let names = names.join(" : ");
        let syntax = &self.declared[start].syntax;
        let span = syntax.superclass.as_ref().unwrap_or(&syntax.name).span;
        self.sink.error(span, format!("the class `{}` derives from itself", syntax.name.text)).label(names);
        for place in circle {
            self.declared[*place].base = Base::Broken;
        }
    }
}
