//! Rego, with a list of functions and a deadline.
//!
//! The library knows functions that have no place in a condition even without its features for HTTP and time
//! (`rand.intn`), that panic (`numbers.range` allocates what it is told to), or that grow values faster than its
//! deadline sees (`replace`, `bits.lsh`). So a module is walked once it is parsed, and may call what is on a list.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use regorus::unstable::{ArithOp, Expr, Literal, Module, Query, Rule, RuleAssign, RuleHead};
use regorus::utils::limits::ExecutionTimerConfig;
use regorus::{Engine, LimitError};
use serde_json::Value;

use super::{ConditionError, Language, MAX_NESTING, compile_pattern, on_deep_stack};

/// How long an evaluation may take. The library offers no other measure of work. A machine that is slow refuses
/// what another does not, and never the reverse.
const DEADLINE: Duration = Duration::from_secs(1);

/// Steps of the evaluation between two looks at the clock.
const STEPS_BETWEEN_CHECKS: NonZeroU32 = NonZeroU32::MIN;

/// Levels of nested brackets. The library's parser reads each of them as a comprehension first and then again as
/// what it is, so its time doubles or worse with each level: at thirty it takes hours.
const MAX_BRACKETS: usize = 8;

/// Bytes of a text that `concat` makes.
const MAX_CONCATENATED: usize = 64 << 10;

/// The functions that a module may call, beside its own. What they return is not larger than what they are given;
/// `concat` is our own.
const FUNCTIONS: &[&str] = &[
    "abs",
    "array.reverse",
    "array.slice",
    "ceil",
    "concat",
    "contains",
    "count",
    "endswith",
    "floor",
    "indexof",
    "intersection",
    "is_array",
    "is_boolean",
    "is_null",
    "is_number",
    "is_object",
    "is_set",
    "is_string",
    "lower",
    "max",
    "min",
    "object.get",
    "object.keys",
    "object.subset",
    "regex.match",
    "round",
    "semver.compare",
    "semver.is_valid",
    "sort",
    "split",
    "startswith",
    "strings.any_prefix_match",
    "strings.any_suffix_match",
    "strings.count",
    "substring",
    "sum",
    "to_number",
    "trim",
    "trim_left",
    "trim_prefix",
    "trim_right",
    "trim_space",
    "trim_suffix",
    "type_name",
    "union",
    "upper",
];

/// A module, prepared.
#[derive(Clone, Debug)]
pub(super) struct Program {
    engine: Engine,
    rule: String,
}

impl Program {
    pub(super) fn new(source: &str) -> Result<Self, String> {
        check_brackets(source)?;
        let mut engine = Engine::new();
        // An error of a function is an error, not `undefined`, which `not` would make `true`.
        engine.set_strict_builtin_errors(true);
        // Nothing may print; were `print` to come through, it would not reach a stream.
        engine.set_gather_prints(true);
        engine.set_execution_timer_config(ExecutionTimerConfig {
            limit: DEADLINE,
            check_interval: STEPS_BETWEEN_CHECKS,
        });
        engine
            .add_extension(
                "concat".to_owned(),
                2,
                Box::new(|arguments: Vec<_>| Ok(concat(&arguments)?)),
            )
            .map_err(|error| error.to_string())?;
        let package = engine
            .add_policy("condition".to_owned(), source.to_owned())
            .map_err(|error| error.to_string())?;
        for module in engine.get_modules() {
            Walk::module(module)?;
        }
        let rule = format!("{package}.allow");
        // Prepares the engine, and finds the rest of what is wrong: variables without a value, rules in conflict.
        engine
            .compile_with_entrypoint(&rule.as_str().into())
            .map_err(|error| error.to_string())?;
        Ok(Self { engine, rule })
    }

    pub(super) fn evaluate(&self, input: &Value) -> Result<bool, ConditionError> {
        let language = Language::Rego;
        let failed = |detail: String| ConditionError::Evaluation { language, detail };
        // Rules that refer to rules nest as deep as the module is long.
        on_deep_stack(|| Ok(self.evaluate_here(input))).unwrap_or_else(|error| Err(failed(error)))
    }

