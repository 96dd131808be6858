"""How many planted faults the tests of the rules find. Runs by night, not with every change.

    python -m tests.mutation.run screening.rules.computed screening.rules.verdict ... [--tests FILE ...] [--write FILE]

The tests are collected once and run once, noting which functions each of them calls. Then, for every mutant, a child process
is forked that swaps the code of the one function and runs the tests that call it until one fails: first those that have found
many faults in little time. A slow test is left out, and what only it would find counts as not found. A function
that no test calls, because it is called when its module is loaded, has the values of the module worked out anew, and every test run.
"""

import argparse
import ast
import gc
import importlib
import inspect
import json
import os
import resource
import sys
import time
from collections import Counter, defaultdict
from functools import _lru_cache_wrapper, cache
from pathlib import Path
from types import CodeType, FunctionType, ModuleType

import pytest

from tests.mutation.mutants import Mutant, functions, mutants

ROOT = Path(__file__).parents[2]
TESTS = ["tests/rules/screening"]
SLOWEST = 3  # seconds of the processor that a test may take, while its calls are noted
LONGEST = 60  # seconds of the processor; a mutant that takes longer hangs, and is found by that
ROOMS = ("screening.", "patients.", "accounts.")
KILLED, SURVIVED, HUNG, UNCALLED = "killed", "survived", "hung", "not called"


class Mutation:
    """A pytest plugin in the place of the loop that runs the tests."""

    def __init__(self, modules: list[str], only: list[dict[str, object]] | None) -> None:
        self.only = None if only is None else {(one["module"], one["function"], one["what"]) for one in only}
        self.modules = {name: importlib.import_module(name) for name in modules}
        self.results: list[tuple[str, Mutant, str]] = []
        self.loadable: set[ModuleType] = set()
        self.took: dict[pytest.Item, float] = {}
        self.kills: Counter[tuple[str, pytest.Item]] = Counter()  # by function; under "" those in any

    def pytest_configure(self) -> None:
        from hypothesis import HealthCheck, Phase, settings

        quick = {"max_examples": 5, "derandomize": True, "database": None, "deadline": None}
        quick |= {"phases": [Phase.explicit, Phase.generate], "report_multiple_bugs": False}
        settings.register_profile("mutation", suppress_health_check=list(HealthCheck), **quick)
        settings.load_profile("mutation")

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        callers = self._callers(session)
        gc.freeze()
        for name, module in self.modules.items():
            source = Path(str(module.__file__)).read_text(encoding="utf-8")
            found = [
                mutant
                for mutant in mutants(source, str(module.__file__))
                if self.only is None or (name, mutant.function, mutant.what) in self.only
            ]
            for mutant in found:
                called = callers[name, mutant.function]
                items = self._ordered(mutant.function, called or list(self.took))
                if called:
                    outcome = self._tried(module, mutant, items)
                elif mutant.function in called_on_loading(module):
                    self._check_loading(module, items)
                    outcome = self._tried(module, mutant, items, load=True)
                else:
                    outcome = UNCALLED
                self.results.append((name, mutant, outcome))
                if outcome in (SURVIVED, UNCALLED):
                    print(f"{name}:{mutant.line} {mutant.function}: {mutant.what} ({outcome})", flush=True)
            counts = Counter(outcome for tried, _, outcome in self.results if tried == name)
            print(f"{name}: {len(found)} mutants, {dict(counts)}", file=sys.stderr, flush=True)
        return True

    def _callers(self, session: pytest.Session) -> dict[tuple[str, str], list[pytest.Item]]:
        """The tests that call each function, and how long they take. Every test has to pass."""
        names = {
            function_of(module, m).__code__: (name, m) for name, module in self.modules.items() for m in all_of(module)
        }
        called: dict[pytest.Item, set[CodeType]] = {}
        for item in session.items:
            seen = called[item] = set()

            def note(frame, event, argument, seen=seen):
                if event == "call" and frame.f_code in names:
                    seen.add(frame.f_code)

            clear_caches()
            begun = time.process_time()
            sys.setprofile(note)
            passed = passes(item)
            sys.setprofile(None)
            self.took[item] = max(time.process_time() - begun, 0.0001)
            if not passed:
                raise pytest.UsageError(f"The tests have to pass before mutants are tried: {item.nodeid}")
        callers: dict[tuple[str, str], list[pytest.Item]] = defaultdict(list)
        for item in session.items:
            for code in called[item]:
                callers[names[code]].append(item)
        return callers

    def _ordered(self, function: str, items: list[pytest.Item]) -> list[pytest.Item]:
        def found(item: pytest.Item) -> tuple[float, ...]:
            here, anywhere = (self.kills[where, item] / self.took[item] for where in (function, ""))
            return here, anywhere, -self.took[item]

        return sorted((item for item in items if self.took[item] <= SLOWEST), key=found, reverse=True)

    def _check_loading(self, module, items) -> None:
        """Without a fault, the values worked out anew have to pass every test; else each mutant would seem to be found."""
        if module in self.loadable:
            return
        self.loadable.add(module)
        name = next(iter(called_on_loading(module)))
        unchanged = Mutant(name, 0, "nothing", function_of(module, name).__code__)
        if self._tried(module, unchanged, items, load=True) != SURVIVED:
            raise pytest.UsageError(f"{module.__name__} cannot be loaded again.")

    def _tried(self, module, mutant: Mutant, items: list[pytest.Item], *, load: bool = False) -> str:
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            resource.setrlimit(resource.RLIMIT_CPU, (LONGEST, LONGEST))
            silence()
            function_of(module, mutant.function).__code__ = mutant.code
            clear_caches()
            if load and not load_again(module):
                os.write(writing, b"0")
                os._exit(0)
            for number, item in enumerate(items):
                if not passes(item):
                    os.write(writing, str(number).encode())
                    os._exit(0)
            os._exit(0)
        os.close(writing)
        _, status = os.waitpid(child, 0)
        with os.fdopen(reading) as pipe:
            killer = pipe.read()
        if killer:
            for where in (mutant.function, ""):
                self.kills[where, items[int(killer)]] += 1
            return KILLED
        return HUNG if os.WIFSIGNALED(status) else SURVIVED


