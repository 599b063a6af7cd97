"""Runs the Python of one task. The job comes as JSON on the standard input, the result goes as JSON to file descriptor 4."""

import importlib.util
import json
import os
import runpy
import sys
import traceback
import types

REPORT = 4


class SkipTask(Exception):
    """Raised by a task that has nothing to do: it is skipped."""


class FailTask(Exception):
    """Raised by a task that knows that another try would not help."""


SKIPS = {"SkipTask", "AirflowSkipException"}
FAILS = {"FailTask", "AirflowFailException"}


def offer_module(job):
    """What a task can import as `polyflow`."""
    module = types.ModuleType("polyflow")
    module.context = job["context"]
    module.arguments = job["arguments"]
    module.connections = job["connections"]
    module.SkipTask = SkipTask
    module.FailTask = FailTask
    sys.modules["polyflow"] = module


def load_module(path):
    spec = importlib.util.spec_from_file_location("polyflow_task", path)
    if spec is None or spec.loader is None:
        raise FailTask("%s is no Python file" % path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["polyflow_task"] = module
    spec.loader.exec_module(module)
    return vars(module)


def run(job):
    name = job["callable"]
    if name is None:
        if job["file"] is not None:
            runpy.run_path(job["file"], run_name="__main__")
        else:
            exec(compile(job["code"], "<code>", "exec"), {"__name__": "__main__"})
        return None
    if job["file"] is not None:
        names = load_module(job["file"])
    else:
        names = {"__name__": "polyflow_task"}
        exec(compile(job["code"], "<code>", "exec"), names)
    if not callable(names.get(name)):
        raise FailTask("there is no function %s in %s" % (name, job["file"] or "the code"))
    return names[name](**job["arguments"])


def as_json(value):
    """Dates as ISO text, sets and the like as lists, decimals as text: what JSON lacks."""
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if isinstance(value, (set, frozenset, tuple)) or hasattr(value, "__iter__"):
        return list(value)
    if value.__class__.__name__ in ("Decimal", "UUID"):
        return str(value)
    raise FailTask("the result holds a %s, which JSON cannot hold" % value.__class__.__name__)


def describe(error):
    name = error.__class__.__name__
    kind = "skip" if name in SKIPS else "fail" if name in FAILS else "error"
    text = str(error) or name
    return {"kind": kind, "message": text if kind != "error" else "%s: %s" % (name, error), "trace": traceback.format_exc()}


def main():
    job = json.load(sys.stdin)
    sys.stdin = open(os.devnull)
    sys.path[:0] = job["path"]
    # programs that the task starts must not hold or write the way of the result
    os.set_inheritable(REPORT, False)
    offer_module(job)
    try:
        text = json.dumps({"kind": "success", "output": run(job)}, default=as_json, allow_nan=False)
        code = 0
    except SystemExit as ending:
        code = ending.code if isinstance(ending.code, int) else 0 if ending.code is None else 1
        text = json.dumps({"kind": "exit", "code": code, "message": "" if isinstance(ending.code, (int, type(None))) else str(ending.code)})
    except BaseException as error:
        text = json.dumps(describe(error))
        code = 1
    sys.stdout.flush()
    with os.fdopen(REPORT, "w", encoding="utf-8") as report:
        report.write(text)
    sys.exit(code)


main()