    fn evaluate_here(&self, input: &Value) -> Result<bool, ConditionError> {
        let language = Language::Rego;
        let input = match regorus::Value::from(input.clone()) {
            // What it makes of an error, and what `not` holds for.
            regorus::Value::Undefined => {
                return Err(ConditionError::Evaluation {
                    language,
                    detail: "the input is not a value of Rego".to_owned(),
                });
            }
            input => input,
        };
        let mut engine = self.engine.clone();
        engine.set_input(input);
        let start = Instant::now();
        let outcome = engine.eval_rule(self.rule.clone());
        // An outcome that comes too late does not count either: a function with several definitions passes over
        // those that failed, if only for the deadline.
        if start.elapsed() >= DEADLINE {
            return Err(ConditionError::TooMuchWork { language });
        }
        match outcome {
            Ok(regorus::Value::Bool(decision)) => Ok(decision),
            Ok(regorus::Value::Undefined) => Ok(false),
            Ok(other) => Err(ConditionError::NotBoolean {
                language,
                found: type_of(&other).to_owned(),
            }),
            Err(error) if error.downcast_ref::<LimitError>().is_some() => {
                Err(ConditionError::TooMuchWork { language })
            }
            Err(error) => Err(ConditionError::Evaluation {
                language,
                detail: error.to_string(),
            }),
        }
    }
}

