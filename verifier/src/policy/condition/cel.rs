//! CEL, metered.
//!
//! The library bounds nothing: a comprehension within a comprehension over the same list takes as long as the
//! square of its length, and `[s].map(a, a + a)` doubles a text each time. So an expression is rewritten once
//! it is parsed, so that whatever costs more than a constant is charged first: each argument of a function by
//! its size, and each comprehension by the number of its rounds times the size of its body. The charge does
//! not depend on the machine: the same condition on the same input is refused everywhere, or nowhere.

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::Arc;

use ::cel::common::ast::{CallExpr, ComprehensionExpr, EntryExpr, Expr, IdedExpr, LiteralValue, operators};
use ::cel::common::types::{
    CelBool, CelBytes, CelDouble, CelInt, CelList, CelMap, CelMapKey, CelNull, CelString, CelUInt, DYN_TYPE,
};
use ::cel::common::value::{CowVal, Val};
use ::cel::{Context, Env, ExecutionError};
use regex::Regex;
use serde_json::Value;

use super::{ConditionError, Language, MAX_NESTING, compile_pattern};

/// What an evaluation may cost. One unit is a value that is copied or compared, a node of the expression that is
/// evaluated, or [`BYTES_PER_UNIT`] of a text. The tests measure how long this takes at worst.
const BUDGET: u64 = 2_000_000;

const BYTES_PER_UNIT: usize = 16;

/// What a regular expression costs for each byte of text. It takes linear time, but may visit each of its states
/// at each byte.
const PATTERN_BYTES_PER_UNIT: usize = 64;

/// The functions that are put in when an expression is rewritten. `@` cannot stand in a name in the source.
const CHARGE: &str = "@charge";
const CHARGE_INDEX: &str = "@charge_index";
const CHARGE_ROUNDS: &str = "@charge_rounds";
const MATCHES: &str = "@matches";

/// The functions and operators that a condition may use, but those whose arguments need other care. None of
/// them knows the time, and none grows a value by more than its arguments.
const FUNCTIONS: &[&str] = &[
    operators::ADD,
    operators::SUBSTRACT,
    operators::MULTIPLY,
    operators::DIVIDE,
    operators::MODULO,
    operators::NEGATE,
    operators::EQUALS,
    operators::NOT_EQUALS,
    operators::LESS,
    operators::LESS_EQUALS,
    operators::GREATER,
    operators::GREATER_EQUALS,
    operators::IN,
    "bool",
    "bytes",
    "contains",
    "double",
    "duration",
    "dyn",
    "endsWith",
    "int",
    "size",
    "startsWith",
    "string",
    "timestamp",
    "type",
    "uint",
];

/// Operators whose work does not depend on the size of their operands.
const CONNECTIVES: &[&str] = &[
    operators::CONDITIONAL,
    operators::LOGICAL_AND,
    operators::LOGICAL_OR,
    operators::LOGICAL_NOT,
    operators::NOT_STRICTLY_FALSE,
];

thread_local! {
    /// What is left of the budget of the evaluation that this thread is in. The library takes functions without
    /// state only, if they are to get their arguments uncopied.
    static BUDGET_LEFT: Cell<u64> = const { Cell::new(0) };
}

/// An expression, rewritten.
#[derive(Clone)]
pub(super) struct Program {
    expression: Arc<IdedExpr>,
    weight: u64,
    patterns: Arc<Vec<Regex>>,
    environment: Arc<Env>,
}

impl std::fmt::Debug for Program {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Program").finish_non_exhaustive()
    }
}

impl Program {
    pub(super) fn new(source: &str) -> Result<Self, String> {
        // Without optional values: nothing in JSON is one, and `?` has more ways to swallow an error.
        let environment = environment().map_err(|error| error.to_string())?;
        let parsed = environment.compile(source).map_err(|error| error.to_string())?;
        let mut rewriter = Rewriter { patterns: Vec::new() };
        let (expression, weight) = rewriter.rewrite(parsed.expression(), MAX_NESTING)?;
        Ok(Self {
            expression: Arc::new(expression),
            weight,
            patterns: Arc::new(rewriter.patterns),
            environment: Arc::new(environment),
        })
    }