def passes(item: pytest.Item) -> bool:
    """Whether a test passes: called at once where it asks for its own parameters only, else by pytest, with its fixtures."""
    if (given := parameters(item)) is None:
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
        return not item.session.testsfailed
    try:
        item.obj(**given)
    except (Exception, pytest.fail.Exception):
        return False
    return True


def parameters(item: pytest.Item) -> dict[str, object] | None:
    """What a test is called with; None when it needs more than that, a fixture or a mark."""
    given = item.callspec.params if hasattr(item, "callspec") else {}
    asked = inspect.signature(item.obj).parameters
    if given.keys() != asked.keys() or {mark.name for mark in item.iter_markers()} - {"parametrize", "hypothesis"}:
        return None
    return given


@cache
def called_on_loading(module) -> frozenset[str]:
    """The functions that a module calls while it is loaded: by its own values, or by one another."""
    tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
    bodies = {function.name: function for owner, function in functions(tree) if not owner}
    called: set[str] = set()
    waiting: list[ast.AST] = values(tree)
    while waiting:
        named = {node.id for node in ast.walk(waiting.pop()) if isinstance(node, ast.Name)}
        waiting += [bodies[name] for name in named & bodies.keys() - called]
        called |= named & bodies.keys()
    return frozenset(called)


def values(tree: ast.Module) -> list[ast.AST]:
    """The statements of a module that work out its values."""
    return [node for node in tree.body if isinstance(node, ast.Assign | ast.AnnAssign | ast.For)]


def load_again(module) -> bool:
    """Work out the values of a module again and give them to whoever has imported them; whether that was possible."""
    before = dict(vars(module))
    tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
    try:
        exec(compile(ast.Module(values(tree), []), module.__file__, "exec"), vars(module))  # noqa: S102 - our own file
    except Exception:
        return False
    plain = (int, float, str, bytes, type(None))  # one object may stand for many things of equal value
    new = {
        id(old): vars(module)[name]
        for name, old in before.items()
        if vars(module)[name] is not old and not isinstance(old, plain)
    }
    for other in list(sys.modules.values()):
        if other is not module and getattr(other, "__file__", None):
            for name, thing in list(vars(other).items()):
                if id(thing) in new:
                    setattr(other, name, new[id(thing)])
    return True


def silence() -> None:
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)


@cache
def caches() -> list[_lru_cache_wrapper]:
    """What our own code remembers between calls."""
    found = [thing for thing in gc.get_objects() if isinstance(thing, _lru_cache_wrapper) and thing is not caches]
    return [cached for cached in found if cached.__module__.startswith(ROOMS)]


def clear_caches() -> None:
    """What was worked out before a mutant would hide it."""
    for cached in caches():
        cached.cache_clear()


def all_of(module) -> list[str]:
    """The names of the module's own functions and methods."""
    tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
    return [f"{owner}.{function.name}" if owner else function.name for owner, function in functions(tree)]


def function_of(module, qualified: str) -> FunctionType:
    """The function behind a name, out of its property, class method or cache."""
    found = module
    for name in qualified.split("."):
        found = vars(found)[name]
    for wrapper in ("fget", "__func__", "__wrapped__"):
        found = getattr(found, wrapper, None) or found
    return found


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("modules", nargs="+")
    parser.add_argument("--tests", nargs="+", default=TESTS, help="files or folders of tests")
    parser.add_argument("--least", type=float, default=0, help="ends with 1 when fewer in a hundred are found")
    parser.add_argument("--only", type=Path, help="what an earlier run has written: try those again")
    parser.add_argument("--write", type=Path, help="a file for the survivors, as JSON")
    options = parser.parse_args()
    os.environ.setdefault("DEBUG", "1")
    plugin = Mutation(options.modules, json.loads(options.only.read_text("utf-8")) if options.only else None)
    ended = pytest.main(["-q", "-p", "no:cacheprovider", "--no-header", *options.tests], plugins=[plugin])
    if not plugin.results:
        return int(ended) or 1
    counts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for name, _, outcome in plugin.results:
        counts[name][outcome] += 1
    found = sum(outcome in (KILLED, HUNG) for *_, outcome in plugin.results)
    for name, of in counts.items():
        print(name, dict(of))
    print(f"{found} of {len(plugin.results)} mutants found: {100 * found / len(plugin.results):.1f} %")
    left = [
        {"module": name, "function": m.function, "line": m.line, "what": m.what, "outcome": outcome}
        for name, m, outcome in plugin.results
        if outcome in (SURVIVED, UNCALLED)
    ]
    if options.write:
        options.write.write_text(json.dumps(left, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return int(100 * found / len(plugin.results) < options.least)


if __name__ == "__main__":
    sys.exit(main())