/// Refuses a source that the parser takes too long for. What is in texts and comments does not count: a bracket
/// there would hide one elsewhere.
fn check_brackets(source: &str) -> Result<(), String> {
    let mut open = 0_usize;
    let mut characters = source.chars();
    while let Some(character) = characters.next() {
        match character {
            '(' | '[' | '{' => {
                open = open.saturating_add(1);
                if open > MAX_BRACKETS {
                    return Err(format!("brackets nested deeper than {MAX_BRACKETS} levels"));
                }
            }
            ')' | ']' | '}' => open = open.saturating_sub(1),
            '#' => drop(characters.find(|it| *it == '\n')),
            '`' => drop(characters.find(|it| *it == '`')),
            '"' => {
                while let Some(inner) = characters.next() {
                    match inner {
                        '\\' => drop(characters.next()),
                        // The library ends no text at a line, and refuses it there.
                        '"' | '\n' => break,
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn type_of(value: &regorus::Value) -> &'static str {
    match value {
        regorus::Value::Null => "null",
        regorus::Value::Bool(_) => "boolean",
        regorus::Value::Number(_) => "number",
        regorus::Value::String(_) => "string",
        regorus::Value::Array(_) => "array",
        regorus::Value::Set(_) => "set",
        regorus::Value::Object(_) => "object",
        regorus::Value::Undefined => "undefined",
    }
}

/// `concat`, which in the library doubles a text at each call until memory ends.
fn concat(arguments: &[regorus::Value]) -> Result<regorus::Value, io::Error> {
    let wrong = |detail: &str| io::Error::other(format!("concat: {detail}"));
    let [regorus::Value::String(between), items] = arguments else {
        return Err(wrong("not a string and a collection"));
    };
    let items: Vec<&regorus::Value> = match items {
        regorus::Value::Array(items) => items.iter().collect(),
        regorus::Value::Set(items) => items.iter().collect(),
        _ => return Err(wrong("not a string and a collection")),
    };
    let mut text = String::new();
    for (index, item) in items.into_iter().enumerate() {
        let regorus::Value::String(item) = item else {
            return Err(wrong("not all items are strings"));
        };
        if index > 0 {
            text.push_str(between);
        }
        text.push_str(item);
        if text.len() > MAX_CONCATENATED {
            return Err(wrong("the text is too long"));
        }
    }
    Ok(regorus::Value::from(text))
}

/// The way through a module that looks for what conditions may not do. It knows each kind of expression by name,
/// so that a new one in the library does not pass unseen.
struct Walk<'a> {
    own_functions: BTreeSet<&'a str>,
    /// The rule or function that is walked, and the names that stand in each.
    within: Option<&'a str>,
    names: BTreeMap<&'a str, BTreeSet<&'a str>>,
    left: usize,
}

type Seen = Result<(), String>;

impl<'a> Walk<'a> {
    fn module(module: &'a Module) -> Seen {
        let mut own_functions = BTreeSet::new();
        for rule in &module.policy {
            if let Rule::Spec {
                head: RuleHead::Func { refr, .. },
                ..
            } = &**rule
            {
                own_functions.extend(path(refr));
            }
        }
        let mut walk = Self {
            own_functions,
            within: None,
            names: BTreeMap::new(),
            left: MAX_NESTING,
        };
        for import in &module.imports {
            let text = import.refr.span().text();
            if text != "rego.v1" && !text.starts_with("future.keywords") {
                return Err(format!("`{text}` cannot be imported"));
            }
        }
        for rule in &module.policy {
            walk.rule(rule)?;
        }
        walk.recursion()
    }

    /// Refuses functions that lead back to themselves. The library finds rules that do, but recurses into a
    /// function until the stack ends, and the process with it. A variable of a rule's name counts as that rule.
    fn recursion(&self) -> Seen {
        for function in self.own_functions.iter().filter_map(|it| it.split('.').next()) {
            let mut reached = BTreeSet::new();
            let mut next = vec![function];
            while let Some(name) = next.pop() {
                for name in self.names.get(name).into_iter().flatten() {
                    if *name == function {
                        return Err(format!("the function `{function}` is recursive"));
                    }
                    if reached.insert(*name) {
                        next.push(name);
                    }
                }
            }
        }
        Ok(())
    }

    fn rule(&mut self, rule: &'a Rule) -> Seen {
        match rule {
            Rule::Default {
                refr, args, value, ..
            } => {
                self.head(refr)?;
                self.all(args.iter().map(|it| &**it))?;
                self.expression(value)
            }
            Rule::Spec { head, bodies, .. } => {
                match head {
                    RuleHead::Compr { refr, assign, .. } => {
                        self.head(refr)?;
                        self.assign(assign.as_ref())?;
                    }
                    RuleHead::Set { refr, key, .. } => {
                        self.head(refr)?;
                        self.all(key.iter().map(|it| &**it))?;
                    }
                    RuleHead::Func {
                        refr, args, assign, ..
                    } => {
                        self.head(refr)?;
                        self.all(args.iter().map(|it| &**it))?;
                        self.assign(assign.as_ref())?;
                    }
                }
                bodies.iter().try_for_each(|body| {
                    self.assign(body.assign.as_ref())?;
                    self.query(&body.query)
                })
            }
        }
    }

    fn head(&mut self, name: &'a Expr) -> Seen {
        self.within = None;
        self.expression(name)?;
        self.within = root(name);
        Ok(())
    }

    fn assign(&mut self, assign: Option<&'a RuleAssign>) -> Seen {
        assign.map_or(Ok(()), |assign| self.expression(&assign.value))
    }

    fn query(&mut self, query: &'a Query) -> Seen {
        for statement in &query.stmts {
            // It replaces functions by others, under names that are not seen to be called.
            if !statement.with_mods.is_empty() {
                return Err("`with` has no place in a condition".to_owned());
            }
            match &statement.literal {
                Literal::SomeVars { .. } => {}
                Literal::SomeIn {
                    key,
                    value,
                    collection,
                    ..
                } => {
                    self.all(key.iter().map(|it| &**it))?;
                    self.expression(value)?;
                    self.expression(collection)?;
                }
                Literal::Expr { expr, .. } | Literal::NotExpr { expr, .. } => self.expression(expr)?,
                Literal::Every { domain, query, .. } => {
                    self.expression(domain)?;
                    self.query(query)?;
                }
            }
        }
        Ok(())
    }

    fn all(&mut self, mut expressions: impl Iterator<Item = &'a Expr>) -> Seen {
        expressions.try_for_each(|it| self.expression(it))
    }

    fn expression(&mut self, expression: &'a Expr) -> Seen {
        self.left = self
            .left
            .checked_sub(1)
            .ok_or_else(|| format!("nested deeper than {MAX_NESTING} levels"))?;
        self.below(expression)?;
        self.left = self.left.saturating_add(1);
        Ok(())
    }

    fn below(&mut self, expression: &'a Expr) -> Seen {
        match expression {
            Expr::String { .. }
            | Expr::RawString { .. }
            | Expr::Number { .. }
            | Expr::Bool { .. }
            | Expr::Null { .. } => Ok(()),
            Expr::Var { span, .. } => self.name(span.text()),
            Expr::Array { items, .. } | Expr::Set { items, .. } => self.all(items.iter().map(|it| &**it)),
            Expr::Object { fields, .. } => fields.iter().try_for_each(|(_, key, value)| {
                self.expression(key)?;
                self.expression(value)
            }),
            Expr::ArrayCompr { term, query, .. } | Expr::SetCompr { term, query, .. } => {
                self.expression(term)?;
                self.query(query)
            }
            Expr::ObjectCompr {
                key, value, query, ..
            } => {
                self.expression(key)?;
                self.expression(value)?;
                self.query(query)
            }
            Expr::Call { fcn, params, .. } => {
                self.call(fcn, params.first().map(|it| &**it))?;
                self.all(params.iter().map(|it| &**it))
            }
            Expr::UnaryExpr { expr, .. } => self.expression(expr),
            Expr::RefDot { refr, .. } => self.expression(refr),
            Expr::RefBrack { refr, index, .. } => {
                self.expression(refr)?;
                self.expression(index)
            }
            // Numbers have any length: squared a few dozen times, one takes all memory within one step.
            Expr::ArithExpr {
                op: ArithOp::Mul,
                lhs,
                rhs,
                ..
            } if !is_short_number(lhs) && !is_short_number(rhs) => {
                Err("neither factor is a number of at most 20 digits".to_owned())
            }
            Expr::BinExpr { lhs, rhs, .. }
            | Expr::BoolExpr { lhs, rhs, .. }
            | Expr::ArithExpr { lhs, rhs, .. }
            | Expr::AssignExpr { lhs, rhs, .. } => {
                self.expression(lhs)?;
                self.expression(rhs)
            }
            Expr::Membership {
                key,
                value,
                collection,
                ..
            } => {
                self.all(key.iter().map(|it| &**it))?;
                self.expression(value)?;
                self.expression(collection)
            }
        }
    }

    fn name(&mut self, name: &'a str) -> Seen {
        // There are no data, and the module's own rules are not reached by this name unseen.
        if name == "data" {
            return Err("`data` has no place in a condition".to_owned());
        }
        if let Some(within) = self.within {
            self.names.entry(within).or_default().insert(name);
        }
        Ok(())
    }

    fn call(&mut self, function: &'a Expr, first: Option<&'a Expr>) -> Seen {
        // Not only the text of the call: the library leaves out of `a[x].b` what is in brackets.
        let Some(name) = path(function) else {
            return Err(format!(
                "`{}` is not a name of a function",
                function.span().text()
            ));
        };
        if self.own_functions.contains(name) {
            return root(function).map_or(Ok(()), |it| self.name(it));
        }
        if !FUNCTIONS.contains(&name) {
            return Err(format!("`{name}` is not a function of conditions"));
        }
        if name == "regex.match" {
            let (Some(Expr::String { value, .. }) | Some(Expr::RawString { value, .. })) = first else {
                return Err("the regular expression of `regex.match` is not a literal".to_owned());
            };
            let regorus::Value::String(pattern) = value else {
                return Err("the regular expression of `regex.match` is not a literal".to_owned());
            };
            compile_pattern(pattern)?;
        }
        Ok(())
    }
}

/// The name that a reference begins with.
fn root(expression: &Expr) -> Option<&str> {
    let mut inner = expression;
    loop {
        match inner {
            Expr::Var { span, .. } => return Some(span.text()),
            Expr::RefDot { refr, .. } | Expr::RefBrack { refr, .. } => inner = refr,
            _ => return None,
        }
    }
}

/// The name that a function is called by, if it is one: words and dots.
fn path(expression: &Expr) -> Option<&str> {
    let mut inner = expression;
    loop {
        match inner {
            Expr::Var { .. } => break,
            Expr::RefDot { refr, .. } => inner = refr,
            _ => return None,
        }
    }
    let text = expression.span().text();
    // With blanks or comments in it, it would still be called.
    let plain = text
        .chars()
        .all(|it| it.is_ascii_alphanumeric() || it == '_' || it == '.');
    plain.then_some(text)
}

fn is_short_number(expression: &Expr) -> bool {
    let text = expression.span().text();
    matches!(expression, Expr::Number { .. })
        && text.len() <= 20
        && text.chars().all(|it| it.is_ascii_digit() || it == '.')
}
