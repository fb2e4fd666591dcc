//! What an expression may use: variables, numbers and short texts, comparison, `a if b else c`, and a few filters. What could grow or take long is
//! missing: functions, lists, multiplication, and filters that turn a short expression into millions of characters.

use minijinja::value::{Kwargs, Value};
use minijinja::{Environment, Error, ErrorKind, Expression, UndefinedBehavior, filters, tests};
use rundruf_lang::{Message, msg};
use std::sync::OnceLock;

/// Steps of one evaluation.
const FUEL: u64 = 5_000;
/// Longest expression, in bytes.
const MAX_SOURCE: usize = 1_000;
/// Longest result of `replace`, in bytes.
const MAX_REPLACED: usize = 16 * 1_024;

fn environment() -> &'static Environment<'static> {
    static ENVIRONMENT: OnceLock<Environment<'static>> = OnceLock::new();
    ENVIRONMENT.get_or_init(|| {
        let mut e = Environment::empty();
        e.set_fuel(Some(FUEL));
        e.set_undefined_behavior(UndefinedBehavior::Chainable);
        e.add_filter("lower", filters::lower);
        e.add_filter("upper", filters::upper);
        e.add_filter("title", filters::title);
        e.add_filter("capitalize", filters::capitalize);
        e.add_filter("trim", filters::trim);
        e.add_filter("default", filters::default);
        e.add_filter("d", filters::default);
        e.add_filter("length", filters::length);
        e.add_filter("first", filters::first);
        e.add_filter("last", filters::last);
        e.add_filter("int", filters::int);
        e.add_filter("float", filters::float);
        e.add_filter("round", filters::round);
        e.add_filter("abs", filters::abs);
        e.add_filter("string", filters::string);
        e.add_filter("replace", replace);
        e.add_test("defined", tests::is_defined);
        e.add_test("undefined", tests::is_undefined);
        e.add_test("none", tests::is_none);
        e
    })
}

fn replace(text: &str, from: &str, to: &str, rest: Kwargs) -> Result<String, Error> {
    rest.assert_all_used()?;
    let times = if from.is_empty() { text.chars().count() + 1 } else { text.matches(from).count() };
    if text.len() + times * to.len() > MAX_REPLACED {
        return Err(Error::new(ErrorKind::InvalidOperation, "the text would be too long"));
    }
    Ok(text.replace(from, to))
}

/// The characters outside of quotation marks.
fn unquoted(source: &str) -> impl Iterator<Item = char> {
    let (mut quote, mut escaped) = (None, false);
    source.chars().filter(move |c| match quote {
        Some(_) if escaped => {
            escaped = false;
            false
        }
        Some(_) if *c == '\\' => {
            escaped = true;
            false
        }
        Some(open) => {
            if *c == open {
                quote = None;
            }
            false
        }
        None => {
            quote = Some(*c).filter(|c| matches!(c, '"' | '\''));
            quote.is_none()
        }
    })
}

/// Compiles an expression, or says what is wrong with it.
pub(super) fn compile(source: &str) -> Result<Expression<'static, 'static>, Message> {
    if source.len() > MAX_SOURCE {
        return Err(msg!("engine-template-expression-long", most = MAX_SOURCE));
    }
    if let Some(c) = unquoted(source).find(|c| matches!(c, '[' | '{' | '*')) {
        return Err(msg!("engine-template-character", character = c));
    }
    let message = |e: &Error| Message::from(e.detail().map_or_else(|| e.kind().to_string(), str::to_owned));
    let expression = environment().compile_expression_owned(source.to_owned()).map_err(|e| message(&e))?;
    // Unknown filters and functions are found by evaluating once. Other errors may come from the empty values.
    match expression.eval(Value::from_pairs(std::iter::empty::<(&str, &str)>())) {
        Err(e) if is_unknown(e.kind()) => Err(message(&e)),
        _ => Ok(expression),
    }
}

const fn is_unknown(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::UnknownFilter | ErrorKind::UnknownFunction | ErrorKind::UnknownTest | ErrorKind::UnknownMethod
    )
}