    pub(super) fn evaluate(&self, input: &Value) -> Result<bool, ConditionError> {
        let language = Language::Cel;
        let failed = |error: &dyn std::fmt::Display| ConditionError::Evaluation {
            language,
            detail: shortened(error.to_string()),
        };
        let mut context = Context::with_env(Arc::clone(&self.environment));
        let patterns = Arc::clone(&self.patterns);
        context
            .add_function(MATCHES, move |text: Arc<String>, index: i64| {
                matches(&patterns, &text, index)
            })
            .map_err(|error| failed(&error))?;
        for (key, value) in input.as_object().into_iter().flatten() {
            context.add_variable_as_val(key.as_str(), value_of(value));
        }

        BUDGET_LEFT.set(BUDGET);
        let outcome =
            charge(self.weight).and_then(|()| ::cel::Value::resolve_val(&self.expression, &context));
        // Looked at first: `||` and `exists` would make a `true` of the error.
        if BUDGET_LEFT.get() == 0 {
            return Err(ConditionError::TooMuchWork { language });
        }
        let outcome = outcome.map_err(|error| failed(&error))?;
        match outcome.downcast_ref::<CelBool>() {
            Some(decision) => Ok(*decision.inner()),
            None => Err(ConditionError::NotBoolean {
                language,
                found: outcome.get_type().name().to_owned(),
            }),
        }
    }
}

/// The library writes whole values into its errors.
fn shortened(text: String) -> String {
    const MAX: usize = 512;
    match text.char_indices().nth(MAX) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

fn environment() -> Result<Env, ::cel::DeclarationError> {
    let mut environment = Env::stdlib().with_optional_support(false);
    environment.add_overload(CHARGE, CHARGE, vec![DYN_TYPE], charged)?;
    environment.add_overload(CHARGE_INDEX, CHARGE_INDEX, vec![DYN_TYPE], charged_index)?;
    environment.add_overload(
        CHARGE_ROUNDS,
        CHARGE_ROUNDS,
        vec![DYN_TYPE, DYN_TYPE, DYN_TYPE],
        charged_rounds,
    )?;
    Ok(environment)
}

/// A JSON value as CEL sees it, without a copy of its texts. Integers are `int` where they fit: `cel::to_value`
/// makes a `uint` of those that are not negative, to which `level + 1` does not apply.
fn value_of<'v>(value: &'v Value) -> Box<dyn Val + 'v> {
    match value {
        Value::Null => Box::new(CelNull),
        Value::Bool(value) => Box::new(CelBool::from(*value)),
        Value::Number(number) => {
            if let Some(integer) = number.as_i64() {
                Box::new(CelInt::from(integer))
            } else if let Some(integer) = number.as_u64() {
                Box::new(CelUInt::from(integer))
            } else {
                Box::new(CelDouble::from(number.as_f64().unwrap_or(f64::NAN)))
            }
        }
        Value::String(text) => Box::new(CelString::from(text.as_str())),
        Value::Array(items) => Box::new(CelList::from(items.iter().map(value_of).collect::<Vec<_>>())),
        Value::Object(members) => {
            let members: HashMap<CelMapKey<'v>, Box<dyn Val + 'v>> = members
                .iter()
                .map(|(key, value)| (CelMapKey::from(key.as_str()), value_of(value)))
                .collect();
            Box::new(CelMap::from(members))
        }
    }
}

// What is charged while an expression is evaluated:

/// Takes units from the budget. Once it is spent, every later charge fails too, so that whatever goes on in
/// spite of the error costs nothing.
fn charge(units: u64) -> Result<(), ExecutionError> {
    let left = BUDGET_LEFT.get().saturating_sub(units);
    BUDGET_LEFT.set(left);
    if left == 0 {
        return Err(ExecutionError::function_error(CHARGE, "too much work"));
    }
    Ok(())
}

/// Charges a value by its size: as much as a copy of it costs, or a comparison.
fn charge_value(value: &dyn Val) -> Result<(), ExecutionError> {
    charge(1)?;
    if let Some(text) = value.downcast_ref::<CelString>() {
        return charge(units(text.inner().len()));
    }
    if let Some(bytes) = value.downcast_ref::<CelBytes>() {
        return charge(units(bytes.inner().len()));
    }
    if let Some(list) = value.downcast_ref::<CelList>() {
        return list
            .inner()
            .iter()
            .try_for_each(|item| charge_value(item.as_ref()));
    }
    if let Some(map) = value.downcast_ref::<CelMap>() {
        return map.inner().iter().try_for_each(|(key, value)| {
            charge_value(key.inner())?;
            charge_value(value.as_ref())
        });
    }
    Ok(())
}

fn units(bytes: usize) -> u64 {
    to_u64(bytes.div_euclid(BYTES_PER_UNIT))
}

