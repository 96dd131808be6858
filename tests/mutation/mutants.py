"""Small faults planted into Python: what a slip of the hand would do to a decision, and never to its wording."""

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType

COMPARED = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
CALCULATED = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
CALLED = {"max": "min", "min": "max", "any": "all", "all": "any"}


@dataclass(frozen=True)
class Mutant:
    """One fault in one function: the function's name in its module, the line, what was done, and its code with the fault."""

    function: str
    line: int
    what: str
    code: CodeType


def mutants(source: str, name: str) -> Iterator[Mutant]:
    """Every mutant of every function of a module, one fault each."""
    for owner, function in functions(ast.parse(source)):
        qualified = f"{owner}.{function.name}" if owner else function.name
        for place, node in enumerate(within(function)):
            for number, (what, _) in enumerate(faults(node)):
                changed = copy.deepcopy(function)
                list(faults(list(within(changed))[place]))[number][1]()
                yield Mutant(qualified, getattr(node, "lineno", function.lineno), what, code_of(changed, owner, name))


def within(function: ast.FunctionDef) -> Iterator[ast.AST]:
    """The nodes of a function's body; its signature and the types of its variables decide nothing."""
    waiting: list[ast.AST] = [*function.body]
    while waiting:
        node = waiting.pop(0)
        yield node
        waiting += [inner for inner in ast.iter_child_nodes(node) if inner is not getattr(node, "annotation", None)]


def functions(tree: ast.Module) -> Iterator[tuple[str, ast.FunctionDef]]:
    """Functions and methods, with the name of their class."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield "", node
        elif isinstance(node, ast.ClassDef):
            yield from ((node.name, inner) for inner in node.body if isinstance(inner, ast.FunctionDef))


def code_of(function: ast.FunctionDef, owner: str, name: str) -> CodeType:
    """The code of a function or method, compiled without the rest of its module."""
    whole = ast.parse(f"class {owner}: pass" if owner else "")
    (whole.body[0] if owner else whole).body = [function]
    code = compile(ast.fix_missing_locations(whole), name, "exec")
    for inner in filter(None, (owner, function.name)):
        code = next(one for one in code.co_consts if isinstance(one, CodeType) and one.co_name == inner)
    return code


def faults(node: ast.AST):
    """What may be done to one node: the words for it and the deed."""
    if isinstance(node, ast.Compare):
        for n, operator in enumerate(node.ops):
            if other := COMPARED.get(type(operator)):
                yield (
                    f"{spelled(operator)} -> {spelled(other())}",
                    lambda n=n, other=other: node.ops.__setitem__(n, other()),
                )
    elif isinstance(node, ast.BoolOp):
        other = ast.Or if isinstance(node.op, ast.And) else ast.And
        yield f"{spelled(node.op)} -> {spelled(other())}", lambda: setattr(node, "op", other())
    elif isinstance(node, ast.BinOp | ast.AugAssign) and type(node.op) in CALCULATED:
        other = CALCULATED[type(node.op)]
        yield f"{spelled(node.op)} -> {spelled(other())}", lambda: setattr(node, "op", other())
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield "not x -> not not x", lambda: setattr(node, "operand", ast.UnaryOp(ast.Not(), node.operand))
    elif isinstance(node, ast.Constant):
        yield from constant_faults(node)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLED:
        yield f"{node.func.id} -> {CALLED[node.func.id]}", lambda: setattr(node.func, "id", CALLED[node.func.id])
    elif isinstance(node, ast.If | ast.IfExp | ast.While):
        yield "condition turned round", lambda: setattr(node, "test", ast.UnaryOp(ast.Not(), node.test))
    elif isinstance(node, ast.Continue | ast.Break):
        yield (
            "leaves the loop another way",
            lambda: setattr(node, "__class__", ast.Break if isinstance(node, ast.Continue) else ast.Continue),
        )
    elif isinstance(node, ast.Attribute) and node.attr in OUTCOMES:
        yield f"{node.attr} -> {OUTCOMES[node.attr]}", lambda: setattr(node, "attr", OUTCOMES[node.attr])
    elif isinstance(node, ast.Name) and node.id in OUTCOMES:
        yield f"{node.id} -> {OUTCOMES[node.id]}", lambda: setattr(node, "id", OUTCOMES[node.id])


# The gravest slip of all: another outcome.
OUTCOMES = {"MET": "UNKNOWN", "NOT_MET": "MET", "UNKNOWN": "MET", "JUDGEMENT": "MET"}


def constant_faults(node: ast.Constant):
    value = node.value
    if isinstance(value, bool):
        yield f"{value} -> {not value}", lambda: setattr(node, "value", not value)
    elif isinstance(value, int | float):
        yield f"{value} -> {value + 1}", lambda: setattr(node, "value", value + 1)
    elif isinstance(value, str) and value and not any(character in value for character in " .,;:“”\n"):
        yield f"{value!r} -> {value + 'x'!r}", lambda: setattr(node, "value", value + "x")


def spelled(operator: ast.AST) -> str:
    return type(operator).__name__