fn to_u64(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

fn no_argument() -> ExecutionError {
    ExecutionError::missing_argument_or_target()
}

fn charged<'b, 'v>(mut arguments: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let value = arguments.pop().ok_or_else(no_argument)?;
    charge_value(value.as_ref())?;
    Ok(value)
}

/// Refuses fractions as well: the library's error for them holds a copy of the whole list, which would be made
/// without a charge.
fn charged_index<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let index = charged(arguments)?;
    if index.downcast_ref::<CelDouble>().is_some() {
        return Err(ExecutionError::function_error(
            operators::INDEX,
            "a double is not an index",
        ));
    }
    Ok(index)
}

/// Charges a comprehension for all its rounds: the elements, which are copied, and the body for each. A list may
/// not be made from a map: the order of its keys differs from one evaluation to the next.
fn charged_rounds<'b, 'v>(mut arguments: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let makes_list = arguments.pop().ok_or_else(no_argument)?;
    let body = arguments.pop().ok_or_else(no_argument)?;
    let range = arguments.pop().ok_or_else(no_argument)?;
    let makes_list = makes_list.downcast_ref::<CelBool>().is_none_or(|it| *it.inner());
    if makes_list && range.downcast_ref::<CelMap>().is_some() {
        return Err(ExecutionError::function_error(
            "map or filter",
            "the keys of a map have no order",
        ));
    }
    let body = body
        .downcast_ref::<CelInt>()
        .and_then(|it| u64::try_from(*it.inner()).ok())
        .unwrap_or(u64::MAX);
    let rounds = range
        .as_sizer()
        .and_then(|it| u64::try_from(*it.size().inner()).ok())
        .unwrap_or(1);
    charge(rounds.saturating_mul(body))?;
    charge_value(range.as_ref())?;
    Ok(range)
}

fn matches(patterns: &[Regex], text: &str, index: i64) -> Result<bool, ExecutionError> {
    let pattern = usize::try_from(index)
        .ok()
        .and_then(|index| patterns.get(index))
        .ok_or_else(no_argument)?;
    let states = pattern
        .as_str()
        .len()
        .div_euclid(PATTERN_BYTES_PER_UNIT)
        .saturating_add(1);
    charge(to_u64(text.len().saturating_mul(states)))?;
    Ok(pattern.is_match(text))
}

// How an expression is rewritten:

struct Rewriter {
    patterns: Vec<Regex>,
}

/// An expression, and what it costs to evaluate it once but for what is charged meanwhile.
type Weighed = (IdedExpr, u64);

impl Rewriter {
    fn rewrite(&mut self, expression: &IdedExpr, depth: usize) -> Result<Weighed, String> {
        let depth = depth
            .checked_sub(1)
            .ok_or_else(|| format!("nested deeper than {MAX_NESTING} levels"))?;
        let (rewritten, below) = match &expression.expr {
            Expr::Literal(literal) => {
                let bytes = match literal {
                    LiteralValue::String(text) => text.inner().len(),
                    LiteralValue::Bytes(bytes) => bytes.inner().len(),
                    _ => 0,
                };
                (Expr::Literal(literal.clone()), units(bytes))
            }
            Expr::Ident(name) => (Expr::Ident(name.clone()), 0),
            Expr::Select(select) => {
                let (operand, weight) = self.rewrite(&select.operand, depth)?;
                let mut select = select.clone();
                *select.operand = operand;
                (Expr::Select(select), weight)
            }
            Expr::List(list) => {
                let mut list = list.clone();
                let mut total = 0_u64;
                for element in &mut list.elements {
                    let (rewritten, weight) = self.rewrite(element, depth)?;
                    *element = with_charge(rewritten);
                    total = total.saturating_add(weight);
                }
                (Expr::List(list), total)
            }
            Expr::Map(map) => {
                let mut map = map.clone();
                let mut total = 0_u64;
                for entry in &mut map.entries {
                    // The library panics on the other kind, though its parser makes none.
                    let EntryExpr::MapEntry(entry) = &mut entry.expr else {
                        return Err("a field of a message in a map".to_owned());
                    };
                    let (key, key_weight) = self.rewrite(&entry.key, depth)?;
                    let (value, value_weight) = self.rewrite(&entry.value, depth)?;
                    entry.key = with_charge(key);
                    entry.value = with_charge(value);
                    total = total.saturating_add(key_weight).saturating_add(value_weight);
                }
                (Expr::Map(map), total)
            }
            Expr::Call(call) => self.rewrite_call(call, depth)?,
            Expr::Comprehension(comprehension) => self.rewrite_comprehension(comprehension, depth)?,
            Expr::Struct(_) => return Err("messages cannot be made".to_owned()),
            // The library panics on it, though its parser makes none without an error.
            Expr::Unspecified => return Err("an expression is missing".to_owned()),
        };
        let rewritten = IdedExpr {
            id: expression.id,
            expr: rewritten,
        };
        Ok((rewritten, below.saturating_add(1)))
    }

    fn rewrite_call(&mut self, call: &CallExpr, depth: usize) -> Result<(Expr, u64), String> {
        let name = call.func_name.as_str();
        let mut operands = Vec::new();
        let mut total = 0_u64;
        for operand in call.target.as_deref().into_iter().chain(&call.args) {
            let (rewritten, weight) = self.rewrite(operand, depth)?;
            operands.push(rewritten);
            total = total.saturating_add(weight);
        }

        if name == "matches" {
            let [text, pattern] = <[IdedExpr; 2]>::try_from(operands)
                .map_err(|_| "`matches` takes a text and a regular expression".to_owned())?;
            let Expr::Literal(LiteralValue::String(pattern)) = &pattern.expr else {
                return Err("the regular expression of `matches` is not a literal".to_owned());
            };
            let index = i64::try_from(self.patterns.len()).map_err(|error| error.to_string())?;
            self.patterns.push(compile_pattern(pattern.inner())?);
            let arguments = vec![with_charge(text), literal(LiteralValue::Int(CelInt::from(index)))];
            return Ok((global(MATCHES, arguments), total));
        }
        if CONNECTIVES.contains(&name) {
            // As they are.
        } else if name == operators::INDEX {
            if let Some(index) = operands.pop() {
                operands.push(IdedExpr {
                    id: 0,
                    expr: global(CHARGE_INDEX, vec![index]),
                });
            }
        } else if FUNCTIONS.contains(&name) {
            // The steps of `map`, `filter` and `exists_one` stay as they are: the library knows them by their form,
            // and appends in place.
            let is_step = operands.first().is_some_and(|it| is_accumulator(&it.expr));
            if !is_step {
                operands = operands.into_iter().map(with_charge).collect();
            }
        } else {
            return Err(format!("`{name}` is not a function of conditions"));
        }

        let mut call = call.clone();
        let mut operands = operands.into_iter();
        if let Some(target) = &mut call.target {
            **target = operands.next().unwrap_or_default();
        }
        call.args = operands.collect();
        Ok((Expr::Call(call), total))
    }

    fn rewrite_comprehension(
        &mut self,
        comprehension: &ComprehensionExpr,
        depth: usize,
    ) -> Result<(Expr, u64), String> {
        let (range, range_weight) = self.rewrite(&comprehension.iter_range, depth)?;
        let (initial, initial_weight) = self.rewrite(&comprehension.accu_init, depth)?;
        let (condition, condition_weight) = self.rewrite(&comprehension.loop_cond, depth)?;
        let (step, step_weight) = self.rewrite(&comprehension.loop_step, depth)?;
        let (result, result_weight) = self.rewrite(&comprehension.result, depth)?;
        let round = condition_weight.saturating_add(step_weight).saturating_add(1);
        let makes_list = matches!(comprehension.accu_init.expr, Expr::List(_));

        let mut comprehension = comprehension.clone();
        comprehension.iter_range = IdedExpr {
            id: 0,
            expr: global(
                CHARGE_ROUNDS,
                vec![
                    range,
                    literal(LiteralValue::Int(CelInt::from(
                        i64::try_from(round).unwrap_or(i64::MAX),
                    ))),
                    literal(LiteralValue::Boolean(CelBool::from(makes_list))),
                ],
            ),
        };
        comprehension.accu_init = initial;
        comprehension.loop_cond = condition;
        comprehension.loop_step = step;
        comprehension.result = result;
        // One round is in the weight as well, for a body that contains this comprehension: it is part of that body.
        let total = range_weight
            .saturating_add(initial_weight)
            .saturating_add(round)
            .saturating_add(result_weight);
        Ok((Expr::Comprehension(Box::new(comprehension)), total))
    }
}

/// Whether it is the variable that a comprehension collects its result in.
fn is_accumulator(expression: &Expr) -> bool {
    matches!(expression, Expr::Ident(name) if name.starts_with('@'))
}

/// A literal needs no charge, being part of the weight of the expression.
fn with_charge(expression: IdedExpr) -> IdedExpr {
    if matches!(expression.expr, Expr::Literal(_)) {
        return expression;
    }
    IdedExpr {
        id: 0,
        expr: global(CHARGE, vec![expression]),
    }
}

fn global(name: &str, args: Vec<IdedExpr>) -> Expr {
    Expr::Call(CallExpr {
        func_name: name.to_owned(),
        target: None,
        args,
    })
}

fn literal(value: LiteralValue) -> IdedExpr {
    IdedExpr {
        id: 0,
        expr: Expr::Literal(value),
    }
}
